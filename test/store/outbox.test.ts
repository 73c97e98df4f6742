import { expect, it, vi } from 'vitest';
import { drop, resend, resendRejected } from '../../src/outbox/amend.ts';
import { listDeliveries } from '../../src/outbox/list.ts';
import { Outbox, type OutboxOptions } from '../../src/outbox/outbox.ts';
import { aCard, aDelivery, gate, silent, TestWorker } from '../../src/outbox/testing/workers.ts';
import { DeliveryError } from '../../src/outbox/worker.ts';
import type { Delivery, NewDelivery } from '../../src/store/delivery.ts';
import { StoreError } from '../../src/store/store-error.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch, aCall, aFact, anOpenCall } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

onEachDatabase('the outbox', ({ open }) => {
  const outboxes: Outbox[] = [];

  function begin(store: Store, worker: TestWorker, options: Partial<OutboxOptions> = {}): Outbox {
    const outbox = new Outbox({ database: store.database, workers: [worker], logger: silent, ...options });
    outboxes.push(outbox);
    outbox.start();
    return outbox;
  }

  async function end(): Promise<void> {
    await Promise.all(outboxes.splice(0).map((outbox) => outbox.stop(500)));
  }

  it('gives the worker the call as it is stored, what it remembers of it, and the count of the attempts', async () => {
    const store = await open();
    const worker = new TestWorker(async (work) => {
      await work.save({ ...(work.state as object | null), [work.delivery.kind]: true });
      return { outcome: 'done', note: `worked ${work.delivery.kind}` };
    });
    begin(store, worker);
    await store.record(aBatch([anOpenCall('a')], [aFact('call.started', 'a')], { deliveries: [aCard('a')] }));
    await ended(store, 1);
    await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')], { deliveries: [aDelivery('a')] }));
    await ended(store, 2);
    await end();
    expect(worker.works.map(({ call, state, delivery }) => [call, state, delivery.attempts])).toEqual([
      [anOpenCall('a'), null, 1],
      [aCall('a'), { card: true }, 1],
    ]);
    expect((await all(store)).map(({ state, note }) => [state, note])).toEqual([
      ['done', 'worked card'],
      ['done', 'worked ended'],
    ]);
  });

  it('makes what follows together with the end of what it follows from', async () => {
    const store = await open();
    const worker = new TestWorker((work) =>
      work.delivery.kind === 'encode'
        ? // oxlint-disable-next-line unicorn/no-thenable -- a list, which nobody can await
          { outcome: 'done', then: [aDelivery('a', { kind: 'record' })] }
        : { outcome: 'done' },
    );
    begin(store, worker);
    await give(store, [aDelivery('a', { kind: 'encode' })]);
    await ended(store, 2);
    await end();
    expect(worker.log).toEqual(['encode a', 'record a']);
  });

  it('works deliveries of one call one after another, and never two about one client at once', async () => {
    const store = await open();
    const gates = [gate(), gate(), gate()];
    const worker = new TestWorker(async (work) => {
      await gates[worker.works.indexOf(work)]?.opened;
      return { outcome: 'done' };
    });
    begin(store, worker, {});
    const anna = { number: '+79161234567' };
    await give(store, [aDelivery('a', anna), aDelivery('a', { kind: 'missed', ...anna }), aDelivery('b', anna)]);
    await give(store, [aDelivery('c'), aDelivery('c', { kind: 'missed' })]);
    await worker.asked(2);
    expect(worker.log).toEqual(['ended a', 'ended c']);
    gates[0]?.open();
    await worker.asked(3);
    // older than `ended b` in its own call only: whichever of the two, the other waits
    expect(worker.works).toHaveLength(3);
    gates[1]?.open();
    gates[2]?.open();
    await ended(store, 5);
    await end();
    expect(worker.log.indexOf('missed a')).toBeGreaterThan(worker.log.indexOf('ended a'));
    expect(worker.log.indexOf('missed c')).toBeGreaterThan(worker.log.indexOf('ended c'));
  });

  it('tries again what may succeed later, and keeps the rest of its call behind it', async () => {
    const store = await open();
    const worker = new TestWorker(({ delivery }) => {
      if (delivery.callId === 'a' && delivery.kind === 'ended' && delivery.attempts < 3)
        throw new DeliveryError('retry', 'not now');
      if (delivery.callId === 'bug' && delivery.attempts < 2) throw new TypeError('secret words');
      return { outcome: 'done' };
    });
    begin(store, worker, { random: () => 0 });
    await give(store, [aDelivery('a'), aDelivery('a', { kind: 'missed' }), aDelivery('b'), aDelivery('bug')]);
    await vi.waitFor(
      async () => expect((await all(store))[0]).toMatchObject({ state: 'waiting', note: 'not now' }),
      5_000,
    );
    const [a, , , bug] = await all(store);
    expect((a?.dueAtMs ?? 0) - Date.now()).toBeGreaterThan(0);
    expect((a?.dueAtMs ?? 0) - Date.now()).toBeLessThanOrEqual(1_000);
    expect(bug?.note).not.toContain('secret');
    await ended(store, 4, 10_000);
    await end();
    expect(worker.log.filter((one) => one.endsWith(' a'))).toEqual(['ended a', 'ended a', 'ended a', 'missed a']);
    expect((await all(store)).map(({ state, attempts }) => [state, attempts])).toEqual([
      ['done', 3],
      ['done', 1],
      ['done', 1],
      ['done', 2],
    ]);
  });

  it('lets a rejected one wait for a person, and only the rest of its call with it; sent again it goes on', async () => {
    const store = await open();
    let refuses = true;
    const worker = new TestWorker(({ delivery }) => {
      if (refuses && delivery.kind === 'ended' && delivery.callId !== 'c') {
        throw new DeliveryError('rejected', 'never', { mend: 'change it' });
      }
      return { outcome: 'done' };
    });
    const outbox = begin(store, worker);
    const rest = { kind: 'missed' } as const;
    const calls = ['a', 'b', 'c'];
    await give(
      store,
      calls.flatMap((id) => [aDelivery(id), aDelivery(id, rest)]),
    );
    await ended(store, 2);
    expect((await all(store)).map(({ state, note, mend }) => [state, note, mend])).toEqual([
      ['rejected', 'never', 'change it'],
      ['waiting', null, null],
      ['rejected', 'never', 'change it'],
      ['waiting', null, null],
      ['done', null, null],
      ['done', null, null],
    ]);
    expect(await outbox.status()).toEqual([
      {
        part: 'deliveries to crm',
        level: 'warning',
        message: expect.stringMatching(/^2 wait, the oldest for \d+ s, 0 in work; 2 were rejected/) as string,
        mend: expect.stringMatching(/^change it; then send the rejected/) as string,
      },
    ]);
    refuses = false;
    // both wait for a person: one is given up, the others are sent again
    expect(await drop(store.database, 1, 'boss', Date.now())).toBe(true);
    await ended(store, 4);
    expect(await resendRejected(store.database, 'crm', Date.now())).toBe(1);
    await ended(store, 6);
    await end();
    expect((await all(store)).map(({ state, attempts }) => `${state} ${attempts}`)).toEqual([
      'dropped 1',
      'done 1',
      'done 2',
      'done 1',
      'done 1',
      'done 1',
    ]);
    expect((await all(store))[0]?.note).toBe('given up by boss');
    expect(await resend(store.database, 1, Date.now())).toBe(false);
    expect(await drop(store.database, 3, 'boss', Date.now())).toBe(false);
  });

  it('drops live ones that fail, with the reason, and those that are too late', async () => {
    const store = await open();
    const kinds = { a: 'retry', b: 'rejected' } as const;
    const worker = new TestWorker(({ delivery }) => {
      throw new DeliveryError(kinds[delivery.callId as 'a' | 'b'], `no ${delivery.callId}`);
    });
    begin(store, worker);
    await give(store, [aCard('a'), aCard('b'), aCard('late', { staleAtMs: Date.now() - 1 })]);
    await ended(store, 3);
    await end();
    expect((await all(store)).map(({ state, note, attempts }) => [state, note, attempts])).toEqual([
      ['dropped', 'no a', 1],
      ['dropped', 'no b', 1],
      ['dropped', 'too late: it could not be sent while it was of use', 0],
    ]);
  });

  it('pauses a connection that is down, tries with one at a time, and goes on when it is back', async () => {
    const store = await open();
    let isDown = true;
    const worker = new TestWorker(() => {
      if (isDown) throw new DeliveryError('down', 'away', { mend: 'see the portal' });
      return { outcome: 'done' };
    });
    const other = new TestWorker(undefined, { name: 'other' });
    const outbox = begin(store, worker, { workers: [worker, other], random: () => 0 });
    await give(
      store,
      Array.from({ length: 20 }, (_, n) => aDelivery(`c${n}`)),
    );
    await worker.asked(4);
    await give(store, [
      aDelivery('x', { crm: 'other' }),
      aCard('live'),
      aCard('soon late', { staleAtMs: Date.now() + 500 }),
    ]);
    await other.asked(1);
    // one probe after about a second, and nothing else
    await worker.asked(5);
    expect(worker.log[4]).toBe('card live');
    expect(outbox.paused()).toEqual([
      { crm: 'crm', down: true },
      { crm: 'other', down: false },
    ]);
    expect((await outbox.status())[0]).toMatchObject({
      level: 'error',
      message: expect.stringMatching(/; down for \d+ s: away$/) as string,
      mend: 'see the portal',
    });
    expect(worker.works).toHaveLength(5);
    isDown = false;
    await ended(store, 23, 10_000);
    await end();
    expect(outbox.paused()[0]).toEqual({ crm: 'crm', down: false });
    const stored = await all(store);
    expect(stored.filter(({ state }) => state === 'done')).toHaveLength(22);
    expect(stored.at(-1)).toMatchObject({ state: 'dropped', callId: 'soon late', attempts: 0 });
  });

  it('begins live ones at once while a backlog is in work', async () => {
    const store = await open();
    const hold = gate();
    const worker = new TestWorker(async ({ delivery }) => {
      if (!delivery.live) await hold.opened;
      return { outcome: 'done' };
    });
    begin(store, worker);
    for (let n = 0; n < 20_000; n += 2_000) {
      await give(
        store,
        Array.from({ length: 2_000 }, (_, i) => aDelivery(`c${n + i}`, { number: `+7${n + i}` })),
      );
    }
    await worker.asked(4);
    const tookMs: number[] = [];
    for (let n = 0; n < 50; n++) {
      const fromMs = performance.now();
      await give(store, [aCard(`live${n}`)]);
      await worker.asked(5 + n);
      tookMs.push(performance.now() - fromMs);
    }
    hold.open();
    await end();
    tookMs.sort((a, b) => a - b);
    const shown = `${tookMs[25]?.toFixed(1)} ms in the middle, ${tookMs[49]?.toFixed(1)} ms at most`;
    console.log(`a card before 20,000 others, from before it is stored to the worker: ${shown}`);
    expect(worker.works.filter(({ delivery }) => delivery.live)).toHaveLength(50);
    expect(tookMs[25]).toBeLessThan(100);
  }, 60_000);

  it('drops what is about a call that became a part of another one, but lets be taken back what was shown', async () => {
    const store = await open();
    await store.record(aBatch([aCall('a'), anOpenCall('b')]));
    await give(store, [aDelivery('a')]);
    const merged = [{ id: 'a', into: 'b' }];
    const deliveries = [aCard('a', { kind: 'merged', payload: { into: 'b' } })];
    await store.record(aBatch([anOpenCall('b')], [], { merged, deliveries }));
    const worker = new TestWorker();
    begin(store, worker);
    await ended(store, 2);
    await end();
    expect(worker.works.map(({ delivery, call }) => [delivery.kind, delivery.callId, call?.id])).toEqual([
      ['merged', 'a', 'b'],
    ]);
    expect((await all(store))[0]).toMatchObject({
      state: 'dropped',
      note: 'the call is a part of call b now, which is sent instead',
    });
  });

  it('stops: what is in work is told to end, and what does not end is left to others', async () => {
    const store = await open();
    const worker = new TestWorker(async ({ delivery, signal }) => {
      if (delivery.callId === 'hangs') await new Promise(() => undefined);
      if (delivery.callId === 'finishes') {
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { outcome: 'done' };
      }
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('cut'))));
      return { outcome: 'done' };
    });
    const outbox = begin(store, worker);
    await give(store, [aDelivery('hangs'), aDelivery('breaks off'), aDelivery('finishes')]);
    await worker.asked(3);
    await outbox.stop(200);
    expect((await all(store)).map(({ callId, state, attempts }) => `${callId} ${state} ${attempts}`)).toEqual([
      'hangs waiting 1',
      'breaks off waiting 1',
      'finishes done 1',
    ]);
    const heir = new TestWorker();
    begin(store, heir);
    await heir.asked(2);
    expect(heir.works.map(({ delivery }) => delivery.attempts)).toEqual([2, 2]);
    await end();
  });

  it('goes on when the database refused for a while, with nothing lost or worked twice unknown', async () => {
    const store = await open();
    const effects = new Map<string, number>();
    const worker = new TestWorker(async (work) => {
      if (work.delivery.attempts === 1) effects.set(work.delivery.callId, (effects.get(work.delivery.callId) ?? 0) + 1);
      await work.save({ half: true });
      return { outcome: 'done' };
    });
    let refuses = false;
    let writes = 0;
    const flaky = new Proxy(store.database, {
      get(target, key) {
        if (key !== 'write') return Reflect.get(target, key) as unknown;
        return async (work: Parameters<typeof target.write>[0]) => {
          if (refuses) throw new StoreError('full', 'no room', 'make room');
          const result = await target.write(work);
          writes += 1;
          // committed, and the answer is lost
          if (writes % 10 === 0) throw new StoreError('lost', 'cut', 'wait');
          return result;
        };
      },
    });
    begin(store, worker, { database: flaky, leaseMs: 300 });
    for (let n = 0; n < 100; n++) {
      if (n === 20) refuses = true;
      if (n === 60) refuses = false;
      await give(store, [aDelivery(`c${n}`), aDelivery(`c${n}`, { kind: 'missed' })]);
    }
    await ended(store, 200, 20_000);
    await end();
    expect((await all(store)).every(({ state }) => state === 'done')).toBe(true);
    expect([...effects.values()].every((times) => times <= 2)).toBe(true);
    const firsts = worker.works.filter(({ delivery }) => delivery.attempts === 1).map(({ delivery }) => delivery.id);
    expect(new Set(firsts).size).toBe(firsts.length);
  }, 60_000);
});

async function give(store: Store, deliveries: NewDelivery[]): Promise<void> {
  await store.record(aBatch([], [], { deliveries }));
}

async function all(store: Store): Promise<Delivery[]> {
  return (await listDeliveries(store.database, {}, { limit: 1_000 })).deliveries.reverse();
}

/** Resolves when so many have ended. */
async function ended(store: Store, count: number, timeout = 5_000): Promise<void> {
  await vi.waitFor(
    async () => {
      const found = await all(store);
      expect(found.filter(({ endedAtMs }) => endedAtMs !== null)).toHaveLength(count);
    },
    { timeout, interval: 20 },
  );
}
