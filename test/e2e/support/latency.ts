// How soon Patchcord answers, and how soon it tells that a call has begun.
import { setTimeout as wait } from 'node:timers/promises';
import type { Call } from '../../../src/calls/call.ts';
import type { Patchcord } from '../faults-support.ts';

export interface Latencies {
  /** Of each answer to `GET /calls`, ms. */
  answers: number[];
  /** Unix ms at which the feed told that the call with this client had begun. */
  heardAtMs: Map<string, number>;
}

/** Measures until `stop`, by two programs that ask at the same time: one for pages of the history, one for the feed. */
export function measure(one: Patchcord): { stop(): Promise<Latencies> } {
  const over = new AbortController();
  const found: Latencies = { answers: [], heardAtMs: new Map() };
  const asking = (async () => {
    while (!over.signal.aborted) {
      const sinceMs = performance.now();
      await one.get('/calls?limit=50');
      found.answers.push(performance.now() - sinceMs);
      await wait(50);
    }
  })();
  const hearing = (async () => {
    let { seq: after } = await one.get<{ seq: number }>('/calls/live');
    while (!over.signal.aborted) {
      const page = await one.get<{ events: { type: string; call: Call | null }[]; next: number }>(
        `/events?wait=1&after=${after}`,
      );
      after = page.next;
      for (const { type, call } of page.events) {
        const number = call?.client?.number;
        if (type === 'call.started' && number) found.heardAtMs.set(number, Date.now());
      }
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await Promise.all([asking, hearing]);
      return found;
    },
  };
}

/** Median, 99th of a hundred, slowest. */
export function spread(ms: readonly number[]): { count: number; p50: number; p99: number; max: number } {
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}
