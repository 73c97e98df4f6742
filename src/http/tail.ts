// Reads each stored event once, as soon as it is committed, and hands it to everybody who waits: long-polls and WebSockets alike.
import type { FastifyBaseLogger } from 'fastify';
import type { Store, StoredEvent } from '../store/store.ts';

/** Events of one reading, in order of seq without a gap. Never empty. */
export type TailListener = (events: readonly StoredEvent[]) => void;

const readLimit = 500;
const retryMs = 1000;

/**
 * The end of the event log.
 *
 * States: not started; idle (`seq` is the last event handed out); reading (one reading at a time: news that comes meanwhile makes it read again);
 * failed (waits `retryMs` and reads again, because no further notice may come); stopped.
 */
export class Tail {
  readonly #store: Pick<Store, 'events' | 'lastSeq' | 'onEvents'>;
  readonly #logger: FastifyBaseLogger;
  readonly #listeners = new Set<TailListener>();
  #seq = 0;
  #reading = false;
  #wanted = false;
  #stopped = false;
  #forget: (() => void) | null = null;
  #retry: NodeJS.Timeout | null = null;

  constructor(store: Pick<Store, 'events' | 'lastSeq' | 'onEvents'>, logger: FastifyBaseLogger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Seq of the last event that the listeners have been given. */
  get seq(): number {
    return this.#seq;
  }

  /** @throws what the store throws when it cannot be read. */
  async start(): Promise<void> {
    // The listener first: an event between the two would be missed otherwise.
    this.#forget = this.#store.onEvents(() => this.#read());
    this.#reading = true;
    try {
      this.#seq = await this.#store.lastSeq();
    } finally {
      this.#reading = false;
    }
    if (this.#wanted) this.#read();
  }

  stop(): void {
    this.#stopped = true;
    this.#forget?.();
    if (this.#retry) clearTimeout(this.#retry);
    this.#listeners.clear();
  }

  /** @returns what takes the listener away again. */
  listen(listener: TailListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(): void {
    this.#wanted = true;
    if (this.#reading || this.#stopped) return;
    this.#reading = true;
    void this.#readAll();
  }

  async #readAll(): Promise<void> {
    try {
      while (this.#wanted && !this.#stopped) {
        this.#wanted = false;
        await this.#readOnce();
      }
    } catch (error) {
      this.#readLater(error);
    } finally {
      this.#reading = false;
    }
  }

  async #readOnce(): Promise<void> {
    const events = await this.#store.events(this.#seq, readLimit);
    const last = events.at(-1);
    if (!last || this.#stopped) return;
    this.#seq = last.seq;
    if (events.length === readLimit) this.#wanted = true;
    for (const listener of this.#listeners) listener(events);
  }

  #readLater(error: unknown): void {
    if (this.#stopped) return;
    this.#logger.warn({ err: error }, 'reading new events failed; trying again in a second');
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.#read();
    }, retryMs);
  }
}
