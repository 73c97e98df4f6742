import { type Kysely, sql } from 'kysely';
import type { Topic } from './announcements.ts';
import type { DdlWords } from './migrations.ts';
import type { StoreError } from './store-error.ts';
import type { Tables } from './tables.ts';

export type Db = Kysely<Tables>;

/**
 * The one seam between SQLite and PostgreSQL: everything that the two do differently is a member of this, and all other code is the same for both.
 * Every member rejects with StoreError.
 */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  readonly ddl: DdlWords;
  /** One transaction that writes. On SQLite no other writer runs beside it; on PostgreSQL see counters.ts. */
  write<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** A write that may take as long as it needs, and wait as long for others: a migration. */
  writePatiently<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Several reads that see one state of the database. */
  read<T>(work: (db: Db) => Promise<T>): Promise<T>;
  /** Inside a write: holds every other process that is about to migrate. */
  lockSchema(db: Db): Promise<void>;
  tableExists(db: Db, name: string): Promise<boolean>;
  /** Inside a write: lets listeners in every process know, once it is committed. */
  announce(db: Db, topic: Topic): Promise<void>;
  /**
   * Calls back after something of the topic may have been committed: by this process (`own`) at once after the commit, by others soon, and
   * perhaps once for several, or for nothing. Returns the unsubscribing.
   */
  listen(topic: Topic, heard: (own: boolean) => void): () => void;
  sizeBytes(db: Db): Promise<number | null>;
  explain(error: unknown): StoreError;
  close(): Promise<void>;
}

/** Runs `work` between `begin` and `commit` on one connection; on any error everything is rolled back and the error goes on. */
export function transact<T>(kysely: Db, begin: string, work: (db: Db) => Promise<T>): Promise<T> {
  return kysely.connection().execute(async (db) => {
    await sql.raw(begin).execute(db);
    try {
      const result = await work(db);
      await sql.raw('commit').execute(db);
      return result;
    } catch (error) {
      // SQLite has rolled back by itself after some errors and a lost connection has nothing to roll back: the first error is what counts.
      await sql
        .raw('rollback')
        .execute(db)
        .catch(() => undefined);
      throw error;
    }
  });
}
