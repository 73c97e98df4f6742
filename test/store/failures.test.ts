import Sqlite from 'better-sqlite3';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { sql } from 'kysely';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseStore } from '../../src/store/database-store.ts';
import { migrate } from '../../src/store/migrate.ts';
import { openDialect, openStore } from '../../src/store/open-store.ts';
import { aBatch, aCall, aFact } from './a-call.ts';
import { onEachDatabase, onPostgresOnly } from './each-database.ts';

const batch = aBatch([aCall('b')], [aFact('call.ended', 'b')], { batchId: 'b' });

describe('a SQLite file', () => {
  let folder = '';
  let file = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-store-'));
    file = join(folder, 'patchcord.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('that another process holds: the batch is refused, leaves nothing, and can be given again; everything else goes on', async () => {
    const store = await openStore(`sqlite:${file}`);
    await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')]));
    const other = new Sqlite(file);
    other.exec('begin immediate');
    let turns = 0;
    const turning = setInterval(() => (turns += 1), 10);
    const refused = store.record(batch);
    const expected = {
      name: 'StoreError',
      code: 'busy',
      retryable: true,
      mend: expect.stringContaining('`database`') as string,
    };
    // reading does not wait for a writer
    expect(await store.call('a')).toEqual(aCall('a'));
    await expect(refused).rejects.toMatchObject(expected);
    clearInterval(turning);
    // the store waited for seconds, and let others run meanwhile
    expect(turns).toBeGreaterThan(50);
    other.exec('rollback');
    other.close();
    expect(await store.events(0, 10)).toHaveLength(1);
    expect(await store.record(batch)).toEqual({ lastSeq: 2 });
    await store.close();
  });

  it('that is held for a moment only: the batch waits', async () => {
    const store = await openStore(`sqlite:${file}`);
    const other = new Sqlite(file);
    other.exec('begin immediate');
    const recorded = store.record(batch);
    setTimeout(() => other.close(), 100);
    expect(await recorded).toEqual({ lastSeq: 1 });
    await store.close();
  });

  it('without room: the batch is refused, leaves nothing, and can be given again', async () => {
    const dialect = await openDialect(`sqlite:${file}`);
    const store = new DatabaseStore(dialect, await migrate(dialect), {});
    // gives the same code as a full disk does
    const limitPages = (pages: number) => dialect.read((db) => sql.raw(`pragma max_page_count = ${pages}`).execute(db));
    await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')]));
    // no less than there are: the file may not grow any more
    await limitPages(1);
    const big = aBatch(
      Array.from({ length: 2_000 }, (_, n) => aCall(`big-${n}`)),
      [aFact('call.ended', 'big-1')],
      { batchId: 'big' },
    );
    await expect(store.record(big)).rejects.toMatchObject({
      code: 'full',
      retryable: true,
      mend: expect.stringContaining('`database`') as string,
    });
    expect((await store.calls({}, { limit: 10 })).calls).toHaveLength(1);
    expect(await store.lastSeq()).toBe(1);
    await limitPages(1_000_000);
    expect(await store.record(big)).toEqual({ lastSeq: 2 });
    await store.close();
  });

  it.each([
    [
      'that is something else',
      'damaged',
      (path: string) => writeFileSync(path, 'no database at all, but long enough to be looked at'),
    ],
    ['whose folder is a file', 'open', (path: string) => writeFileSync(path.slice(0, path.lastIndexOf('/')), '')],
  ])('%s: says so and names the setting', async (_, code, make) => {
    const path = code === 'open' ? join(folder, 'file', 'patchcord.db') : file;
    make(path);
    await expect(openStore(`sqlite:${path}`)).rejects.toMatchObject({
      code,
      retryable: false,
      message: expect.stringContaining(path) as string,
      mend: expect.stringContaining('`database`') as string,
    });
  });
});

describe('a PostgreSQL address', () => {
  it('where nobody answers: says so, without the password', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    const opening = openStore(`postgres://user:s3cret@127.0.0.1:${port}/patchcord`);
    await expect(opening).rejects.toMatchObject({
      code: 'lost',
      mend: expect.stringContaining('`database`') as string,
    });
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('s3cret') as string });
  });

  it('where something answers that never says anything: gives up', async () => {
    const sockets = new Set<Socket>();
    const server: Server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await expect(openStore(`postgres://user:s3cret@127.0.0.1:${port}/patchcord`)).rejects.toMatchObject({
      code: 'lost',
    });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

onPostgresOnly('the connection', ({ open, url }) => {
  it('cut in the middle: the batch is refused and can be given again', async () => {
    const store = await open();
    await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')]));
    const admin = new Client({ connectionString: url() });
    await admin.connect();
    // holds the row that every batch begins with, so that the batch is surely in the middle
    await admin.query("begin; update counters set value = value where name = 'event'");
    const refused = store.record(batch).catch((error: unknown) => error);
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'patchcord' and wait_event_type = 'Lock' and datname = current_database()`;
    while ((await admin.query(cut)).rowCount === 0);
    expect(await refused).toMatchObject({ name: 'StoreError', code: 'lost', retryable: true });
    await admin.query('rollback');
    expect(await store.events(0, 10)).toHaveLength(1);
    expect(await store.record(batch)).toEqual({ lastSeq: 2 });
    await admin.end();
  });

  it('of the listener cut: what was stored meanwhile is told afterwards', async () => {
    const [store, other] = [await open(), await open()];
    const heard: number[] = [];
    let wake = (): void => undefined;
    store.onEvents((seq) => {
      heard.push(seq);
      wake();
    });
    const admin = new Client({ connectionString: url() });
    await admin.connect();
    const cut = `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`;
    while ((await admin.query(cut)).rowCount === 0);
    await admin.end();
    await other.record(batch);
    while (heard.at(-1) !== 1) await new Promise<void>((resolve) => (wake = resolve));
    expect(heard).toEqual([1]);
  });

  it('to a database that does not exist: says so, and names the setting', async () => {
    await expect(openStore(`${url()}_not`)).rejects.toMatchObject({
      code: 'open',
      mend: expect.stringContaining('`database`') as string,
    });
  });
});

onEachDatabase('a database', ({ open }) => {
  it('lost or closed is a status, not an error', async () => {
    const store = await open();
    await store.close();
    expect(await store.status()).toMatchObject({ ok: false, sizeBytes: null });
  });
});
