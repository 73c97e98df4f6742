import type { OpenSource } from './open-source.ts';

/** What a CEL table without `extra` does not tell, and how the column comes into it. */
export function missingExtra(setting: string, table: string): { message: string; mend: string } {
  return {
    message: `${setting}: the table has no column extra: who transferred to whom, why a call ended and who hung up are lost for calls taken from it`,
    mend:
      `ALTER TABLE ${table} ADD COLUMN extra VARCHAR(1024); then "module reload cel_odbc.so" (or cel_pgsql.so), which writes it by itself; ` +
      `for cel_sqlite3_custom add extra to columns and \${eventextra} to values. If it has another name: ${setting}.columns.extra`,
  };
}

/** What is wrong with a CEL source although it can be read; null when nothing is. */
export function celWarning(
  { source, has }: OpenSource,
  setting: string,
  table: string,
): { message: string; mend: string } | null {
  if (!has.has('extra')) return missingExtra(setting, table);
  if (source.isOrdered) return null;
  return {
    message: `${setting}: the table does not number its rows, so the order of what happened in one moment is unknown, and calls may be wrong`,
    mend: `ALTER TABLE ${table} ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY`,
  };
}
