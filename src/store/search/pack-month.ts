// Packing a finished month out of its days.
import type { Db, Dialect } from '../dialect.ts';
import { inParts, insertAll } from '../rows.ts';
import { packPositions, unpackPositions } from './bits.ts';
import { firstDayOf, monthOf, spanOfDay, spanOfMonth, storeSets } from './spans.ts';

interface Month {
  month: number;
  versions: number;
  days: { day: number; calls: number }[];
}

/** Packs the newest finished month whose days are all packed and which is not. Returns whether there was one. Harmless beside other processes. */
export async function packOneMonth(dialect: Dialect, today: number): Promise<boolean> {
  const packed = await dialect.read(async (db) => {
    const month = await findMonth(db, today);
    return month === null ? null : { month, sets: await joinSets(db, month) };
  });
  if (packed === null) return false;
  const { month, sets } = packed;
  await dialect.write(async (db) => {
    await storeSets(db, spanOfMonth(month.month), sets);
    // If a day has changed meanwhile, the sum of the versions is another one, now or when that change is committed: nobody will use this.
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

async function joinSets(db: Db, { days }: Month): Promise<Map<string, Buffer>> {
  const positions = new Map<string, number[]>();
  let offset = 0;
  for (const { day, calls } of days) {
    const list = await db
      .selectFrom('term_lists')
      .select('terms')
      .where('span', '=', spanOfDay(day))
      .executeTakeFirst();
    const terms = list === undefined ? [] : (JSON.parse(list.terms) as string[]);
    for (const some of inParts(terms)) {
      const sets = await db
        .selectFrom('term_sets')
        .select(['term', 'bits'])
        .where('span', '=', spanOfDay(day))
        .where('term', 'in', some)
        .execute();
      for (const { term, bits } of sets) append(positions, term, bits, offset);
    }
    offset += calls;
  }
  return new Map([...positions].map(([term, ofTerm]) => [term, packPositions(ofTerm, offset)]));
}

function append(positions: Map<string, number[]>, term: string, bits: Uint8Array, offset: number): void {
  let ofTerm = positions.get(term);
  if (ofTerm === undefined) positions.set(term, (ofTerm = []));
  for (const position of unpackPositions(bits)) ofTerm.push(offset + position);
}
