import type { Call } from '../calls/call.ts';
import { unpackCall } from './body.ts';
import { dayOf } from './call-rows.ts';
import { addCdr, readCdr } from './cdr.ts';
import { lastNumber } from './counters.ts';
import type { NewDelivery } from './delivery.ts';
import { pruneDeliveries, pruneMemory, pruneRequests } from './delivery-upkeep.ts';
import type { Db, Dialect } from './dialect.ts';
import { firstSeqOf, pruneEvents, readEvents } from './events.ts';
import { record, writePositions } from './record.ts';
import { inParts } from './rows.ts';
import { readCursor, writeCursor } from './search/cursor.ts';
import { packOneDay } from './search/pack.ts';
import { packOneMonth } from './search/pack-month.ts';
import { search } from './search/search.ts';
import type {
  CallFilter,
  CallPage,
  CdrRow,
  Recorded,
  Store,
  StoredCall,
  StoredCdrRow,
  StoredEvent,
  StoreOptions,
  StoreStatus,
} from './store.ts';

const dayMs = 86_400_000;
/** How long a batch may be retried under its id. */
const batchMs = dayMs;
/** How long deliveries that ended can be looked at. */
const deliveryMs = 30 * dayMs;
/** How long is remembered what CRMs were told of a call, its task and its order: longer than any delivery of it waits. */
const memoryMs = 90 * dayMs;
const pageMax = 1_000;

/** The one implementation of `Store`; what differs between the databases is in the dialect. */
export class DatabaseStore implements Store {
  readonly #dialect: Dialect;
  readonly #schemaVersion: number;
  readonly #eventDays: number;
  #plan: (batch: Recorded) => readonly NewDelivery[] = () => [];
  readonly #listeners = new Set<(lastSeq: number) => void>();
  #unlisten: (() => void) | undefined;
  /** The newest that listeners were told. */
  #toldSeq = 0;

  constructor(dialect: Dialect, schemaVersion: number, options: StoreOptions) {
    this.#dialect = dialect;
    this.#schemaVersion = schemaVersion;
    this.#eventDays = options.eventDays ?? 30;
  }

  get database(): Dialect {
    return this.#dialect;
  }

  planWith(plan: (batch: Recorded) => readonly NewDelivery[]): void {
    this.#plan = plan;
  }

