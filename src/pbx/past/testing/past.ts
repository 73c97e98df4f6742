// A PastSource over a database of its own, with a clock that the test sets.
import type { Call } from '../../../calls/call.ts';
import type { PastSettings, PbxSettings } from '../../../settings/schema.ts';
import { openStore } from '../../../store/open-store.ts';
import type { Store, StoredEvent } from '../../../store/store.ts';
import { PastSource } from '../past-source.ts';
import { afterwardsMs, byId, tracking } from './cel-rows.ts';

/** Before the first row of the fixtures. */
export const beforeMs = Date.parse('2026-11-20T12:00:00Z');

export function source(url: string, more: Partial<PastSettings> = {}): PastSettings {
  const where = url.startsWith('/') ? { csv: url } : { url };
  return { ...where, table: 'cel', columns: {}, timeZone: 'UTC', ...more };
}

export interface Bench {
  store: Store;
  clock: { nowMs: number };
  /** As after a start of the program. */
  past(settings: { cel?: PastSettings; cdr?: PastSettings }, store?: Store): PastSource;
  calls(): Promise<Call[]>;
  events(): Promise<StoredEvent[]>;
}

/** An empty history in memory. */
export async function bench(): Promise<Bench> {
  const store = await openStore('sqlite::memory:');
  const clock = { nowMs: beforeMs };
  const none = (): void => {};
  return {
    store,
    clock,
    past: (settings, over = store) =>
      new PastSource({
        pbx: pbxWith(settings),
        tracking,
        store: over,
        logger: { error: none, warn: none, info: none, debug: none },
        now: () => clock.nowMs,
      }),
    calls: async () => byId((await store.calls({}, { limit: 1000 })).calls),
    events: () => store.events(0, 100_000),
  };
}

export function pbxWith(settings: { cel?: PastSettings; cdr?: PastSettings }): PbxSettings {
  const ami = { host: '127.0.0.1', port: 5038, username: 'patchcord', secret: 'x', tls: false };
  return { name: 'main', ...ami, trunks: [], extensions: [], ...settings };
}

/** A first run over what is there at the start, then the clock goes on to when everything is over. */
export async function startedBefore(
  on: Bench,
  settings: { cel?: PastSettings; cdr?: PastSettings },
): Promise<PastSource> {
  const past = on.past(settings);
  await past.catchUp();
  on.clock.nowMs = afterwardsMs;
  return past;
}
