import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { migrate } from '../../src/store/migrate.ts';
import { type Migration, migrations } from '../../src/store/migrations.ts';
import { openDialect } from '../../src/store/open-store.ts';
import { aBatch, aCall } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const next: Migration = {
  version: 1_000,
  name: 'of the future',
  statements: () => ['create table future (id integer)'],
};

onEachDatabase('migrating', ({ open, url }) => {
  it('refuses a newer schema, and names both versions and the mend', async () => {
    await (await open()).record(aBatch([aCall('a')]));
    const dialect = await openDialect(url());
    await migrate(dialect, [...migrations, next]);
    await dialect.close();
    const known = migrations.at(-1)!.version;
    await expect(open()).rejects.toMatchObject({
      code: 'newer',
      retryable: false,
      message: expect.stringMatching(
        new RegExp(`schema version 1000, written by Patchcord [0-9.]+;.*up to ${known}\\b`),
      ) as string,
      mend: expect.stringContaining('`database`') as string,
    });
  });

  it('takes a failed step back whole, and goes on from there the next time', async () => {
    const dialect = await openDialect(url());
    const broken: Migration = { ...next, statements: () => ['create table future (id integer)', 'create nonsense'] };
    await expect(migrate(dialect, [...migrations, broken])).rejects.toMatchObject({ code: 'failed' });
    expect(await dialect.read((db) => dialect.tableExists(db, 'future'))).toBe(false);
    expect(await migrate(dialect, [...migrations, next])).toBe(1_000);
    expect(await migrate(dialect, [...migrations, next])).toBe(1_000);
    const applied = await dialect.read((db) =>
      sql<{ version: number }>`select version from migrations order by version`.execute(db),
    );
    expect(applied.rows.map((row) => row.version)).toEqual([...migrations.map((one) => one.version), 1_000]);
    await dialect.close();
  });

  it('changes nothing when the schema is there', async () => {
    await (await open()).record(aBatch([aCall('a')]));
    expect(await (await open()).call('a')).toEqual(aCall('a'));
  });
});
