import { DatabaseStore } from './database-store.ts';
import { parseDatabaseUrl } from './database-url.ts';
import type { Dialect } from './dialect.ts';
import { migrate } from './migrate.ts';
import type { Store, StoreOptions } from './store.ts';

/**
 * Opens the database of the setting `database`, makes it when there is none (SQLite), and brings its schema up to date.
 * @param url `sqlite:data/patchcord.db`, `sqlite::memory:` or `postgres://user:password@host/database`
 * @throws StoreError
 */
export async function openStore(url: string, options: StoreOptions = {}): Promise<Store> {
  const dialect = await openDialect(url);
  try {
    return new DatabaseStore(dialect, await migrate(dialect), options);
  } catch (error) {
    await dialect.close();
    throw error;
  }
}

/** The database without a look at its schema. Only the driver that is needed is loaded: an idle Patchcord is to stay small. */
export async function openDialect(url: string): Promise<Dialect> {
  const parsed = parseDatabaseUrl(url);
  if (parsed.dialect === 'sqlite') {
    const { openSqlite } = await import('./sqlite.ts');
    return openSqlite(parsed.file);
  }
  const { openPostgres } = await import('./postgres.ts');
  return openPostgres(parsed.connection, parsed.shown);
}
