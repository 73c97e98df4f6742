import { sql } from 'kysely';
import { readFileSync } from 'node:fs';
import type { Db, Dialect } from './dialect.ts';
import { type Migration, migrations as ours } from './migrations.ts';
import { StoreError } from './store-error.ts';

const { version: patchcord } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/**
 * Brings the schema to the newest version. Any number of processes may do so at once: each step looks again under the lock.
 * @returns the version that the schema has now
 * @throws StoreError with code `newer` when a newer Patchcord has been here
 */
export async function migrate(dialect: Dialect, migrations: readonly Migration[] = ours): Promise<number> {
  const newest = migrations.at(-1)?.version ?? 0;
  let version = await prepare(dialect);
  for (const migration of migrations) {
    if (migration.version > version) version = await step(dialect, migration);
  }
  if (version > newest) {
    const by = await writtenBy(dialect, version);
    throw new StoreError(
      'newer',
      `The database has schema version ${version}, written by Patchcord ${by}; this is Patchcord ${patchcord}, which knows versions up to ${newest}.`,
      `Start Patchcord ${by} or newer, or name another database (or a backup from before the upgrade) in the setting \`database\`.`,
    );
  }
  return version;
}

async function prepare(dialect: Dialect): Promise<number> {
  return dialect.writePatiently(async (db) => {
    await dialect.lockSchema(db);
    if (!(await dialect.tableExists(db, 'migrations'))) {
      await sql`create table migrations (version integer primary key, name text not null, patchcord text not null, applied_at text not null)`.execute(
        db,
      );
    }
    return versionOf(db);
  });
}

async function step(dialect: Dialect, migration: Migration): Promise<number> {
  return dialect.writePatiently(async (db) => {
    await dialect.lockSchema(db);
    const version = await versionOf(db);
    // another process was quicker
    if (version >= migration.version) return version;
    await sql`insert into migrations (version, name, patchcord, applied_at)
      values (${migration.version}, ${migration.name}, ${patchcord}, ${new Date().toISOString()})`.execute(db);
    for (const statement of migration.statements(dialect.ddl)) await sql.raw(statement).execute(db);
    return migration.version;
  });
}

async function versionOf(db: Db): Promise<number> {
  const found = await sql<{ version: number | null }>`select max(version) as version from migrations`.execute(db);
  return found.rows[0]?.version ?? 0;
}

async function writtenBy(dialect: Dialect, version: number): Promise<string> {
  const found = await dialect.read((db) =>
    sql<{ patchcord: string }>`select patchcord from migrations where version = ${version}`.execute(db),
  );
  return found.rows[0]?.patchcord ?? 'of an unknown version';
}
