// Which of several processes on one PostgreSQL has what, as the database says.
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';

/** `pbx lab` → pid of the process that has it. */
export type Owners = ReadonlyMap<string, number>;

export class LeaseWatch {
  /** In order: when (ms since the beginning), what, and who took it. */
  readonly changes: { atMs: number; lease: string; pid: number }[] = [];
  readonly #client: Client;
  readonly #beganAtMs = Date.now();
  #timer: NodeJS.Timeout | undefined;

  private constructor(client: Client) {
    this.#client = client;
    // The server is stopped at the end of a test, perhaps before this is closed.
    client.on('error', () => undefined);
  }

  static async open(url: string): Promise<LeaseWatch> {
    const client = new Client(url);
    await client.connect();
    const watch = new LeaseWatch(client);
    watch.#timer = setInterval(() => void watch.#look().catch(() => undefined), 250);
    return watch;
  }

  async owners(): Promise<Owners> {
    const { rows } = await this.#client.query<{ name: string; owner: string }>(
      'select name, owner from leases order by name',
    );
    // host, pid and something that no other process has
    return new Map(rows.map(({ name, owner }) => [name, Number(owner.split(' ')[1])]));
  }

  /** Waits until it is so. @throws Error with who has what after 20 s */
  async until(isSo: (owners: Owners) => boolean): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const owners = await this.owners();
      if (isSo(owners)) return;
      if (Date.now() > deadline) throw new Error(`not so within 20 s: ${JSON.stringify([...owners])}`);
      await wait(100);
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.end();
  }

  async #look(): Promise<void> {
    for (const [lease, pid] of await this.owners()) {
      const last = this.changes.findLast((change) => change.lease === lease);
      if (last?.pid !== pid) this.changes.push({ atMs: Date.now() - this.#beganAtMs, lease, pid });
    }
  }
}
