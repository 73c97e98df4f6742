import { afterEach, expect, it, vi } from 'vitest';
import { resend } from '../../src/outbox/amend.ts';
import { Leases } from '../../src/outbox/lease.ts';
import { listDeliveries } from '../../src/outbox/list.ts';
import { Outbox } from '../../src/outbox/outbox.ts';
import { aDelivery, gate, silent, TestWorker } from '../../src/outbox/testing/workers.ts';
import { DeliveryError } from '../../src/outbox/worker.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import type { NewDelivery } from '../../src/store/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

onEachDatabase('leases', ({ open }) => {
  const outboxes: Outbox[] = [];
  afterEach(async () => {
    await Promise.all(outboxes.splice(0).map((outbox) => outbox.stop(200)));
  });

  it('are held by one until they run out or are given back', async () => {
    const { database } = await open();
    let nowMs = 1_000_000;
    const now = (): number => nowMs;
    const a = new Leases({ database, owner: 'a', now });
    const b = new Leases({ database, owner: 'b', now });
    expect(await a.take('pbx main')).toBe(true);
    expect(await b.take('pbx main')).toBe(false);
    expect(await b.take('pbx other')).toBe(true);
    nowMs += 9_999;
    expect(await b.take('pbx main')).toBe(false);
    expect(await a.take('pbx main')).toBe(true);
    nowMs += 9_999;
    expect(await b.take('pbx main')).toBe(false);
    nowMs += 1;
    expect(await b.take('pbx main')).toBe(true);
    expect(await a.take('pbx main')).toBe(false);
    await a.release('pbx main');
    expect(await a.take('pbx main')).toBe(false);
    await b.release('pbx main');
    expect(await a.take('pbx main')).toBe(true);
  });

  it('are kept for as long as a work takes', async () => {
    const [store, other] = [await open(), await open()];
    const [hold, heir] = [gate(), new TestWorker()];
    const worker = new TestWorker(async () => {
      await hold.opened;
      return { outcome: 'done' };
    });
    begin(store.database, worker);
    await give(store, [aDelivery('a')]);
    await worker.asked(1);
    begin(other.database, heir);
    // several times the lease
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(worker.works[0]?.signal.aborted).toBe(false);
    hold.open();
    await ended(store, 1);
    expect([worker.works.length, heir.works.length]).toEqual([1, 0]);
  });

  it('of a process that is gone run out: another one begins again and says so; what comes late changes nothing', async () => {
    const [store, other] = [await open(), await open()];
    const hold = gate();
    let frozen = false;
    const worker = new TestWorker(async (work) => {
      await hold.opened;
      await work.save({ by: 'the first' });
      return { outcome: 'done', note: 'the first' };
    });
    const owners: string[] = [];
    const database = freezing(store.database, () => frozen);
    begin(database, worker, (_crm, owns) => owners.push(`first ${owns}`));
    await give(store, [aDelivery('a'), aDelivery('a', { kind: 'missed' })]);
    await worker.asked(1);
    const heir = new TestWorker(async (work) => {
      await work.save({ by: 'the heir' });
      return { outcome: 'done', note: `the heir ${work.delivery.attempts}` };
    });
    begin(other.database, heir, (_crm, owns) => owners.push(`heir ${owns}`));
    frozen = true;
    await ended(other, 2);
    // the first one comes to itself
    frozen = false;
    hold.open();
    await vi.waitFor(() => expect(owners).toEqual(['first true', 'heir true', 'first false']), 5_000);
    expect(worker.works[0]?.signal.aborted).toBe(true);
    expect(worker.works).toHaveLength(1);
    const { deliveries } = await listDeliveries(store.database, {}, { limit: 10 });
    expect(deliveries.map(({ note, attempts }) => [note, attempts])).toEqual([
      ['the heir 1', 1],
      ['the heir 2', 2],
    ]);
    const states = await store.database.read((db) => db.selectFrom('crm_calls').select('state').execute());
    expect(states).toEqual([{ state: '{"by":"the heir"}' }]);
  });

  it('make one process of several work a connection; what another one sends again reaches it', async () => {
    const stores = [await open(), await open(), await open()];
    let refuses = true;
    const workers = stores.map(
      () =>
        new TestWorker(() => {
          if (refuses) throw new DeliveryError('rejected', 'never');
          return { outcome: 'done' };
        }),
    );
    const running = stores.map(({ database }, index) => begin(database, workers[index] ?? new TestWorker()));
    await vi.waitFor(() => expect(running.filter((one) => one.owns('crm'))).toHaveLength(1), 5_000);
    for (const [index, store] of stores.entries()) await give(store, [aDelivery(`c${index}`)]);
    const [store] = stores;
    if (store === undefined) throw new Error('no store');
    await vi.waitFor(async () => {
      const { deliveries } = await listDeliveries(store.database, { state: 'rejected' }, { limit: 10 });
      expect(deliveries).toHaveLength(3);
    }, 5_000);
    refuses = false;
    for (const [index, { database }] of stores.entries()) await resend(database, index + 1, Date.now());
    await ended(store, 3);
    expect(workers.map(({ works }) => works.length).sort((a, b) => a - b)).toEqual([0, 0, 6]);
  });

  function begin(database: Dialect, worker: TestWorker, onOwner?: (crm: string, owns: boolean) => void): Outbox {
    const given = { database, workers: [worker], logger: silent, leaseMs: 400 };
    const outbox = new Outbox({ ...given, ...(onOwner === undefined ? {} : { onOwner }) });
    outboxes.push(outbox);
    outbox.start();
    return outbox;
  }
});

/** A database that does not answer for a while, as for a process that is stopped. */
function freezing(database: Dialect, frozen: () => boolean): Dialect {
  return new Proxy(database, {
    get(target, key) {
      if (key !== 'write') return Reflect.get(target, key) as unknown;
      return async (work: Parameters<typeof target.write>[0]) => {
        while (frozen()) await new Promise((resolve) => setTimeout(resolve, 10));
        return target.write(work);
      };
    },
  });
}

async function give(store: Store, deliveries: NewDelivery[]): Promise<void> {
  await store.record(aBatch([], [], { deliveries }));
}

async function ended(store: Store, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const { deliveries } = await listDeliveries(store.database, {}, { limit: 100 });
    expect(deliveries.filter(({ endedAtMs }) => endedAtMs !== null)).toHaveLength(count);
  }, 8_000);
}
