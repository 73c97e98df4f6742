// Packing a finished month out of its days.
import { setImmediate as breath } from 'node:timers/promises';
import type { Db, Dialect } from '../dialect.ts';
import { insertAll } from '../rows.ts';
import { packPositions, unpackPositions } from './bits.ts';
import { firstDayOf, monthOf, spanOfDay, spanOfMonth, storeSets } from './spans.ts';

interface Month {
  month: number;
  versions: number;
  days: { day: number; calls: number }[];
}

/** Terms taken at once: some milliseconds, during which nothing else runs. */
const sliceTerms = 40;

/** Packs the newest finished month whose days are all packed and which is not. Returns whether there was one. Harmless beside other processes. */
export async function packOneMonth(dialect: Dialect, today: number): Promise<boolean> {
  const month = await dialect.read((db) => findMonth(db, today));
  if (month === null) return false;
  // Each read sees its own state, and the write another one. If a day has changed meanwhile, the sum of the versions is not what is stored here,
  // now or when that change is committed: nobody will use these sets.
  const terms = await dialect.read((db) => termsOf(db, month));
  const sets = new Map<string, Buffer>();
  for (let from = 0; from < terms.length; from += sliceTerms) {
    const some = terms.slice(from, from + sliceTerms);
    for (const [term, set] of await dialect.read((db) => joinSets(db, month, some))) sets.set(term, set);
    await breath();
  }
  await dialect.write(async (db) => {
    await storeSets(db, spanOfMonth(month.month), sets);
    await insertAll(db, 'months', [{ month: month.month, versions: month.versions }], { key: ['month'] });
  });
  return true;
}

async function findMonth(db: Db, today: number): Promise<Month | null> {
  const days = await db
    .selectFrom('days')
    .select(['day', 'calls', 'version', 'packed_version'])
    .where('day', '<', firstDayOf(monthOf(today)))
    .orderBy('day')
    .execute();
  const months = await db.selectFrom('months').selectAll().execute();
  const packed = new Map(months.map((row) => [row.month, row.versions]));
  const byMonth = Map.groupBy(days, (row) => monthOf(row.day));
  for (const [month, ofMonth] of [...byMonth].reverse()) {
    const versions = ofMonth.reduce((sum, row) => sum + row.version, 0);
    const ready = ofMonth.every((row) => row.packed_version === row.version);
    if (ready && packed.get(month) !== versions) return { month, versions, days: ofMonth };
  }
  return null;
}

/** What any day of the month has a set for. */
async function termsOf(db: Db, { days }: Month): Promise<string[]> {
  const lists = await db
    .selectFrom('term_lists')
    .select('terms')
    .where(
      'span',
      'in',
      days.map(({ day }) => spanOfDay(day)),
    )
    .execute();
  return [...new Set(lists.flatMap((list) => JSON.parse(list.terms) as string[]))].sort();
}

async function joinSets(db: Db, { days }: Month, terms: readonly string[]): Promise<Map<string, Buffer>> {
  const places = new Map<number, { first: number; calls: number }>();
  let calls = 0;
  for (const row of days) {
    places.set(spanOfDay(row.day), { first: calls, calls: row.calls });
    calls += row.calls;
  }
  const sets = await db
    .selectFrom('term_sets')
    .select(['term', 'span', 'bits'])
    .where('term', 'in', terms)
    .where('span', '>=', spanOfDay(days[0]!.day))
    .where('span', '<=', spanOfDay(days.at(-1)!.day))
    .orderBy('term')
    .orderBy('span')
    .execute();
  const positions = new Map<string, number[]>(terms.map((term) => [term, []]));
  for (const { term, span, bits } of sets) {
    const place = places.get(span);
    if (place === undefined) continue;
    const ofTerm = positions.get(term);
    for (const position of unpackPositions(bits, place.calls)) ofTerm?.push(place.first + position);
  }
  return new Map([...positions].map(([term, ofTerm]) => [term, packPositions(ofTerm, calls)]));
}
