// The three databases that a CEL or CDR table may be in, as far as reading it needs.
import type { TableColumn } from './columns.ts';
import { PastError } from './past-error.ts';
import type { Cell } from './source.ts';

/** A connection that only reads. */
export interface PastDatabase {
  /** In the table's order; empty when there is no such table, or none that may be read. */
  columnsOf(table: string): Promise<TableColumn[]>;
  rows(sql: string, values: readonly (string | number)[]): Promise<Cell[][]>;
  /** A column's or table's name as it stands in SQL. */
  quote(name: string): string;
  /** The n-th value (from 1) of a statement. */
  value(n: number): string;
  /** A row's own place in the table, where the database has one that can be sorted by: for tables that do not number their rows. */
  readonly rowPlace: { expression: string; isId: boolean } | null;
  close(): Promise<void>;
}

/** How long a connection may take to come about, and a question to be answered. */
export const connectMs = 10_000;
export const answerMs = 60_000;

/**
 * Connects, without loading the drivers that are not used.
 * @param setting such as `pbx main: cel`, for messages
 * @throws PastError
 */
export async function openDatabase(url: string, setting: string): Promise<PastDatabase> {
  if (url.startsWith('sqlite:')) return (await import('./sqlite.ts')).openSqliteTable(url.slice(7), setting);
  if (url.startsWith('mysql:')) return (await import('./mysql.ts')).openMysqlTable(url, setting);
  return (await import('./postgres.ts')).openPostgresTable(url, setting);
}

/** What a database's refusal means for the administrator, by the driver's code. */
export function explain(error: unknown, url: string, setting: string): PastError {
  if (error instanceof PastError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const { host, user, database } = placesOf(url);
  const because = (text: string, mend: string): PastError => new PastError(`${setting}.url: ${text}`, mend, error);
  switch (code) {
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ECONNRESET':
      return because(
        `no database answers at ${host} (${code})`,
        `Check host and port in ${setting}.url, that the database runs and that it listens there (bind-address, firewall)`,
      );
    case 'ER_ACCESS_DENIED_ERROR':
    case 'ER_DBACCESS_DENIED_ERROR':
    case '28P01':
    case '28000':
      return because(
        `${host} refuses user ${user}`,
        `Check user and password in ${setting}.url, and that this user may connect from this host and SELECT in ${database}`,
      );
    case 'ER_BAD_DB_ERROR':
    case '3D000':
      return because(`there is no database ${database} at ${host}`, `Correct the last part of ${setting}.url`);
    case 'ER_TABLEACCESS_DENIED_ERROR':
    case 'ER_COLUMNACCESS_DENIED_ERROR':
    case '42501':
      return because(`user ${user} may not read the table`, `Grant SELECT on the table of ${setting} to ${user}`);
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_NOTADB':
    case 'SQLITE_READONLY':
      return because(
        `${database} cannot be read as a SQLite database (${code})`,
        `Check the path in ${setting}.url, and that this user may read the file and write its folder (Asterisk's lock is there)`,
      );
    default:
      return because(
        `the database says: ${message.slice(0, 200)}${code === '' ? '' : ` (${code})`}`,
        'Look at the log of that database; it is tried again by itself',
      );
  }
}

/** Parts of the address for messages; never the password. */
function placesOf(url: string): { host: string; user: string; database: string } {
  if (url.startsWith('sqlite:')) return { host: 'this machine', user: '', database: url.slice(7) };
  try {
    const { host, username, pathname } = new URL(url);
    return { host, user: decodeURIComponent(username), database: decodeURIComponent(pathname.slice(1)) };
  } catch {
    // The password may hold a character that an address cannot hold as it is.
    return { host: 'the address', user: '?', database: '?' };
  }
}
