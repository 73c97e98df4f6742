// Runs in a thread of its own: encodes one call and ends.
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { encode, type EncodeJob } from './encode.ts';
import type { ThreadAnswer } from './encoder.ts';

/** On Linux the nice value belongs to the thread: whoever is on the phone comes first. Elsewhere it would be the whole program's. */
if (process.platform === 'linux') setPriority(10);

const answer = await encode(workerData as EncodeJob).then(
  (encoded): ThreadAnswer => ({ encoded }),
  (error: unknown): ThreadAnswer => ({
    failed: {
      message: error instanceof Error ? error.message : String(error),
      code: error instanceof Error && 'code' in error ? String(error.code) : null,
      path: error instanceof Error && 'path' in error ? String(error.path) : null,
    },
  }),
);
parentPort?.postMessage(answer, []);
