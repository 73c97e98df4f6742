import type { Db } from './dialect.ts';
import { nextNumbers } from './counters.ts';

/**
 * The row of a number, made when it is new. Every suffix of a number is a row of its own: any part of a number is then the beginning of a
 * suffix, which an ordinary index finds on both dialects, exactly and for any length.
 */
export async function numberId(db: Db, number: { digits: string; e164: string }): Promise<number> {
  const known = await db
    .selectFrom('numbers')
    .select('id')
    .where('digits', '=', number.digits)
    .where('e164', '=', number.e164)
    .executeTakeFirst();
  if (known !== undefined) return known.id;
  const id = await nextNumbers(db, 'number', 1);
  await db
    .insertInto('numbers')
    .values({ id, ...number })
    .execute();
  await db
    .insertInto('number_suffixes')
    .values(suffixesOf(number).map((suffix) => ({ suffix, number_id: id })))
    .execute();
  return id;
}

/** Without doubles. */
export function suffixesOf(number: { digits: string; e164: string }): string[] {
  const suffixes = new Set<string>();
  for (const digits of [number.digits, number.e164]) {
    for (let at = 0; at < digits.length; at++) suffixes.add(digits.slice(at));
  }
  return [...suffixes];
}
