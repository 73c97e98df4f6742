import { existsSync } from 'node:fs';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { CommandFailure } from './failure.ts';

/** The file of a `sqlite:` address; null for another database and for one in memory. */
export function sqliteFile(database: string): string | null {
  const file = /^sqlite:(.+)$/.exec(database)?.[1];
  return file === undefined || file === ':memory:' ? null : file;
}

/**
 * Opens the database for the time of `work`. A SQLite file that is not there is not made: who reads has mistaken the place.
 * @throws CommandFailure, StoreError, and what `work` throws
 */
export async function withStore<Result>(database: string, work: (store: Store) => Promise<Result>): Promise<Result> {
  const file = sqliteFile(database);
  if (file !== null && !existsSync(file)) {
    throw new CommandFailure(
      `there is no database ${file} yet`,
      'Start Patchcord first, or name the right settings file with --settings',
    );
  }
  const store = await openStore(database);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
