// Processes that work deliveries are killed with -9 at any moment: what they tell the CRM's server is counted there.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { listDeliveries } from '../../src/outbox/list.ts';
import { aDelivery } from '../../src/outbox/testing/workers.ts';
import type { Store } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { aBatch } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const calls = 200;
const kills = 8;

onEachDatabase('processes killed while they work deliveries', ({ open, url }) => {
  let server: Server | undefined;
  const children = new Set<ChildProcess>();
  afterEach(async () => {
    await Promise.all([...children].map(kill));
    server?.close();
    server?.closeAllConnections();
  });

  async function spawn(address: string): Promise<ChildProcess> {
    const child = fork(new URL('outbox-elsewhere.ts', import.meta.url), [url(), address], { stdio: 'ignore' });
    children.add(child);
    await once(child, 'message');
    return child;
  }

  async function kill(child: ChildProcess): Promise<void> {
    children.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  it('lose nothing, and double nothing without saying that it is not the first attempt', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    const random = randomOf(seed);
    const store = await open();
    /** By delivery: the attempts that were told, in order of arrival. */
    const told = new Map<number, number[]>();
    const order: number[] = [];
    server = createServer((request, response) => {
      const [, id = 0, attempt = 0] = (request.url ?? '').split('/').map(Number);
      told.set(id, [...(told.get(id) ?? []), attempt]);
      order.push(id);
      setTimeout(() => response.end(), 3);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    // on SQLite one process after another, on PostgreSQL two at once
    const count = store.database.name === 'postgres' ? 2 : 1;
    let running = await Promise.all(Array.from({ length: count }, () => spawn(address)));
    for (let round = 0; round < kills; round++) {
      const share = calls / kills;
      const deliveries = Array.from({ length: share }, (_, n) => `c${round * share + n}`).flatMap((id) => [
        aDelivery(id, { number: id.slice(-1) }),
        aDelivery(id, { kind: 'missed', number: id.slice(-1) }),
      ]);
      await record(store, deliveries);
      await delay(Math.floor(random() * 700));
      const [victim, ...others] = running;
      if (victim !== undefined) await kill(victim);
      running = [...others, await spawn(address)];
    }
    const deadline = performance.now() + 40_000;
    let waiting = calls * 2;
    while (waiting > 0 && performance.now() < deadline) {
      await delay(100);
      waiting = (await unfinished(store)).length;
    }
    await Promise.all(running.map(kill));
    expect(await unfinished(store)).toEqual([]);

    const { deliveries } = await listDeliveries(store.database, {}, { limit: 1_000 });
    expect(deliveries).toHaveLength(calls * 2);
    const twice = [...told].filter(([, attempts]) => attempts.length > 1);
    console.log(`${kills} kills, ${calls * 2} deliveries, ${twice.length} told more than once`);
    for (const { id, attempts } of deliveries) {
      const heard = told.get(id) ?? [];
      expect(heard.length, `delivery ${id}`).toBeGreaterThan(0);
      // every attempt is told once at most, and a later one is never taken for the first
      expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
      expect(heard.at(-1)).toBe(attempts);
    }
    const firstOf = new Map(deliveries.filter(({ kind }) => kind === 'ended').map((one) => [one.callId, one.id]));
    const early = deliveries.filter(
      ({ id, kind, callId }) => kind === 'missed' && order.indexOf(id) < order.lastIndexOf(firstOf.get(callId) ?? 0),
    );
    expect(early.map(({ id }) => id)).toEqual([]);
  }, 120_000);
});

async function record(store: Store, deliveries: ReturnType<typeof aDelivery>[]): Promise<void> {
  for (;;) {
    try {
      await store.record(aBatch([], [], { deliveries }));
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'busy') throw error;
    }
  }
}

async function unfinished(store: Store): Promise<number[]> {
  const { deliveries } = await listDeliveries(store.database, {}, { limit: 1_000 });
  return deliveries.filter(({ endedAtMs }) => endedAtMs === null).map(({ id }) => id);
}

/** A generator with a seed (mulberry32), from 0 up to 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
