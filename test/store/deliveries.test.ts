import { expect, it, vi } from 'vitest';
import { aCard, aDelivery } from '../../src/outbox/testing/workers.ts';
import { listDeliveries } from '../../src/outbox/list.ts';
import type { Topic } from '../../src/store/announcements.ts';
import type { NewDelivery } from '../../src/store/delivery.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch, aCall, aFact, anOpenCall } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const dayMs = 86_400_000;

onEachDatabase('deliveries', ({ open }) => {
  it('are stored with their facts or not at all', async () => {
    const store = await open();
    const deliveries = [aDelivery('a', { number: '+79161234567', payload: { name: 'Анна \0 😀' } })];
    await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')], { deliveries }));
    // the call that it merges into is nowhere: the batch fails as a whole
    const broken = aBatch([aCall('b')], [aFact('call.ended', 'b')], {
      merged: [{ id: 'b', into: 'nowhere' }],
      deliveries: [aDelivery('b')],
    });
    await expect(store.record(broken)).rejects.toMatchObject({ code: 'failed' });
    expect(
      (await all(store)).map(({ id, callId, state, payload, number, attempts }) => [
        id,
        callId,
        state,
        payload,
        number,
        attempts,
      ]),
    ).toEqual([[1, 'a', 'waiting', { name: 'Анна \0 😀' }, '+79161234567', 0]]);
    expect(await store.lastSeq()).toBe(1);
  });

  it('are not doubled by a batch that is given again', async () => {
    const store = await open();
    const batch = aBatch([aCall('a')], [aFact('call.ended', 'a')], {
      batchId: 'once',
      deliveries: [aDelivery('a'), aDelivery('a', { kind: 'missed' })],
    });
    await store.record(batch);
    await store.record(batch);
    expect((await all(store)).map(({ id, kind }) => [id, kind])).toEqual([
      [1, 'ended'],
      [2, 'missed'],
    ]);
  });

  it('that are live and still wait are dropped when their call ends, of that connection only', async () => {
    const store = await open();
    await give(store, [aCard('a'), aCard('b'), aCard('a', { crm: 'other' }), aDelivery('a', { kind: 'event' })]);
    await give(store, [aCard('a', { kind: 'answered' }), aDelivery('a'), aCard('c'), aDelivery('c')]);
    expect(await states(store)).toEqual([
      'dropped crm card a',
      'waiting crm card b',
      'waiting other card a',
      'waiting crm event a',
      'dropped crm answered a',
      'waiting crm ended a',
      'dropped crm card c',
      'waiting crm ended c',
    ]);
    const [card] = await all(store);
    expect(card).toMatchObject({ note: 'the call ended before it was sent', endedAtMs: expect.any(Number) as number });
  });

  it('of a call that became a part of another one keep its id; what only showed it is dropped', async () => {
    const store = await open();
    await store.record(aBatch([anOpenCall('a'), anOpenCall('b')]));
    await give(store, [aCard('a'), aDelivery('a', { kind: 'event' })]);
    const merged = [{ id: 'a', into: 'b' }];
    const deliveries = [aCard('a', { kind: 'answered' }), aCard('a', { kind: 'merged', payload: { into: 'b' } })];
    await store.record(aBatch([anOpenCall('b')], [aFact('call.merged', 'a', { into: 'b' })], { merged, deliveries }));
    expect(await states(store)).toEqual([
      'dropped crm card a',
      'waiting crm event a',
      'dropped crm answered a',
      'waiting crm merged a',
    ]);
  });

  it('that are held back until more is known of a call are due when it is; what failed waits on', async () => {
    const store = await open();
    const dueAtMs = Date.now() + 3_600_000;
    const held = ['a', 'b', 'c'].map((id) => aDelivery(id, { dueAtMs }));
    await store.record(
      aBatch(
        ['a', 'b', 'c'].map((id) => aCall(id, { gap: true })),
        ['a', 'b', 'c'].flatMap((id) => [aFact('call.changed', id), aFact('call.ended', id)]),
        { deliveries: held },
      ),
    );
    await store.database.write((db) =>
      db.updateTable('deliveries').set({ attempts: 1 }).where('call_id', '=', 'b').execute(),
    );
    expect((await all(store)).map((one) => one.dueAtMs)).toEqual([dueAtMs, dueAtMs, dueAtMs]);
    await store.record(aBatch([aCall('a'), aCall('b')], [aFact('call.changed', 'a'), aFact('call.changed', 'b')]));
    const due = (await all(store)).map((one) => [one.callId, one.dueAtMs < dueAtMs]);
    expect(due).toEqual([
      ['a', true],
      ['b', false],
      ['c', false],
    ]);
  });

  it('are announced once they are committed, to this process and to others', async () => {
    const [store, other] = [await open(), await open()];
    const heard: string[] = [];
    const near = (topic: Topic) =>
      store.database.listen(topic, (own) => heard.push(`${topic} ${own ? 'own' : 'other'}`));
    const stops = [near('live'), near('deliveries')];
    let far = 0;
    stops.push(other.database.listen('live', () => (far += 1)));
    // a listener of PostgreSQL is told once when it is connected
    const connected = store.database.name === 'postgres' ? 1 : 0;
    await vi.waitFor(() => expect(far).toBeGreaterThanOrEqual(connected), 5_000);
    const before = far;
    await give(store, [aDelivery('a')]);
    expect(heard.filter((one) => one.endsWith('own'))).toEqual(['deliveries own']);
    await give(store, [aCard('b')]);
    expect(heard.filter((one) => one.endsWith('own'))).toEqual(['deliveries own', 'live own']);
    await vi.waitFor(() => expect(far).toBeGreaterThan(before), 5_000);
    for (const stop of stops) stop();
    await store.record(aBatch([aCall('c')], [aFact('call.ended', 'c')]));
    expect(heard.filter((one) => one.endsWith('own'))).toHaveLength(2);
  });

  it('that ended go after 30 days, and requests beyond the newest thousand of each connection', async () => {
    const store = await open();
    const nowMs = Date.now();
    await give(
      store,
      Array.from({ length: 5_000 }, (_, n) => aDelivery(`c${n}`)),
    );
    await store.database.write(async (db) => {
      const old = { state: 'done', ended_at: nowMs - 31 * dayMs };
      await db.updateTable('deliveries').set(old).where('id', '<=', 4_500).execute();
      const fresh = { state: 'done', ended_at: nowMs - 29 * dayMs };
      await db.updateTable('deliveries').set(fresh).where('id', '>', 4_500).where('id', '<=', 4_600).execute();
      const request = { at: nowMs, took_ms: 1, method: 'POST', url: 'u', request: '', status: 200, answer: '' };
      for (let id = 1; id <= 1_400; id++) {
        const crm = id <= 1_300 ? 'many' : 'few';
        await db
          .insertInto('crm_requests')
          .values({ ...request, id, crm, delivery_id: null, error: null })
          .execute();
      }
    });
    let steps = 1;
    while (await store.tidy(nowMs)) steps += 1;
    expect(steps).toBeGreaterThan(1);
    expect(steps).toBeLessThan(10);
    const left = await store.database.read((db) => db.selectFrom('deliveries').select('id').orderBy('id').execute());
    expect(left).toHaveLength(500);
    expect(left[0]?.id).toBe(4_501);
    const requests = await store.database.read((db) =>
      db.selectFrom('crm_requests').selectAll().orderBy('id').execute(),
    );
    expect(requests.filter(({ crm }) => crm === 'many').map(({ id }) => id)).toEqual(
      Array.from({ length: 1_000 }, (_, n) => n + 301),
    );
    expect(requests.filter(({ crm }) => crm === 'few')).toHaveLength(100);
  });
});

async function give(store: Store, deliveries: NewDelivery[]): Promise<void> {
  await store.record(aBatch([], [], { deliveries }));
}

async function all(store: Store) {
  return (await listDeliveries(store.database, {}, { limit: 1_000 })).deliveries.reverse();
}

async function states(store: Store): Promise<string[]> {
  return (await all(store)).map(({ state, crm, kind, callId }) => `${state} ${crm} ${kind} ${callId}`);
}
