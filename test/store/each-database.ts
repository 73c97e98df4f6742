// The store's suites run whole on each database. Every test has a fresh one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { type Database, startPostgres } from '../../lab/databases.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store, StoreOptions } from '../../src/store/store.ts';

export interface Fresh {
  /** The setting `database` of this test's own, empty database; the schema is not made yet. */
  url: () => string;
  /** Opens it (as another process would, when called again); closed after the test. */
  open: (options?: StoreOptions) => Promise<Store>;
}

export function onEachDatabase(name: string, suite: (fresh: Fresh) => void): void {
  describe(`${name}, sqlite`, () => {
    onSqlite(suite);
  });
  onPostgresOnly(name, suite);
}

export function onPostgresOnly(name: string, suite: (fresh: Fresh) => void): void {
  describe(`${name}, postgres`, () => {
    onPostgres(suite);
  });
}

function onSqlite(suite: (fresh: Fresh) => void): void {
  let folder = '';
  const url = (): string => `sqlite:${join(folder, 'patchcord.db')}`;
  const { open, closeAll } = opener(url);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-store-'));
  });
  afterEach(async () => {
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  });
  suite({ url, open });
}

function onPostgres(suite: (fresh: Fresh) => void): void {
  let server: Database | undefined;
  let missing = '';
  let tests = 0;
  const url = (): string => {
    const own = new URL(server?.url ?? '');
    own.pathname = `/test_${tests}`;
    return own.href;
  };
  const { open, closeAll } = opener(url);
  beforeAll(async () => {
    try {
      server = await startPostgres();
    } catch (error) {
      if (process.env['CI'] === 'true') throw error;
      missing = error instanceof Error ? error.message : String(error);
      console.warn(`skipped on PostgreSQL: ${missing}`);
    }
  }, 120_000);
  beforeEach(async (test) => {
    if (server === undefined) {
      test.skip(missing);
      return;
    }
    tests += 1;
    const client = new Client({ connectionString: server.url });
    await client.connect();
    await client.query(`create database test_${tests}`);
    await client.end();
  });
  afterEach(closeAll);
  afterAll(() => server?.stop());
  suite({ url, open });
}

function opener(url: () => string): { open: Fresh['open']; closeAll: () => Promise<void> } {
  const stores: Store[] = [];
  return {
    async open(options) {
      const store = await openStore(url(), options);
      stores.push(store);
      return store;
    },
    async closeAll() {
      for (const store of stores.splice(0)) await store.close();
    },
  };
}
