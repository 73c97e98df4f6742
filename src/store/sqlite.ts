import Database from 'better-sqlite3';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Announcements } from './announcements.ts';
import { type Db, type Dialect, transact } from './dialect.ts';
import { explainSqlite } from './sqlite-errors.ts';
import { StatementCache } from './statement-cache.ts';
import type { StoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

/** SQLite waits for a lock without letting anything else run, so it may wait this long only; the rest is waited for outside. */
const blockingWaitMs = 20;
const lockWaitMs = 5_000;
/** Another process may be migrating a large database. */
const migrationWaitMs = 600_000;
/** How soon another process's commits are noticed. */
const lookIntervalMs = 250;

/**
 * Opens (and makes) a SQLite database.
 * @param file absolute path, or `:memory:`
 * @throws StoreError
 */
export async function openSqlite(file: string): Promise<Dialect> {
  const explain = (error: unknown): StoreError => explainSqlite(error, file);
  const database = await untilFree(() => openFile(file), explain);
  const kysely = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new StatementCache(database) }) });
  let looking: NodeJS.Timeout | undefined;
  const announcements = new Announcements();
  const writing = async <T>(work: (db: Db) => Promise<T>, waitMsMax?: number): Promise<T> => {
    let transaction: Db = kysely;
    const begun = (db: Db): Promise<T> => work((transaction = db));
    const result = await untilFree(() => transact(kysely, 'begin immediate', begun), explain, waitMsMax);
    announcements.committed(transaction);
    return result;
  };

  return {
    name: 'sqlite',
    ddl: { blob: 'blob', bytewise: 'text', clustered: 'without rowid', key: 'integer' },
    write: (work) => writing(work),
    writePatiently: (work) => writing(work, migrationWaitMs),
    read: (work) => untilFree(() => transact(kysely, 'begin', work), explain),
    // `begin immediate` holds everybody already
    lockSchema: () => Promise.resolve(),
    async tableExists(db, name) {
      const found = await sql`select 1 from sqlite_master where type = 'table' and name = ${name}`.execute(db);
      return found.rows.length > 0;
    },
    announce(db, topic) {
      announcements.made(db, topic);
      return Promise.resolve();
    },
    listen(topic, heard) {
      const remove = announcements.add(topic, heard);
      if (file !== ':memory:') looking ??= watchCommits(database, () => announcements.heard(null));
      return () => {
        remove();
        if (!announcements.heardByNobody) return;
        clearInterval(looking);
        looking = undefined;
      };
    },
    async sizeBytes(db) {
      const pages = await sql<{ bytes: number }>`
        select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`.execute(db);
      return pages.rows[0]?.bytes ?? null;
    },
    explain,
    async close() {
      clearInterval(looking);
      await kysely.destroy();
    },
  };
}

function openFile(file: string): Promise<Database.Database> {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const database = new Database(file, { timeout: blockingWaitMs });
  try {
    database.pragma('journal_mode = wal');
    // a commit that was answered survives a power cut: what a fact became may be in a CRM already
    database.pragma('synchronous = full');
    database.pragma('cache_size = -32000');
    database.pragma('temp_store = memory');
    return Promise.resolve(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Tries again while another process holds the database, letting everything else run meanwhile. */
async function untilFree<T>(
  work: () => Promise<T>,
  explain: (error: unknown) => StoreError,
  waitMsMax = lockWaitMs,
): Promise<T> {
  const deadlineMs = performance.now() + waitMsMax;
  for (let waitMs = 5; ; waitMs = Math.min(waitMs * 2, 200)) {
    try {
      return await work();
    } catch (error) {
      const problem = explain(error);
      if (problem.code !== 'busy' || performance.now() + waitMs > deadlineMs) throw problem;
    }
    await delay(waitMs);
  }
}

/** `data_version` changes when another connection has committed; reading it takes microseconds. */
function watchCommits(database: Database.Database, changed: () => void): NodeJS.Timeout {
  const statement = database.prepare<[], { data_version: number }>('pragma data_version');
  let seen: number | undefined;
  const look = (): void => {
    // inside a transaction of ours the version stands still; the next look sees it
    if (!database.open || database.inTransaction) return;
    let version: number | undefined;
    try {
      version = statement.get()?.data_version;
    } catch {
      // locked at this moment: the next look sees it
      return;
    }
    if (seen !== undefined && version !== seen) changed();
    seen = version;
  };
  look();
  const timer = setInterval(look, lookIntervalMs);
  timer.unref();
  return timer;
}
