// All that the outbox writes, many changes in one transaction: what costs is the commit, which SQLite brings to the disk.
import { nextNumbers } from '../store/counters.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import { StoreError } from '../store/store-error.ts';

/** What is not urgent waits so long after the last commit for company: at most 50 commits a second. */
const gatherMs = 20;
/** Changes of one transaction at most, so that it does not hold the database for long. */
const groupMax = 200;
const retryMsFirst = 50;
const retryMsMax = 2_000;

interface Entry {
  work: (db: Db) => Promise<unknown>;
  locks: boolean;
  urgent: boolean;
  resolve: (result: unknown) => void;
  reject: (error: unknown) => void;
}

/** The program stops, and the database has not taken it. */
export class JournalClosed extends Error {
  override readonly name = 'JournalClosed';
}

/** Tries again for as long as the database refuses; changes are made in the order in which they were asked for. */
export class Journal {
  readonly #database: Dialect;
  #waiting: Entry[] = [];
  #running = false;
  #committedAtMs = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #wakeRetry: (() => void) | undefined;
  #problem: StoreError | null = null;

  constructor(database: Dialect) {
    this.#database = database;
  }

  /** What the database said last, while it refuses. */
  get problem(): StoreError | null {
    return this.#problem;
  }

  /**
   * Makes a change, perhaps in one transaction with others. `work` may run several times: it touches nothing but `db`.
   *
   * @param how.locks the change may end a delivery or add one: the counter `delivery` is taken before anything else is touched
   * @param how.urgent somebody waits for it: it is not kept for company
   * @throws JournalClosed, or StoreError when the change itself is wrong
   */
  write<T>(work: (db: Db) => Promise<T>, how: { locks: boolean; urgent: boolean }): Promise<T> {
    if (this.#closed) return Promise.reject(new JournalClosed('the outbox is stopped'));
    return new Promise<T>((resolve, reject) => {
      this.#waiting.push({ work, ...how, resolve: resolve as (result: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** What waits for company is written now. */
  hurry(): void {
    for (const entry of this.#waiting) entry.urgent = true;
    this.#schedule();
  }

  /** Nothing is written any more; what waits is refused. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#wakeRetry?.();
    this.#refuse(this.#waiting.splice(0));
  }

  #schedule(): void {
    if (this.#running || this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    const waitMs = this.#waiting.some(({ urgent }) => urgent)
      ? 0
      : Math.max(0, this.#committedAtMs + gatherMs - performance.now());
    const full = this.#waiting.length >= groupMax;
    if (waitMs > 0 && !full) {
      this.#timer = setTimeout(() => void this.#run(), waitMs);
      return;
    }
    this.#running = true;
    // what is asked for in this turn of the loop comes along
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    this.#running = true;
    const group = this.#waiting.splice(0, groupMax);
    await this.#commit(group);
    this.#committedAtMs = performance.now();
    this.#running = false;
    this.#schedule();
  }

  async #commit(group: Entry[]): Promise<void> {
    for (let waitMs = retryMsFirst; ; waitMs = Math.min(waitMs * 2, retryMsMax)) {
      if (this.#closed) return this.#refuse(group);
      try {
        const results = await this.#database.write((db) => inOrder(db, group));
        this.#problem = null;
        group.forEach(({ resolve }, index) => resolve(results[index]));
        return;
      } catch (error) {
        if (!mayPass(error)) return this.#oneByOne(group, error);
        this.#problem = error;
      }
      await this.#pause(waitMs);
    }
  }

  /** One change of the group is wrong: the others must not suffer for it. */
  async #oneByOne(group: Entry[], error: unknown): Promise<void> {
    if (group.length === 1) {
      group[0]?.reject(error);
      return;
    }
    for (const entry of group) await this.#commit([entry]);
  }

  #refuse(entries: Entry[]): void {
    for (const { reject } of entries) reject(new JournalClosed('the outbox was stopped before it was stored'));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wakeRetry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

async function inOrder(db: Db, group: readonly Entry[]): Promise<unknown[]> {
  if (group.some(({ locks }) => locks)) await nextNumbers(db, 'delivery', 0);
  const results = [];
  for (const { work } of group) results.push(await work(db));
  return results;
}

/** A server that does not let us in now (`open`) may be in the middle of a restart. */
function mayPass(error: unknown): error is StoreError {
  return error instanceof StoreError && (error.retryable || error.code === 'open');
}
