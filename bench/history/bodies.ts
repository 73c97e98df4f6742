// Packs the calls on another core while the loader writes rows: packing is half of the work of a load.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { packCall } from '../../src/store/body.ts';
import { callAt } from './calls.ts';

interface Work {
  from: number;
  to: number;
  count: number;
}

interface Packed {
  bytes: Uint8Array;
  /** Where each body ends. */
  ends: Uint32Array;
}

/** Packs calls `0..count-1`, `size` at a time, always one chunk ahead. */
export async function* packedBodies(count: number, size: number): AsyncGenerator<{ from: number; bodies: Buffer[] }> {
  const worker = new Worker(new URL(import.meta.url), { workerData: 'pack' });
  const ask = async (from: number): Promise<Packed> => {
    worker.postMessage({ from, to: Math.min(from + size, count), count } satisfies Work, []);
    const [packed] = (await once(worker, 'message')) as [Packed];
    return packed;
  };
  try {
    let coming = ask(0);
    for (let from = 0; from < count; from += size) {
      const { bytes, ends } = await coming;
      if (from + size < count) coming = ask(from + size);
      const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      yield { from, bodies: [...ends].map((end, index) => all.subarray(ends[index - 1] ?? 0, end)) };
    }
  } finally {
    await worker.terminate();
  }
}

if (!isMainThread && workerData === 'pack') {
  parentPort?.on('message', ({ from, to, count }: Work) => {
    const bodies: Buffer[] = [];
    const ends = new Uint32Array(to - from);
    let end = 0;
    for (let index = from; index < to; index++) {
      const body = packCall(callAt(index, count));
      bodies.push(body);
      ends[index - from] = end += body.length;
    }
    const bytes = Uint8Array.from(Buffer.concat(bodies));
    parentPort?.postMessage({ bytes, ends } satisfies Packed, [bytes.buffer, ends.buffer]);
  });
}
