// Asks Patchcord's API again and again, as a panel would, and looks at its memory.
import { setTimeout as wait } from 'node:timers/promises';
import type { PatchcordProcess } from '../bitrix24/patchcord-process.ts';
import { type Quantiles, quantilesOf } from '../bitrix24/quantiles.ts';

const everyMs = 100;
const questions = ['/calls?limit=50', '/calls/live'];

export interface Probed {
  /** Milliseconds until the whole answer was there. */
  api: Quantiles;
  /** The most that was resident meanwhile. */
  rssMbMax: number;
}

/** Begins at once; `end` gives what was seen. */
export function probe(patchcord: PatchcordProcess): { end(): Promise<Probed> } {
  const tookMs: number[] = [];
  let rssMbMax = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      for (const question of questions) {
        const sinceMs = performance.now();
        await patchcord.get(question);
        tookMs.push(performance.now() - sinceMs);
      }
      rssMbMax = Math.max(rssMbMax, patchcord.rssMb());
      await wait(everyMs);
    }
  })();
  asking.catch(() => undefined);
  return {
    end: async () => {
      over.abort();
      await asking;
      return { api: quantilesOf(tookMs), rssMbMax };
    },
  };
}
