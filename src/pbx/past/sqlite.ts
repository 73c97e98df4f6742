import Database from 'better-sqlite3';
import { explain, type PastDatabase } from './database.ts';
import type { Cell } from './source.ts';

/** Asterisk holds its lock for the time of one row. */
const lockWaitMs = 2_000;

/** @throws PastError */
export async function openSqliteTable(file: string, setting: string): Promise<PastDatabase> {
  const told = (error: unknown) => explain(error, `sqlite:${file}`, setting);
  const attempt = <Result>(work: () => Result): Promise<Result> => {
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(told(error));
    }
  };
  const database = await attempt(() => {
    const opened = new Database(file, { readonly: true, fileMustExist: true, timeout: lockWaitMs });
    // Says at once whether the file is a database at all.
    opened.pragma('schema_version');
    return opened;
  });
  return {
    rows: (sql, values) =>
      attempt(() =>
        textsIn(
          database
            .prepare(sql)
            .raw()
            .all(...values) as Cell[][],
        ),
      ),
    columnsOf: (table) =>
      attempt(() => {
        const [name = ''] = table.split('.').reverse();
        const found = database.prepare('select name, type from pragma_table_info(?)').all(name);
        return (found as { name: string; type: string }[]).map((column) => ({
          name: column.name,
          type: column.type.toLowerCase(),
        }));
      }),
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    value: () => '?',
    rowPlace: { expression: 'rowid', isId: true },
    close: () => attempt(() => void database.close()),
  };
}

/** A text that was bound as bytes is a text all the same. */
function textsIn(rows: Cell[][]): Cell[][] {
  for (const row of rows) {
    for (const [at, value] of row.entries()) {
      if (typeof value === 'object' && value !== null) row[at] = Buffer.from(value).toString('utf8');
    }
  }
  return rows;
}
