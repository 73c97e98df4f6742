// Who may do what only one process may do at a time. A lease runs out by itself when its owner is gone.
import type { Db, Dialect } from '../store/dialect.ts';

/** How long a lease holds without being renewed. The clocks of processes that share a database have to agree within a fraction of it. */
export const leaseMs = 10_000;

export interface Holding {
  mine: boolean;
  /** When it runs out (unix ms) unless it is renewed. */
  untilMs: number;
}

interface Asked {
  name: string;
  owner: string;
  nowMs: number;
  lifeMs: number;
}

/** Inside a write: makes the lease ours when nobody else has it. Writes nothing while it is ours or somebody else's for longer. */
export async function holdLease(dialect: Dialect, db: Db, asked: Asked): Promise<Holding> {
  let query = db.selectFrom('leases').select(['owner', 'until_at']).where('name', '=', asked.name);
  // nobody takes it over before this transaction is committed
  if (dialect.name === 'postgres') query = query.forShare();
  const found = await query.executeTakeFirst();
  if (found !== undefined && found.until_at > asked.nowMs) {
    return { mine: found.owner === asked.owner, untilMs: found.until_at };
  }
  return takeLease(db, asked);
}

/** Inside a write: takes the lease when it is free, ran out, or is ours, and renews it. */
export async function takeLease(db: Db, { name, owner, nowMs, lifeMs }: Asked): Promise<Holding> {
  const untilMs = nowMs + lifeMs;
  const taken = await db
    .insertInto('leases')
    .values({ name, owner, until_at: untilMs })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ owner, until_at: untilMs })
        .where((is) => is.or([is('leases.owner', '=', owner), is('leases.until_at', '<=', nowMs)])),
    )
    .returning('owner')
    .executeTakeFirst();
  if (taken !== undefined) return { mine: true, untilMs };
  const other = await db.selectFrom('leases').select('until_at').where('name', '=', name).executeTakeFirst();
  return { mine: false, untilMs: other?.until_at ?? nowMs };
}

/** Inside a write: anybody may have it at once. */
export async function releaseLease(db: Db, name: string, owner: string): Promise<void> {
  await db.deleteFrom('leases').where('name', '=', name).where('owner', '=', owner).execute();
}

/** Leases of one process, for whatever only one process may do. Every method rejects with StoreError. */
export class Leases {
  readonly #database: Dialect;
  readonly #owner: string;
  readonly #lifeMs: number;
  readonly #now: () => number;

  /**
   * @param given.owner a text that no other process has, nor this one after a restart
   * @param given.lifeMs how long a lease holds; 10 s unless told. Take it again every third of that to keep it
   */
  constructor(given: { database: Dialect; owner: string; lifeMs?: number; now?: () => number }) {
    this.#database = given.database;
    this.#owner = given.owner;
    this.#lifeMs = given.lifeMs ?? leaseMs;
    this.#now = given.now ?? Date.now;
  }

  /** Takes or renews. False: another process has it, and it has not run out. */
  async take(name: string): Promise<boolean> {
    const nowMs = this.#now();
    const asked = { name, owner: this.#owner, nowMs, lifeMs: this.#lifeMs };
    const { mine } = await this.#database.write((db) => takeLease(db, asked));
    return mine;
  }

  /** Gives it back when it is ours, so that another process need not wait until it runs out. */
  async release(name: string): Promise<void> {
    await this.#database.write((db) => releaseLease(db, name, this.#owner));
  }
}
