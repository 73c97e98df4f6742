import { Client, type ClientConfig } from 'pg';

const retryMsFirst = 100;
const retryMsMax = 5_000;

/**
 * A connection of its own that LISTENs while anybody wants to hear, and comes back for ever when it is cut. Listeners are called with what was
 * said, and with null after every (re)connect, because something may have been announced meanwhile.
 */
export class CommitListener {
  readonly #options: ClientConfig;
  readonly #channel: string;
  readonly #listeners = new Set<(said: string | null) => void>();
  /** Undefined while nobody listens, and between two attempts. */
  #client: Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs = retryMsFirst;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: ClientConfig, channel: string) {
    this.#options = options;
    this.#channel = channel;
  }

  add(heard: (said: string | null) => void): () => void {
    this.#listeners.add(heard);
    if (this.#listeners.size === 1) this.#connect();
    return () => {
      if (this.#listeners.delete(heard) && this.#listeners.size === 0) void this.close();
    };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#client = undefined;
    // ending a client that is cut already rejects or not, depending on the moment: either way it is gone
    if (client !== undefined) this.#closing = client.end().catch(() => undefined);
    await this.#closing;
  }

  #connect(): void {
    const client = new Client(this.#options);
    this.#client = client;
    const again = (): void => {
      if (this.#client !== client) return;
      this.#client = undefined;
      void client.end().catch(() => undefined);
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retry.unref();
      this.#retryMs = Math.min(this.#retryMs * 2, retryMsMax);
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => this.#tell(payload ?? null));
    this.#listen(client).catch(again);
  }

  async #listen(client: Client): Promise<void> {
    await client.connect();
    await client.query(`listen ${this.#channel}`);
    this.#retryMs = retryMsFirst;
    if (this.#client === client) this.#tell(null);
  }

  #tell(said: string | null): void {
    for (const heard of this.#listeners) heard(said);
  }
}
