// What the CRM side keeps in tables of its own, on both databases.
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { expect, it, vi } from 'vitest';
import { RequestLog, type LoggedRequest } from '../../src/crm/request-log.ts';
import { openSecrets, SecretError, secretsOf } from '../../src/crm/sealed-secrets.ts';
import { silent } from '../../src/crm/testing/network.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { aDelivery } from '../../src/outbox/testing/workers.ts';
import { laterReached, taskBook } from '../../src/crm/task-book.ts';
import type { Call } from '../../src/calls/call.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch, aCall } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const entry = (changes: Partial<LoggedRequest> = {}): LoggedRequest => ({
  crm: 'portal',
  at: 1_700_000_000_000,
  tookMs: 12.6,
  method: 'POST',
  url: 'https://portal.example/x',
  request: 'method.name\n\nbody',
  status: 200,
  answer: '{"имя":"Я"}',
  deliveryId: 5,
  error: null,
  ...changes,
});

/** The database with a word before each write. */
const counting = (database: Dialect, before: () => void): Pick<Dialect, 'read' | 'write'> => ({
  read: (work) => database.read(work),
  write: async (work) => {
    before();
    return database.write(work);
  },
});

onEachDatabase('the log of requests', ({ open }) => {
  it('gives the last ones back, page by page, and the failed ones alone', async () => {
    const log = new RequestLog((await open()).database, silent);
    for (let n = 0; n < 10; n += 1) log.add(entry({ url: `u${n}`, status: n === 3 ? 503 : 200 }));
    log.add(entry({ url: 'u10', status: null, error: 'refused' }));
    log.add(entry({ crm: 'other', url: 'not ours' }));
    const first = await log.requests('portal', { limit: 3 });
    expect(first.map(({ url }) => url)).toEqual(['u10', 'u9', 'u8']);
    expect(first[1]).toEqual({ id: expect.any(Number), ...entry({ url: 'u9', tookMs: 13 }) });
    const second = await log.requests('portal', { limit: 100, before: first[2]?.id ?? 0 });
    expect(second.map(({ url }) => url)).toEqual(['u7', 'u6', 'u5', 'u4', 'u3', 'u2', 'u1', 'u0']);
    const failed = await log.requests('portal', { limit: 10, failedOnly: true });
    expect(failed.map(({ url }) => url)).toEqual(['u10', 'u3']);
  });

  it('keeps the last thousand of each connection', async () => {
    const log = new RequestLog((await open()).database, silent);
    log.add(entry({ crm: 'quiet', url: 'the only one' }));
    for (let n = 0; n < 1300; n += 1) {
      log.add(entry({ url: `u${n}` }));
      if (n % 400 === 0) await log.flush();
    }
    const last = await log.requests('portal', { limit: 1 });
    const oldest = await log.requests('portal', { limit: 200, before: (last[0]?.id ?? 0) - 989 });
    expect(oldest.map(({ url }) => url)).toEqual([
      'u309',
      'u308',
      'u307',
      'u306',
      'u305',
      'u304',
      'u303',
      'u302',
      'u301',
      'u300',
    ]);
    expect(await log.requests('quiet', { limit: 10 })).toHaveLength(1);
  });

  it('stores once a second, in one transaction', async () => {
    const { database } = await open();
    let writes = 0;
    const log = new RequestLog(
      counting(database, () => (writes += 1)),
      silent,
    );
    for (let n = 0; n < 50; n += 1) log.add(entry());
    expect(writes).toBe(0);
    await vi.waitFor(() => expect(writes).toBe(1), 3000);
    await log.flush();
    expect(writes).toBe(1);
  });

  it('loses nothing while the database is away for a moment, and fails nobody', async () => {
    const { database } = await open();
    let isAway = true;
    const away = (): never => {
      throw new StoreError('busy', 'busy', 'wait');
    };
    const log = new RequestLog(
      counting(database, () => (isAway ? away() : undefined)),
      silent,
    );
    log.add(entry({ url: 'during' }));
    await log.flush();
    isAway = false;
    log.add(entry({ url: 'after' }));
    expect((await log.requests('portal', { limit: 5 })).map(({ url }) => url)).toEqual(['after', 'during']);
  });
});

