// A span is what one packed set covers: a day, or a whole calendar month (UTC) made of its days' sets. A search over years reads some dozens of
// months and not a thousand days; a late record spoils its day and its month, and only the day is packed from the calls again.
import { sql } from 'kysely';
import { startOfDayMs } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import { inParts, insertAll } from '../rows.ts';

/** Above every day number. */
const monthsFrom = 1_000_000;

/** Months since year 0. */
export function monthOf(day: number): number {
  const date = new Date(startOfDayMs(day));
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

export function firstDayOf(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1) / startOfDayMs(1);
}

export function spanOfDay(day: number): number {
  return day;
}

export function spanOfMonth(month: number): number {
  return monthsFrom + month;
}

/** Replaces all sets of a span. */
export async function storeSets(db: Db, span: number, sets: ReadonlyMap<string, Buffer>): Promise<void> {
  // changes nothing, but lets another process that packs the same span finish first
  const before = await db
    .insertInto('term_lists')
    .values({ span, terms: '[]' })
    .onConflict((conflict) => conflict.column('span').doUpdateSet({ terms: sql`term_lists.terms` }))
    .returning('terms')
    .executeTakeFirstOrThrow();
  const old = (JSON.parse(before.terms) as string[]).filter((term) => !sets.has(term));
  for (const some of inParts(old)) {
    await db.deleteFrom('term_sets').where('span', '=', span).where('term', 'in', some).execute();
  }
  // in the order of the key, which is also the order on disk
  const rows = [...sets].sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([term, bits]) => ({ term, span, bits }));
  await insertAll(db, 'term_sets', rows, { key: ['term', 'span'] });
  const terms = JSON.stringify(rows.map((row) => row.term));
  await insertAll(db, 'term_lists', [{ span, terms }], { key: ['span'] });
}
