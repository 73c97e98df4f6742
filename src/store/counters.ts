import type { Db } from './dialect.ts';

export type Counter = 'event' | 'call' | 'number' | 'cdr' | 'delivery' | 'crm_request' | 'directory' | 'local';

/**
 * Takes the next `count` numbers of a counter, inside a write. Returns the first of them.
 *
 * The counter is a row and not a sequence of PostgreSQL, because a sequence hands out numbers that become visible in another order: a reader
 * would see 7, move its cursor past 6, and 6 would be committed later. The row stays locked until the commit, so numbers appear in order, and
 * a rolled back batch gives its numbers back.
 */
export async function nextNumbers(db: Db, name: Counter, count: number): Promise<number> {
  const { value } = await db
    .updateTable('counters')
    .set((expression) => ({ value: expression('value', '+', count) }))
    .where('name', '=', name)
    .returning('value')
    .executeTakeFirstOrThrow();
  return value - count + 1;
}

/** The last number handed out by a committed write. */
export async function lastNumber(db: Db, name: Counter): Promise<number> {
  const row = await db.selectFrom('counters').select('value').where('name', '=', name).executeTakeFirstOrThrow();
  return row.value;
}
