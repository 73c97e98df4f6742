import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { migrations } from '../../src/store/migrations.ts';
import type { Store } from '../../src/store/store.ts';
import { aBatch, aCall, aFact } from './a-call.ts';
import { onEachDatabase } from './each-database.ts';

/** Another process, as far as a database can tell: a thread with connections of its own. */
async function elsewhere(
  work: { url: string; kind: 'migrate' } | { url: string; kind: 'record'; pbx: string; batches: number },
) {
  const worker = new Worker(new URL('./elsewhere.ts', import.meta.url), { workerData: work });
  // both at once: it may have left before the answer is read
  const [[answer]] = await Promise.all([once(worker, 'message') as Promise<[unknown]>, once(worker, 'exit')]);
  return answer;
}

onEachDatabase('several processes', ({ open, url }) => {
  it('migrate an empty database at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => elsewhere({ url: url(), kind: 'migrate' })));
    expect(answers).toEqual(Array.from({ length: 6 }, () => migrations.at(-1)?.version));
    const store = await open();
    expect(await store.record(aBatch([aCall('a')], [aFact('call.ended', 'a')]))).toEqual({ lastSeq: 1 });
  });

  it('write at once, and a reader of the log misses and doubles nothing', async () => {
    const store = await open();
    const batches = 40;
    let writing = true;
    const seen: number[] = [];
    const reading = (async () => {
      for (let cursor = 0, last = false; !last;) {
        // looked at before reading: what was written until then must be read
        last = !writing;
        const events = await store.events(cursor, 7);
        if (events.length > 0) last = false;
        seen.push(...events.map((event) => event.seq));
        cursor = events.at(-1)?.seq ?? cursor;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const pbxs = ['a', 'b', 'c'];
    await Promise.all(pbxs.map((pbx) => elsewhere({ url: url(), kind: 'record', pbx, batches })));
    writing = false;
    await reading;
    expect(seen).toEqual(Array.from({ length: pbxs.length * batches * 2 }, (_, n) => n + 1));
    expect(await store.lastSeq()).toBe(seen.length);
    for (const pbx of pbxs) expect(await count(store, pbx)).toBe(batches + 1);
  }, 60_000);

  it('pack a day while calls of it are recorded, and searching stays right', async () => {
    const [store, other] = [await open(), await open()];
    const nowMs = Date.UTC(2026, 3, 1);
    await store.record(aBatch(Array.from({ length: 300 }, (_, n) => aCall(`old-${n}`, { answered: false }))));
    const written = new AbortController();
    const packing = (async () => {
      while (!written.signal.aborted) {
        await other.tidy(nowMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let n = 0; n < 60; n++) {
      await store.record(aBatch([aCall(`new-${n}`), aCall(`old-${n}`)]));
      expect((await store.calls({ answered: true }, { limit: 1_000 })).calls).toHaveLength(2 * n + 2);
    }
    written.abort();
    await packing;
    await other.tidy(nowMs);
    expect((await store.calls({ answered: true }, { limit: 1_000 })).calls).toHaveLength(120);
    expect((await store.calls({ answered: false }, { limit: 1_000 })).calls).toHaveLength(240);
  }, 60_000);

  it('retry one batch at once, and it is stored once', async () => {
    const stores = [await open(), await open(), await open()];
    const batch = aBatch([aCall('a')], [aFact('call.ended', 'a')], { batchId: 'same' });
    const answers = await Promise.all(stores.flatMap((store) => [store.record(batch), store.record(batch)]));
    expect(answers).toEqual(Array.from({ length: 6 }, () => ({ lastSeq: 1 })));
    expect(await stores[0]!.events(0, 10)).toHaveLength(1);
  });
});

async function count(store: Store, pbx: string): Promise<number> {
  return (await store.calls({ pbx }, { limit: 1_000 })).calls.length;
}
