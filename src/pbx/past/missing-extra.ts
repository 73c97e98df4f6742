/** What a CEL table without `extra` does not tell, and how the column comes into it. */
export function missingExtra(setting: string, table: string): { message: string; mend: string } {
  return {
    message: `${setting}: the table has no column extra: who transferred to whom, why a call ended and who hung up are lost for calls taken from it`,
    mend:
      `ALTER TABLE ${table} ADD COLUMN extra VARCHAR(1024); then "module reload cel_odbc.so" (or cel_pgsql.so), which writes it by itself; ` +
      `for cel_sqlite3_custom add extra to columns and \${eventextra} to values. If it has another name: ${setting}.columns.extra`,
  };
}
