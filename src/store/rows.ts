import { type Insertable, sql } from 'kysely';
import type { Db } from './dialect.ts';
import type { Tables } from './tables.ts';

/** For one statement: it may have 32,766 parameters in SQLite and 65,535 in PostgreSQL, and the widest table has 18 columns. */
const perStatement = 500;

/** A list in parts that fit into a statement each. */
export function* inParts<Item>(all: readonly Item[]): Generator<Item[]> {
  for (let from = 0; from < all.length; from += perStatement) yield all.slice(from, from + perStatement);
}

/**
 * Inserts rows, many in one statement.
 * @param known what becomes of a row whose key is there already: an error (left out), nothing, or it is overwritten whole
 */
export async function insertAll<Table extends keyof Tables>(
  db: Db,
  table: Table,
  rows: readonly Insertable<Tables[Table]>[],
  known?: 'ignore' | { key: readonly (keyof Tables[Table] & string)[] },
): Promise<void> {
  for (const part of inParts(rows)) {
    const some = part.map(withoutNul);
    const insert = db.insertInto(table).values(some);
    if (known === undefined) {
      await insert.execute();
    } else if (known === 'ignore') {
      await insert.onConflict((conflict) => conflict.doNothing()).execute();
    } else {
      const columns = Object.keys(some[0] ?? {}).filter((column) => !known.key.some((part) => part === column));
      const changes = Object.fromEntries(columns.map((column) => [column, sql.ref(`excluded.${column}`)]));
      await insert.onConflict((conflict) => conflict.columns(known.key).doUpdateSet(changes as never)).execute();
    }
  }
}

/** PostgreSQL takes no NUL in text, and a caller's name may hold one: it must not keep a batch from being stored. */
function withoutNul<Row extends object>(row: Row): Row {
  const values = Object.values(row);
  if (!values.some((value) => typeof value === 'string' && value.includes('\0'))) return row;
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'string' ? value.replaceAll('\0', '') : value]),
  ) as Row;
}

/** Says that calls of these days changed: what was packed for searching (search/pack.ts) does not hold any more. */
export async function touchDays(db: Db, days: readonly number[]): Promise<void> {
  const sorted = [...new Set(days)].sort((a, b) => a - b);
  for (const day of sorted) {
    await db
      .insertInto('days')
      .values({ day, version: 1, packed_version: null, calls: 0 })
      .onConflict((conflict) => conflict.column('day').doUpdateSet({ version: sql`days.version + 1` }))
      .execute();
  }
}