onEachDatabase('secrets', ({ open }) => {
  const key = randomBytes(32);
  const canary = 'canary-тайна';

  it('come back as they were put, and are gone when removed', async () => {
    const secrets = openSecrets((await open()).database, key, Date.now);
    expect(await secrets.get('a')).toBeNull();
    await secrets.put('a', 'first');
    await secrets.put('a', canary);
    await secrets.put('empty', '');
    expect(await secrets.get('a')).toBe(canary);
    expect(await secrets.get('empty')).toBe('');
    await secrets.remove('a');
    expect(await secrets.get('a')).toBeNull();
  });

  it('are not readable in the table, nor twice the same', async () => {
    const { database } = await open();
    const secrets = openSecrets(database, key, Date.now);
    await secrets.put('a', canary);
    await secrets.put('b', canary);
    const rows = await database.read((db) => db.selectFrom('secrets').selectAll().execute());
    expect(new Set(rows.map(({ sealed }) => sealed)).size).toBe(2);
    for (const { sealed } of rows) expect(Buffer.from(sealed.slice(3), 'base64url').toString()).not.toContain('canary');
  });

  it('open with their own key, under their own name, and unchanged only', async () => {
    const { database } = await open();
    const secrets = openSecrets(database, key, Date.now);
    await secrets.put('a', canary);
    await secrets.put('b', 'other');
    const rejected = async (store: typeof secrets, name: string): Promise<SecretError> => {
      const error: unknown = await store.get(name).catch((thrown: unknown) => thrown);
      if (error instanceof SecretError) return error;
      throw new Error('expected a SecretError');
    };
    const error = await rejected(openSecrets(database, randomBytes(32), Date.now), 'a');
    expect(error.mend).toMatch(/secretKey.*secret\.key/);
    expect(`${error.message}${error.stack}`).not.toContain('canary');

    const sealedOf = (name: string) =>
      database.read((db) =>
        db.selectFrom('secrets').select('sealed').where('name', '=', name).executeTakeFirstOrThrow(),
      );
    const { sealed } = await sealedOf('a');
    const place = (name: string, text: string) =>
      database.write((db) => db.updateTable('secrets').set({ sealed: text }).where('name', '=', name).execute());
    await place('b', sealed);
    await rejected(secrets, 'b');
    for (const broken of [`${sealed.slice(0, -3)}AAA`, 'v1.', 'v2.abc', '']) {
      await place('a', broken);
      await rejected(secrets, 'a');
    }
  });

  it('of one connection are not seen by another; what passes is learnt', async () => {
    const store = openSecrets((await open()).database, key, Date.now);
    const learnt: string[] = [];
    const one = secretsOf(store, 'one', (secret) => learnt.push(secret));
    const tokens = { access: 'token-0123456789abcdef', scope: 'crm,user', at: 'https://portal.example/rest/' };
    await one.put('tokens', JSON.stringify(tokens));
    expect(await secretsOf(store, 'two', () => {}).get('tokens')).toBeNull();
    expect(JSON.parse((await one.get('tokens')) ?? '')).toEqual(tokens);
    expect(new Set(learnt)).toEqual(new Set(['token-0123456789abcdef']));
    await one.put('plain', 'just-a-secret');
    expect(learnt.at(-1)).toBe('just-a-secret');
  });
});

onEachDatabase('tasks for missed calls', ({ open }) => {
  it('are not wanted any more when a later call of the client was worked as one that reached him', async () => {
    const { database, ...store } = await withCalls(open);
    const book = taskBook(database, 'a', () => 0);
    expect(await book.reachedAfter(store.missed)).toBe(false);
    // Waiting: it will close what is made by then. Another connection's, an earlier call's, and another client's do not count.
    await store.reached('later', { endedAt: '2026-03-01T11:00:00.000Z' }, 'waiting');
    await store.reached('earlier', { endedAt: '2026-03-01T09:00:00.000Z' });
    await store.reached('elsewhere', { endedAt: '2026-03-01T11:00:00.000Z' }, 'done', 'b');
    await store.reached('somebody', { endedAt: '2026-03-01T11:00:00.000Z', client: other });
    expect(await book.reachedAfter(store.missed)).toBe(false);
    // In another form of the same number.
    const client = { number: '+7 916 123-45-67', e164: '+79161234567', name: null };
    await store.reached('same', { endedAt: '2026-03-01T11:00:00.000Z', client }, 'dropped');
    expect(await book.reachedAfter(store.missed)).toBe(true);
    expect(await book.reachedAfter(aCall('anonymous', { client: null }))).toBe(false);
    if (database.name !== 'sqlite') return;
    const about = { crm: 'a', client: { digits: '', e164: '79161234567' }, endedAtMs: 0 };
    const steps = await database.read((db) => laterReached(db, about).explain(undefined, sql`query plan`));
    const indexes = steps.map(({ detail }) => / INDEX (\w+)/.exec(String(detail))?.[1]);
    expect(indexes).toEqual(['numbers_e164', 'calls_number', 'deliveries_call']);
  });
});

const other = { number: '+79160000000', e164: '+79160000000', name: null };

async function withCalls(open: () => Promise<Store>) {
  const store = await open();
  const missed = aCall('missed', { answered: false, endedAt: '2026-03-01T10:01:05.000Z' });
  await store.record(aBatch([missed]));
  return {
    database: store.database,
    missed,
    async reached(id: string, changes: Partial<Call>, state = 'done', crm = 'a') {
      const call = aCall(id, { startedAt: '2026-03-01T08:00:00.000Z', ...changes });
      await store.record(aBatch([call], [], { deliveries: [aDelivery(id, { crm, kind: 'reached' })] }));
      await store.database.write((db) =>
        db.updateTable('deliveries').set({ state }).where('call_id', '=', id).execute(),
      );
    },
  };
}
