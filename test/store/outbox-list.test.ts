import { sql } from 'kysely';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { countDeliveries } from '../../src/outbox/counts.ts';
import { type DeliveryFilter, deliveryById, listDeliveries } from '../../src/outbox/list.ts';
import { measureDeliveries } from '../../src/outbox/metrics.ts';
import { Outbox } from '../../src/outbox/outbox.ts';
import { aDelivery, silent, TestWorker } from '../../src/outbox/testing/workers.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

onEachDatabase('the list of deliveries', ({ open }) => {
  it('gives pages, newest first, with filters', async () => {
    const store = await open();
    await fill(store, 50);
    const page = await listDeliveries(store.database, {}, { limit: 20 });
    expect(page.deliveries.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, n) => 50 - n));
    expect(page.next).toBe(31);
    expect(await ids(store, {})).toHaveLength(50);
    expect(await ids(store, { crm: 'other' })).toEqual([50, 40, 30, 20, 10]);
    expect(await ids(store, { state: 'rejected' })).toEqual([45, 35, 25, 15, 5]);
    expect(await ids(store, { kind: 'missed', crm: 'crm' })).toEqual([48, 38, 28, 18, 8]);
    expect(await ids(store, { callId: 'c7' })).toEqual([7]);
    expect(await ids(store, { callId: 'c\0' })).toEqual([]);
    expect(await deliveryById(store.database, 7)).toMatchObject({ id: 7, callId: 'c7' });
    expect(await deliveryById(store.database, 700)).toBeNull();
    expect([...(await countDeliveries(store.database))].sort(([a], [b]) => a.localeCompare(b))).toEqual([
      ['crm', { waiting: 40, working: 0, rejected: 5, oldestAtMs: expect.any(Number) as number, rejectedMend: 'm45' }],
      ['other', { waiting: 5, working: 0, rejected: 0, oldestAtMs: expect.any(Number) as number, rejectedMend: null }],
    ]);
  });

  it('looks at some rows only for a kind that is rare, and says that there are more pages', async () => {
    const store = await open();
    await store.record(aBatch([], [], { deliveries: [aDelivery('first', { kind: 'order-failed' })] }));
    await fill(store, 41_000);
    const first = await listDeliveries(store.database, { kind: 'order-failed' }, { limit: 10 });
    expect(first.deliveries).toEqual([]);
    expect(first.next).not.toBeNull();
    expect(await ids(store, { kind: 'order-failed' })).toEqual([1]);
  });

  it('tells its figures, and warns of deliveries to a connection that is not there any more', async () => {
    const store = await open();
    await fill(store, 20);
    const registry = new Registry();
    const worker = new TestWorker();
    const outbox: Outbox = new Outbox({
      database: store.database,
      workers: [worker],
      logger: silent,
      observer: measureDeliveries(registry, { counts: () => outbox.counts(), paused: () => outbox.paused() }),
    });
    outbox.start();
    await worker.asked(16);
    await outbox.stop();
    const text = await registry.metrics();
    expect(text).toContain('patchcord_deliveries{crm="crm",state="rejected"} 2');
    expect(text).toContain('patchcord_deliveries{crm="other",state="waiting"} 2');
    expect(text).toContain('patchcord_crm_down{crm="crm"} 0');
    expect(text).toMatch(/patchcord_delivery_attempts_total\{crm="crm",kind="ended",to="done"\} 14/);
    expect(text).toContain('patchcord_delivery_wait_seconds_count{crm="crm",live="false"} 16');
    const status = await outbox.status();
    expect(status.map(({ part, level }) => [part, level])).toEqual([
      ['deliveries to crm', 'warning'],
      ['deliveries to other', 'warning'],
    ]);
  });

  it('and the looks of the outbox use the indexes that were made for them', async () => {
    const store = await open();
    await fill(store, 5_000);
    if (store.database.name === 'postgres') {
      await store.database.write((db) => sql`analyze deliveries`.execute(db));
    }
    const plan = async (query: string): Promise<string> => {
      const explain = store.database.name === 'sqlite' ? 'explain query plan' : 'explain';
      const found = await store.database.read((db) => sql.raw(`${explain} ${query}`).execute(db));
      return JSON.stringify(found.rows);
    };
    const ready = `select id, number from deliveries where crm = 'crm' and live = 1 and state = 'waiting' and behind = 0 and due_at <= 5 order by due_at, id limit 5`;
    expect(await plan(ready)).toContain('deliveries_ready');
    const stale = `select id from deliveries where crm = 'crm' and live = 1 and state = 'waiting' and behind = 0 and stale_at <= 5 and due_at <= 5 order by due_at limit 5`;
    expect(await plan(stale)).toContain('deliveries_ready');
    const pending = `select min(id) from deliveries where call_id = 'c7' and crm = 'crm' and state in ('waiting', 'working', 'rejected')`;
    expect(await plan(pending)).toContain('deliveries_pending');
    const rejected = `select * from deliveries where crm = 'crm' and state = 'rejected' and id < 500 order by id desc limit 5`;
    expect(await plan(rejected)).toContain('deliveries_state');
    const working = `select id from deliveries where crm = 'crm' and state = 'working' and lease_until <= 5`;
    expect(await plan(working)).toContain('deliveries_working');
    const old = `select id from deliveries where ended_at is not null and ended_at < 5 order by ended_at limit 5`;
    expect(await plan(old)).toContain('deliveries_ended');
  });
});

/** Every tenth to `other`; of the tens that end in 5 a rejected one, in 8 a missed one. */
async function fill(store: Store, count: number): Promise<void> {
  const last = await store.database.read((db) =>
    db
      .selectFrom('deliveries')
      .select((is) => is.fn.max('id').as('id'))
      .executeTakeFirst(),
  );
  const from = (last?.id ?? 0) + 1;
  for (let at = from; at < from + count; at += 2_000) {
    const some = Array.from({ length: Math.min(2_000, from + count - at) }, (_, n) => at + n);
    const deliveries = some.map((id) =>
      aDelivery(`c${id}`, { crm: id % 10 === 0 ? 'other' : 'crm', kind: id % 10 === 8 ? 'missed' : 'ended' }),
    );
    await store.record(aBatch([], [], { deliveries }));
  }
  await store.database.write((db) =>
    db
      .updateTable('deliveries')
      .set({ state: 'rejected', mend: sql<string>`'m' || id` })
      .where(sql<boolean>`id % 10 = 5`)
      .execute(),
  );
}

/** Of all pages. */
async function ids(store: Store, filter: DeliveryFilter): Promise<number[]> {
  const found: number[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await listDeliveries(store.database, filter, {
      limit: 3,
      ...(before === undefined ? {} : { before }),
    });
    found.push(...page.deliveries.map(({ id }) => id));
    if (page.next === null) return found;
    before = page.next;
  }
}