  async record(batch: Recorded): Promise<{ lastSeq: number }> {
    const deliveries = batch.deliveries ?? this.#plan(batch);
    const recorded = await record(this.#dialect, { ...batch, deliveries }, Date.now());
    if (batch.facts.length > 0) this.#tell(recorded.lastSeq);
    return recorded;
  }

  openCalls(pbx: string): Promise<StoredCall[]> {
    return this.#dialect.read(async (db) => {
      const rows = await db
        .selectFrom('open_calls')
        .innerJoin('calls', 'calls.no', 'open_calls.call_no')
        .innerJoin('call_bodies', 'call_bodies.call_no', 'open_calls.call_no')
        .select(['open_calls.state', 'call_bodies.body'])
        .where('open_calls.pbx', '=', pbx)
        .orderBy('calls.started_at')
        .orderBy('calls.no')
        .execute();
      return rows.map((row) => ({ call: unpackCall(row.body), state: JSON.parse(row.state) as unknown }));
    });
  }

  call(id: string): Promise<Call | null> {
    return this.#dialect.read(async (db) => {
      if (id.includes('\0')) return null;
      const own = await callById(db, id);
      if (own !== null) return own;
      const merged = await db.selectFrom('merged_calls').select('into_id').where('id', '=', id).executeTakeFirst();
      return merged === undefined ? null : callById(db, merged.into_id);
    });
  }

  calls(filter: CallFilter, page: CallPage): Promise<{ calls: Call[]; next: string | null }> {
    const limit = Math.min(Math.max(Math.trunc(page.limit), 1), pageMax);
    return this.#dialect.read(async (db) => {
      const cursor = page.before === undefined ? null : readCursor(page.before);
      const found = await search(db, filter, cursor, limit + 1);
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const calls = await callsByNo(
        db,
        shown.map((one) => one.no),
      );
      return { calls, next: found.length > limit && last !== undefined ? writeCursor(last) : null };
    });
  }

  callsByLinkedIds(pbx: string, linkedIds: readonly string[]): Promise<Call[]> {
    return this.#dialect.read(async (db) => {
      const found = new Map<number, number>();
      for (const some of inParts(linkedIds)) {
        const rows = await db
          .selectFrom('linked_ids')
          .innerJoin('calls', 'calls.no', 'linked_ids.call_no')
          .select(['calls.no', 'calls.started_at'])
          .where('linked_ids.pbx', '=', pbx)
          .where('linked_ids.linked_id', 'in', some)
          .execute();
        for (const row of rows) found.set(row.no, row.started_at);
      }
      const inOrder = [...found].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
      return callsByNo(
        db,
        inOrder.map(([no]) => no),
      );
    });
  }

  events(afterSeq: number, limit: number): Promise<StoredEvent[]> {
    return this.#dialect.read((db) => readEvents(db, afterSeq, limit));
  }

  lastSeq(): Promise<number> {
    return this.#dialect.read((db) => lastNumber(db, 'event'));
  }

  firstSeq(): Promise<number> {
    return this.#dialect.read(async (db) => (await firstSeqOf(db)) ?? (await lastNumber(db, 'event')) + 1);
  }

  onEvents(listener: (lastSeq: number) => void): () => void {
    // a listener given twice is two
    const own = (lastSeq: number): void => listener(lastSeq);
    this.#listeners.add(own);
    this.#unlisten ??= this.#dialect.listen('events', (own) => {
      // what this process stored was told by `record`
      if (!own) void this.#look();
    });
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#unlisten?.();
      this.#unlisten = undefined;
    };
  }

  position(source: string): Promise<string | null> {
    return this.#dialect.read(async (db) => {
      const row = await db.selectFrom('positions').select('value').where('source', '=', source).executeTakeFirst();
      return row?.value ?? null;
    });
  }

  setPosition(source: string, value: string): Promise<void> {
    return this.#dialect.write((db) => writePositions(db, { [source]: value }));
  }

  addCdr(rows: readonly CdrRow[]): Promise<number> {
    return this.#dialect.write((db) => addCdr(db, rows));
  }

  cdr(afterId: number, limit: number): Promise<StoredCdrRow[]> {
    return this.#dialect.read((db) => readCdr(db, afterId, limit));
  }

  async tidy(nowMs: number): Promise<boolean> {
    const more = await this.#dialect.write(async (db) => {
      await db
        .deleteFrom('batches')
        .where('stored_at', '<', nowMs - batchMs)
        .execute();
      const moreEvents = await pruneEvents(db, nowMs - this.#eventDays * dayMs);
      const moreDeliveries = await pruneDeliveries(db, nowMs - deliveryMs);
      const moreRequests = await pruneRequests(db);
      const moreMemory = await pruneMemory(db, nowMs - memoryMs);
      return moreEvents || moreDeliveries || moreRequests || moreMemory;
    });
    const today = dayOf(nowMs);
    return (await packOneDay(this.#dialect, today)) || (await packOneMonth(this.#dialect, today)) || more;
  }

  async status(): Promise<StoreStatus> {
    const known = { dialect: this.#dialect.name, schemaVersion: this.#schemaVersion };
    try {
      const sizeBytes = await this.#dialect.read((db) => this.#dialect.sizeBytes(db));
      return { ok: true, message: 'The database answers.', mend: null, sizeBytes, ...known };
    } catch (error) {
      const problem = this.#dialect.explain(error);
      return { ok: false, message: problem.message, mend: problem.mend, sizeBytes: null, ...known };
    }
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#unlisten?.();
    this.#unlisten = undefined;
    await this.#dialect.close();
  }

  async #look(): Promise<void> {
    try {
      this.#tell(await this.lastSeq());
    } catch {
      // the next commit, or the listener's reconnect, looks again
    }
  }

  #tell(lastSeq: number): void {
    if (lastSeq <= this.#toldSeq) return;
    this.#toldSeq = lastSeq;
    for (const listener of this.#listeners) listener(lastSeq);
  }
}

async function callById(db: Db, id: string): Promise<Call | null> {
  const row = await db
    .selectFrom('calls')
    .innerJoin('call_bodies', 'call_bodies.call_no', 'calls.no')
    .select('call_bodies.body')
    .where('calls.id', '=', id)
    .executeTakeFirst();
  return row === undefined ? null : unpackCall(row.body);
}

/** In the order of `nos`. */
async function callsByNo(db: Db, nos: readonly number[]): Promise<Call[]> {
  const bodies = new Map<number, Uint8Array>();
  for (const some of inParts(nos)) {
    const rows = await db.selectFrom('call_bodies').selectAll().where('call_no', 'in', some).execute();
    for (const row of rows) bodies.set(row.call_no, row.body);
  }
  return nos.flatMap((no) => {
    const body = bodies.get(no);
    return body === undefined ? [] : [unpackCall(body)];
  });
}
