// The log of the last requests to each CRM (C15). It never delays and never fails a request: entries are gathered and stored once a second.
import { nextNumbers } from '../store/counters.ts';
import type { Dialect } from '../store/dialect.ts';
import type { Logger } from './contract.ts';

/** What a request and its answer looked like, secrets masked. */
export interface LoggedRequest {
  crm: string;
  /** Unix ms. */
  at: number;
  tookMs: number;
  method: string;
  url: string;
  /** First line: what the adapter calls it; then headers, an empty line and the body, cut to a length. */
  request: string;
  /** Null without an answer. */
  status: number | null;
  answer: string;
  deliveryId: number | null;
  /** Why there was no answer. */
  error: string | null;
}

export interface StoredRequest extends LoggedRequest {
  id: number;
}

/** How much of a body or an answer is kept. */
export const bodyBytesMax = 4096;
/** Requests kept of one connection. */
export const requestsKept = 1000;

const storeMs = 1000;
const pageMax = 200;

/** One for all connections of a process. */
export class RequestLog {
  readonly #database: Pick<Dialect, 'read' | 'write'>;
  readonly #logger: Logger;
  #waiting: LoggedRequest[] = [];
  #timer: NodeJS.Timeout | undefined;
  #storing: Promise<void> = Promise.resolve();
  #isTrouble = false;

  constructor(database: Pick<Dialect, 'read' | 'write'>, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** Takes an entry whose secrets are masked already. */
  add(entry: LoggedRequest): void {
    this.#waiting.push(entry);
    // A database that is away for long costs the oldest entries, not the memory.
    if (this.#waiting.length > 2 * requestsKept) this.#waiting.splice(0, this.#waiting.length - requestsKept);
    this.#timer ??= setTimeout(() => void this.flush(), storeMs).unref();
  }

  /** Stores what waits. Never rejects: what could not be stored is tried again with the next. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#storing = this.#storing.then(() => this.#store());
    return this.#storing;
  }

  /**
   * The last requests, newest first, those that still wait to be stored included.
   * @param page.limit 1 to 200
   * @param page.before the id of the last one of the page before
   * @param page.failedOnly without an answer, or with a status from 400 on
   * @throws StoreError
   */
  async requests(
    crm: string,
    page: { limit: number; before?: number; failedOnly?: boolean },
  ): Promise<StoredRequest[]> {
    await this.flush();
    return this.#database.read(async (db) => {
      let query = db.selectFrom('crm_requests').selectAll().where('crm', '=', crm);
      if (page.before !== undefined) query = query.where('id', '<', page.before);
      if (page.failedOnly) query = query.where((is) => is.or([is('error', 'is not', null), is('status', '>=', 400)]));
      const limit = Math.min(Math.max(Math.trunc(page.limit), 1), pageMax);
      const rows = await query.orderBy('id', 'desc').limit(limit).execute();
      return rows.map(({ took_ms, delivery_id, ...row }) => ({ ...row, tookMs: took_ms, deliveryId: delivery_id }));
    });
  }

  async #store(): Promise<void> {
    const entries = this.#waiting;
    if (entries.length === 0) return;
    this.#waiting = [];
    try {
      await this.#database.write(async (db) => {
        const first = await nextNumbers(db, 'crm_request', entries.length);
        const rows = entries.map(({ tookMs, deliveryId, ...entry }, index) => ({
          ...entry,
          id: first + index,
          took_ms: Math.round(tookMs),
          delivery_id: deliveryId,
        }));
        // Eleven values a row: well under what one statement may carry.
        for (let at = 0; at < rows.length; at += 100) {
          await db
            .insertInto('crm_requests')
            .values(rows.slice(at, at + 100))
            .execute();
        }
        for (const crm of new Set(entries.map((entry) => entry.crm))) {
          const oldest = db
            .selectFrom('crm_requests')
            .select('id')
            .where('crm', '=', crm)
            .orderBy('id', 'desc')
            .offset(requestsKept - 1)
            .limit(1);
          await db.deleteFrom('crm_requests').where('crm', '=', crm).where('id', '<', oldest).execute();
        }
      });
      this.#isTrouble = false;
    } catch (error) {
      this.#waiting.unshift(...entries);
      this.#timer ??= setTimeout(() => void this.flush(), storeMs).unref();
      if (!this.#isTrouble)
        this.#logger.warn({ err: error }, 'the log of requests cannot be stored now; it is tried again');
      this.#isTrouble = true;
    }
  }
}
