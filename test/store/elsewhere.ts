// Runs in a thread of its own for races.test.ts: opens the database and does its part.
import { parentPort, workerData } from 'node:worker_threads';
import { openStore } from '../../src/store/open-store.ts';
import type { Recorded } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { aBatch, aCall, aFact } from './a-call.ts';

const work = workerData as { url: string; kind: 'migrate' | 'record'; pbx: string; batches: number };
const store = await openStore(work.url);
let answer: unknown;
if (work.kind === 'migrate') {
  answer = (await store.status()).schemaVersion;
} else {
  for (let batch = 0; batch < work.batches; batch++) {
    const id = `${work.pbx}-${batch}`;
    // one call that all batches change, and one of its own
    const calls = [aCall(`${work.pbx}-shared`, { pbx: work.pbx, talkMs: batch }), aCall(id, { pbx: work.pbx })];
    await patiently(
      aBatch(calls, [aFact('call.started', id), aFact('call.ended', id)], { pbx: work.pbx, batchId: id }),
    );
  }
}
await store.close();
parentPort?.postMessage(answer, []);

/** As the recorder does: a batch that met a held database is given again. */
async function patiently(batch: Recorded): Promise<void> {
  for (;;) {
    try {
      await store.record(batch);
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable) throw error;
    }
  }
}
