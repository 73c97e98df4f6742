// The databases of a test, each started once for its file; a suite whose database is not there says so and is skipped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, type TestContext } from 'vitest';
import { type Database, startMariaDb, startPostgres } from '../../../../lab/databases.ts';

export type Kind = 'sqlite' | 'postgres' | 'mariadb';

const starters = { postgres: startPostgres, mariadb: startMariaDb };

/** @param suite gets what gives this test's own, empty database */
export function onEachTable(kinds: readonly Kind[], suite: (kind: Kind, url: () => string) => void): void {
  for (const kind of kinds) {
    describe(`a table in ${kind}`, () => {
      let own = '';
      if (kind === 'sqlite') own = onSqlite((url) => void (own = url));
      else onServer(kind, (url) => void (own = url));
      suite(kind, () => own);
    });
  }
}

function onSqlite(use: (url: string) => void): string {
  let folder = '';
  let count = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-past-'));
  });
  beforeEach(() => {
    count += 1;
    use(`sqlite:${join(folder, `cel-${count}.db`)}`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return '';
}

function onServer(kind: 'postgres' | 'mariadb', use: (url: string) => void): void {
  let server: Database | null = null;
  let missing = '';
  let count = 0;
  beforeAll(async () => {
    try {
      server = await starters[kind]();
    } catch (error) {
      missing = (error as Error).message;
    }
  }, 60_000);
  beforeEach(async (context: TestContext) => {
    if (!server) {
      if (process.env['CI']) throw new Error(missing);
      context.skip(missing);
      return;
    }
    count += 1;
    const url = new URL(server.url);
    await makeDatabase(kind, server.url, `past_${count}`);
    url.pathname = `/past_${count}`;
    use(url.href);
  });
  afterAll(() => server?.stop());
}

async function makeDatabase(kind: 'postgres' | 'mariadb', url: string, name: string): Promise<void> {
  if (kind === 'mariadb') {
    const connection = await createConnection(url);
    await connection.query(`create database ${name}`);
    await connection.end();
    return;
  }
  const client = new Client(url);
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
}
