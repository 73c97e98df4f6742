// The store's upkeep, for as long as the program runs.
import { setTimeout as delay } from 'node:timers/promises';
import type { Store } from '../store/store.ts';

const everyMs = 60_000;
/** Between two steps of which the first says that more is waiting: others want the database too. */
const breathMs = 50;

/**
 * Once a minute, and again at once while the store says that more is waiting.
 * @returns what ends it: once that has resolved, the store is asked nothing more
 */
export function keepTidy(store: Pick<Store, 'tidy'>, waits = { everyMs, breathMs }): () => Promise<void> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const going = (async () => {
    let waitMs = waits.everyMs;
    while (!signal.aborted) {
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      // A database that does not answer is told by the status; its upkeep waits.
      const more = await store.tidy(Date.now()).catch(() => false);
      waitMs = more ? waits.breathMs : waits.everyMs;
    }
  })();
  return () => {
    stopping.abort();
    return going;
  };
}
