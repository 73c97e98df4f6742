// The part of the store that HTTP reads, in memory: for the tests of the routes and for looking at the page.
import type { Dialect } from '../../store/dialect.ts';
import type { Call } from '../../calls/call.ts';
import type { FactType } from '../../calls/facts.ts';
import type { CallFilter, CallPage, StoredCdrRow, StoredEvent } from '../../store/store.ts';
import { StoreError } from '../../store/store-error.ts';
import type { HttpOptions } from '../server.ts';

export class MemoryStore {
  /** Of a real store, for what has tables of its own. */
  readonly database: Dialect;
  all: Call[] = [];
  readonly log: StoredEvent[] = [];
  readonly rows: StoredCdrRow[] = [];
  readonly merged = new Map<string, string>();
  /** What was asked of `calls`, for the tests. */
  asked: { filter: CallFilter; page: CallPage }[] = [];
  /** When set, every reading fails with it. */
  failure: StoreError | null = null;
  readonly #listeners = new Set<(lastSeq: number) => void>();
  #firstSeq = 1;

  constructor(database: Dialect | null = null) {
    this.database = database ?? ({} as Dialect);
  }

  /** Stores the call as it is now with one event about it, and tells the listeners. */
  put(call: Call, type: FactType, extra: Partial<StoredEvent> = {}): StoredEvent {
    this.all = [call, ...this.all.filter((each) => each.id !== call.id)];
    const seq = (this.log.at(-1)?.seq ?? this.#firstSeq - 1) + 1;
    const at = call.endedAt ?? call.startedAt;
    const event: StoredEvent = { seq, type, at, pbx: call.pbx, callId: call.id, leg: null, into: null, call, ...extra };
    this.log.push(event);
    for (const listener of this.#listeners) listener(seq);
    return event;
  }

  /** Drops the events up to `seq`, as retention does. */
  forget(seq: number): void {
    this.#firstSeq = seq + 1;
    this.log.splice(
      0,
      this.log.findIndex((event) => event.seq > seq),
    );
  }

  call(id: string): Promise<Call | null> {
    return this.#answer(() => this.all.find((call) => call.id === (this.merged.get(id) ?? id)) ?? null);
  }

  calls(filter: CallFilter, page: CallPage): Promise<{ calls: Call[]; next: string | null }> {
    this.asked.push({ filter, page });
    if (page.before !== undefined && !/^\d+$/.test(page.before)) {
      return Promise.reject(new StoreError('failed', 'no cursor', 'none'));
    }
    return this.#answer(() => {
      const fit = this.all.filter((call) => fits(call, filter)).sort((a, b) => b.startedAt.localeCompare(a.startedAt));
      const start = Number(page.before ?? 0);
      const end = start + page.limit;
      return { calls: fit.slice(start, end), next: end < fit.length ? String(end) : null };
    });
  }

  events(afterSeq: number, limit: number): Promise<StoredEvent[]> {
    return this.#answer(() => this.log.filter((event) => event.seq > afterSeq).slice(0, limit));
  }

  lastSeq(): Promise<number> {
    return this.#answer(() => this.log.at(-1)?.seq ?? 0);
  }

  onEvents(listener: (lastSeq: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  cdr(afterId: number, limit: number): Promise<StoredCdrRow[]> {
    return this.#answer(() => this.rows.filter((row) => row.id > afterId).slice(0, limit));
  }

  async #answer<T>(give: () => T): Promise<T> {
    if (this.failure) throw this.failure;
    await Promise.resolve();
    return give();
  }
}

function fits(call: Call, filter: CallFilter): boolean {
  const missed = call.direction === 'inbound' && !call.answered;
  const extensions = [...call.legs.map((leg) => leg.extension), call.responsible?.extension];
  return (
    (filter.direction === undefined || call.direction === filter.direction) &&
    (filter.answered === undefined || call.answered === filter.answered) &&
    (filter.missed === undefined || missed === filter.missed) &&
    (filter.open === undefined || (call.endedAt === null) === filter.open) &&
    (filter.extension === undefined || extensions.includes(filter.extension)) &&
    (filter.number === undefined || `${call.client?.number} ${call.client?.e164}`.includes(filter.number)) &&
    (filter.from === undefined || call.startedAt >= filter.from) &&
    (filter.to === undefined || call.startedAt < filter.to)
  );
}

// The compiler says here when the two part ways.
export const asHttpStore = (store: MemoryStore): HttpOptions['store'] => store;
