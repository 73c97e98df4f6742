import { expect, it } from 'vitest';
import { listDeliveries } from '../../src/outbox/list.ts';
import { Outbox } from '../../src/outbox/outbox.ts';
import { aCard, aDelivery, silent, TestWorker } from '../../src/outbox/testing/workers.ts';
import { aBatch, aCall, aFact } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

onEachDatabase('the outbox', ({ open }) => {
  it('works what is stored with a fact, at once', async () => {
    const store = await open();
    const worker = new TestWorker(async (work) => {
      await work.save({ seen: true });
      return { outcome: 'done', note: 'well' };
    });
    const outbox = new Outbox({ database: store.database, workers: [worker], logger: silent });
    outbox.start();
    for (let n = 0; n < 20; n++) {
      const began = performance.now();
      await store.record(
        aBatch([aCall(`a${n}`)], [aFact('call.started', `a${n}`)], { deliveries: [aCard(`a${n}`), aDelivery(`b${n}`)] }),
      );
      const recorded = performance.now();
      await worker.asked(2 * n + 1);
      const called = performance.now();
      await worker.asked(2 * n + 2);
      console.log(recorded - began, called - recorded);
    }
    await outbox.stop();
    const { deliveries } = await listDeliveries(store.database, {}, { limit: 100 });
    expect(deliveries.map(({ state, note, attempts }) => ({ state, note, attempts }))).toEqual(
      Array.from({ length: 40 }, () => ({ state: 'done', note: 'well', attempts: 1 })),
    );
    expect(worker.works[0]?.call?.id).toBe('a0');
  });
});
