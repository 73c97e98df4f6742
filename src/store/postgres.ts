import { Kysely, PostgresDialect, sql } from 'kysely';
import { Pool, type PoolConfig, types } from 'pg';
import { Announcements, type Topic } from './announcements.ts';
import { type Db, type Dialect, transact } from './dialect.ts';
import { CommitListener } from './postgres-listener.ts';
import { explainPostgres } from './postgres-errors.ts';
import type { Tables } from './tables.ts';

/** The channel of LISTEN and NOTIFY. */
const channel = 'patchcord_events';
/** Any number that nothing else in the database takes an advisory lock on. */
const schemaLock = 7_280_911;

/**
 * Connects to PostgreSQL.
 * @param connection `postgres://user:password@host/database`
 * @param shown the same without the password
 * @throws StoreError
 */
export async function openPostgres(connection: string, shown: string): Promise<Dialect> {
  const options: PoolConfig = {
    connectionString: connection,
    application_name: 'patchcord',
    max: 10,
    connectionTimeoutMillis: 5_000,
    lock_timeout: 5_000,
    // a server that hangs, or a network that swallows, must become an error: calls wait in memory meanwhile
    query_timeout: 30_000,
    keepAlive: true,
    types: {
      getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
    },
  };
  const kysely = connect(options);
  const explained = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explainPostgres(error, shown);
    }
  };
  try {
    await explained(sql`select 1`.execute(kysely));
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  const listener = new CommitListener(options, channel);
  const announcements = new Announcements();
  let unlisten: (() => void) | undefined;

  return {
    name: 'postgres',
    ddl: { blob: 'bytea', bytewise: 'text collate "C"', clustered: '', key: 'bigint' },
    async write(work) {
      let transaction: Db = kysely;
      const result = await explained(transact(kysely, 'begin', (db) => work((transaction = db))));
      announcements.committed(transaction);
      return result;
    },
    writePatiently: (work) => explained(onConnectionOfItsOwn({ ...options, query_timeout: 0, lock_timeout: 0 }, work)),
    read: (work) => explained(transact(kysely, 'start transaction isolation level repeatable read read only', work)),
    async lockSchema(db) {
      await sql`select pg_advisory_xact_lock(${schemaLock}::bigint)`.execute(db);
    },
    async tableExists(db, name) {
      const found = await sql<{ there: boolean }>`select to_regclass(${name}) is not null as there`.execute(db);
      return found.rows[0]?.there === true;
    },
    async announce(db, topic) {
      announcements.made(db, topic);
      await sql`select pg_notify(${channel}, ${topic})`.execute(db);
    },
    listen(topic, heard) {
      const remove = announcements.add(topic, heard);
      unlisten ??= listener.add((said) => announcements.heard(said as Topic | null));
      return () => {
        remove();
        if (!announcements.heardByNobody) return;
        unlisten?.();
        unlisten = undefined;
      };
    },
    async sizeBytes(db) {
      const size = await sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`.execute(db);
      return size.rows[0]?.bytes ?? null;
    },
    explain: (error) => explainPostgres(error, shown),
    async close() {
      await listener.close();
      await kysely.destroy();
    },
  };
}

function connect(options: PoolConfig): Db {
  const pool = new Pool(options);
  // A connection that the server closed: the pool replaces it, and whoever uses it meets the error in his query. But each client tells it as an
  // event too, which ends the process when nobody listens; the pool listens only to those that are idle.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}

async function onConnectionOfItsOwn<T>(options: PoolConfig, work: (db: Db) => Promise<T>): Promise<T> {
  const kysely = connect({ ...options, max: 1 });
  try {
    return await transact(kysely, 'begin', work);
  } finally {
    await kysely.destroy();
  }
}
