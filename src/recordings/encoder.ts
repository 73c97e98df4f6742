// Encoding beside the main thread: one thread for one call, so that an hour-long record holds up nobody and its memory goes with it.
import { Worker } from 'node:worker_threads';
import type { Encoded, EncodeJob } from './encode.ts';

export type ThreadAnswer =
  { encoded: Encoded } | { failed: { message: string; code: string | null; path: string | null } };

/** A disk that does not answer must not hold a delivery for ever. */
const deadlineMs = 15 * 60_000;

/** Encoding failed. */
export class EncodeError extends Error {
  override readonly name = 'EncodeError';
  /** The system's, such as ENOSPC. */
  readonly code: string | null;
  /** The file that the system refused. */
  readonly path: string | null;

  constructor(message: string, about: { code: string | null; path: string | null } = { code: null, path: null }) {
    super(message);
    this.code = about.code;
    this.path = about.path;
  }
}

export interface Encoder {
  /** @throws EncodeError, also when the thread was ended or `signal` was aborted */
  encode(job: EncodeJob, signal: AbortSignal): Promise<Encoded>;
}

/**
 * One call at a time: the machine is the telephone's first.
 * @param started told the thread of every job, for tests that kill it
 */
export function createEncoder(started: (thread: Worker) => void = () => undefined): Encoder {
  let last: Promise<unknown> = Promise.resolve();
  return {
    encode(job, signal) {
      const turn = last.then(() => inThread(job, signal, started));
      last = turn.catch(() => undefined);
      return turn;
    },
  };
}

function inThread(job: EncodeJob, signal: AbortSignal, started: (thread: Worker) => void): Promise<Encoded> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new EncodeError('encoding was stopped'));
      return;
    }
    const thread = new Worker(new URL('encode-thread.ts', import.meta.url), {
      workerData: job,
      name: 'patchcord encode',
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    const end = (): void => void thread.terminate();
    const timer = setTimeout(end, deadlineMs);
    signal.addEventListener('abort', end, { once: true });
    let answer: ThreadAnswer | null = null;
    let fault: Error | null = null;
    thread.once('message', (told: ThreadAnswer) => (answer = told));
    thread.once('error', (error) => (fault = error));
    // Only then has it let go of its files.
    thread.once('exit', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      if (answer === null) reject(new EncodeError(fault?.message ?? 'the encoding thread ended before it was done'));
      else if ('encoded' in answer) resolve(answer.encoded);
      else reject(new EncodeError(answer.failed.message, answer.failed));
    });
    started(thread);
  });
}
