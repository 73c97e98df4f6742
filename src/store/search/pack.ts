// Packing a finished day: for every term the set of the day's calls that meet it. Any filter over years of history is then an intersection of a
// few small sets per day, whatever the filter is, where indexes would be needed for every combination.
import { setImmediate as breath } from 'node:timers/promises';
import { startOfDayMs } from '../call-rows.ts';
import type { Db, Dialect } from '../dialect.ts';
import { packPositions } from './bits.ts';
import { type Place, storePlaces } from './places.ts';
import { spanOfDay, storeSets } from './spans.ts';
import { termsOfCall, type TermSource } from './terms.ts';

/** Calls taken at once: some milliseconds, during which nothing else runs. */
const sliceCalls = 1_000;

type DayRow = TermSource & Place;

/** Packs the newest finished day that is not packed. Returns whether there was one. Harmless beside other processes. */
export async function packOneDay(dialect: Dialect, today: number): Promise<boolean> {
  const found = await dialect.read((db) =>
    db
      .selectFrom('days')
      .select(['day', 'version'])
      .where('day', '<', today)
      .where((is) => is.or([is('packed_version', 'is', null), is('packed_version', '<>', is.ref('version'))]))
      .orderBy('day', 'desc')
      .limit(1)
      .executeTakeFirst(),
  );
  if (found === undefined) return false;
  await packDay(dialect, found.day, found.version);
  return true;
}

/** Does nothing when the day has changed since `version`. */
export async function packDay(dialect: Dialect, day: number, version: number): Promise<void> {
  const calls: Place[] = [];
  const positions = new Map<string, number[]>();
  for await (const slice of readDay(dialect, day)) {
    for (const { row, extensions } of slice) {
      for (const term of termsOfCall(row, extensions)) {
        const known = positions.get(term);
        if (known === undefined) positions.set(term, [calls.length]);
        else known.push(calls.length);
      }
      calls.push({ no: row.no, started_at: row.started_at });
    }
  }
  const sets = new Map([...positions].map(([term, ofTerm]) => [term, packPositions(ofTerm, calls.length)]));
  await breath();
  await dialect.write((db) => store(db, day, version, calls, sets));
}

type Slice = { row: DayRow; extensions: string[] }[];

/** In order of start. In slices, each seeing its own state: if anything changes meanwhile, so does the day's version, and the work is dropped. */
async function* readDay(dialect: Dialect, day: number): AsyncGenerator<Slice> {
  let last: Place = { started_at: startOfDayMs(day), no: -1 };
  for (;;) {
    const slice = await dialect.read((db) => readSlice(db, day, last));
    yield slice;
    last = slice.at(-1)?.row ?? last;
    if (slice.length < sliceCalls) return;
    await breath();
  }
}

async function readSlice(db: Db, day: number, after: Place): Promise<Slice> {
  const rows: DayRow[] = await db
    .selectFrom('calls')
    .leftJoin('numbers', 'numbers.id', 'calls.number_id')
    .select([
      'calls.no',
      'calls.started_at',
      'calls.pbx',
      'calls.direction',
      'calls.answered',
      'calls.open',
      'calls.lost_stage',
    ])
    .select(['calls.line', 'calls.trunk', 'calls.responsible', 'calls.result_code', 'calls.queue', 'calls.talk_ms'])
    .select(['calls.transferred', 'calls.recorded', 'numbers.digits', 'numbers.e164'])
    .where('calls.started_at', '>=', after.started_at)
    .where('calls.started_at', '<', startOfDayMs(day + 1))
    .where((is) => is.or([is('calls.started_at', '>', after.started_at), is('calls.no', '>', after.no)]))
    .orderBy('calls.started_at')
    .orderBy('calls.no')
    .limit(sliceCalls)
    .execute();
  if (rows.length === 0) return [];
  const legs = await db
    .selectFrom('legs')
    .select(['legs.call_no', 'legs.extension'])
    .where(
      'legs.call_no',
      'in',
      rows.map((row) => row.no),
    )
    .where('legs.extension', 'is not', null)
    .execute();
  const extensions = new Map<number, string[]>(rows.map((row) => [row.no, []]));
  for (const leg of legs) if (leg.extension !== null) extensions.get(leg.call_no)?.push(leg.extension);
  return rows.map((row) => ({ row, extensions: extensions.get(row.no) ?? [] }));
}

async function store(
  db: Db,
  day: number,
  version: number,
  calls: readonly Place[],
  sets: ReadonlyMap<string, Buffer>,
): Promise<void> {
  // Compare and set: whoever records a call of this day raises the version in its own transaction and waits for this row, or has it first.
  const taken = await db
    .updateTable('days')
    .set({ packed_version: version, calls: calls.length })
    .where('day', '=', day)
    .where('version', '=', version)
    .executeTakeFirst();
  if (taken.numUpdatedRows !== 1n) return;
  await storeSets(db, spanOfDay(day), sets);
  await storePlaces(db, day, calls);
}
