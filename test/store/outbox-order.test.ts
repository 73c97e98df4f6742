// Whatever workers do and however many processes there are: in order within a call, one at a time for a client, nothing lost.
import { type Arbitrary, array, boolean, constantFrom, integer, record, sample } from 'fast-check';
import { expect, it, vi } from 'vitest';
import { listDeliveries } from '../../src/outbox/list.ts';
import { Outbox } from '../../src/outbox/outbox.ts';
import { aDelivery, silent } from '../../src/outbox/testing/workers.ts';
import { DeliveryError, type Outcome, type Work } from '../../src/outbox/worker.ts';
import type { Dialect } from '../../src/store/dialect.ts';
import { deliveryKinds, type Delivery, type NewDelivery } from '../../src/store/delivery.ts';
import { aBatch } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

const what = ['done', 'done', 'done', 'dropped', 'retry', 'down', 'bug'] as const;

/** Made from the seed alone, so that a failure can be played again. */
const work = record({
  call: integer({ min: 0, max: 7 }),
  number: integer({ min: 0, max: 3 }),
  live: boolean(),
  does: array(constantFrom(...what), { maxLength: 3 }),
  takesMs: integer({ min: 0, max: 6 }),
});
type Piece = typeof work extends Arbitrary<infer One> ? One : never;

interface Seen {
  id: number;
  attempts: number;
  began: number;
  ended: number;
  delivery: Delivery;
}

onEachDatabase('the outbox with random work', ({ open }) => {
  it('keeps the order of each call and one client at a time, with one process and with several', async () => {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`seed ${seed}`);
    const runs = sample(array(work, { minLength: 30, maxLength: 60 }), { seed, numRuns: 6 });
    const stores = [await open(), await open(), await open()];
    const [store] = stores;
    if (store === undefined) throw new Error('no store');
    let first = 1;
    for (const [run, pieces] of runs.entries()) {
      const seen: Seen[] = [];
      const processes = run % 2 === 0 ? stores.slice(0, 1) : stores;
      const outboxes = processes.map((one) => outboxOf(one.database, pieces, first, seen));
      let going = outboxes;
      for (const outbox of outboxes) outbox.start();
      for (let at = 0; at < pieces.length; at += 7) {
        const deliveries = pieces.slice(at, at + 7).map((piece, index) => deliveryOf(piece, run, at + index));
        await store.record(aBatch([], [], { deliveries }));
        // the one that owns the connection goes, another one takes over
        if (run % 2 === 1 && at % 21 === 14 && going.length > 1) {
          const owner = going.find((one) => one.owns('crm'));
          await owner?.stop();
          going = going.filter((one) => one !== owner);
        }
      }
      await vi.waitFor(
        async () => {
          const { deliveries } = await listDeliveries(store.database, {}, { limit: 1_000 });
          expect(deliveries.filter(({ endedAtMs }) => endedAtMs === null).map(({ id }) => id)).toEqual([]);
        },
        { timeout: 25_000, interval: 50 },
      );
      await Promise.all(going.map((one) => one.stop()));
      expect(mixedUp(seen)).toEqual([]);
      const worked = new Set(seen.map(({ id }) => id));
      expect(worked.size).toBe(pieces.length);
      first += pieces.length;
    }
  }, 100_000);
});

function deliveryOf(piece: Piece, run: number, index: number): NewDelivery {
  return aDelivery(`${run} ${piece.call}`, {
    kind: deliveryKinds[index % deliveryKinds.length] === 'ended' ? 'event' : 'missed',
    live: piece.live,
    number: piece.number === 0 ? null : `+7${piece.number}`,
    payload: { index },
  });
}

function outboxOf(database: Dialect, pieces: readonly Piece[], firstId: number, seen: Seen[]): Outbox {
  const worker = {
    name: 'crm',
    concurrency: 3,
    async work({ delivery }: Work): Promise<Outcome> {
      const piece = pieces[Number(delivery.payload['index'])];
      const one = { id: delivery.id, attempts: delivery.attempts, began: performance.now(), ended: Infinity, delivery };
      expect(delivery.id).toBeGreaterThanOrEqual(firstId);
      seen.push(one);
      await new Promise((resolve) => setTimeout(resolve, piece?.takesMs));
      one.ended = performance.now();
      const does = piece?.does[delivery.attempts - 1] ?? 'done';
      if (does === 'bug') throw new Error('a bug');
      if (does === 'retry' || does === 'down') throw new DeliveryError(does, 'as the seed says');
      return does === 'dropped' ? { outcome: 'dropped', note: 'as the seed says' } : { outcome: 'done' };
    },
  };
  // below nought it shortens the back-offs of a second, which would make this test long
  const random = (): number => -0.95;
  return new Outbox({ database, workers: [worker], logger: silent, random, leaseMs: 3_000 });
}

/** What went wrong, pair by pair. */
function mixedUp(seen: readonly Seen[]): string[] {
  return seen.flatMap((one, index) => seen.slice(index + 1).flatMap((other) => mixedUpPair(one, other)));
}

function mixedUpPair(one: Seen, other: Seen): string[] {
  const atOnce = other.began < one.ended;
  const pair = `${one.id} (attempt ${one.attempts}) and ${other.id} (attempt ${other.attempts})`;
  const { callId, number } = one.delivery;
  return [
    ...(callId === other.delivery.callId && other.id < one.id ? [`${pair}: not in the order of their call`] : []),
    ...(callId === other.delivery.callId && atOnce ? [`${pair}: of one call at once`] : []),
    ...(number !== null && number === other.delivery.number && atOnce ? [`${pair}: about one client at once`] : []),
  ];
}
