// The HTTP side over a real store in memory, listening, for commands that ask the API.
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { onTestFinished } from 'vitest';
import { createHttp } from '../../http/server.ts';
import { memoryDirectory } from '../../http/testing/memory-directory.ts';
import { MemoryMedia } from '../../http/testing/memory-media.ts';
import { findToken, newToken } from '../../http/tokens.ts';
import { OrderBook } from '../../pbx/orders/orders.ts';
import { defaultSettings } from '../../settings/load.ts';
import { openMarks } from '../../store/marks.ts';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/store.ts';

/** Ends with the test. */
export async function realServer(): Promise<{ store: Store; api: { url: string; token: string } }> {
  const store = await openStore('sqlite::memory:');
  const logger = pino({ level: 'silent' });
  const { token, entry } = newToken('test', ['admin'], 0);
  const app = createHttp({
    store,
    live: { openCalls: () => [] },
    orders: new OrderBook({ store, pbxs: [], logger, now: Date.now }),
    media: new MemoryMedia(),
    marks: openMarks(store, () => [], Date.now),
    directory: { directory: memoryDirectory([]), settings: defaultSettings('.'), connections: [] },
    status: async () => [],
    metrics: new Registry(),
    tokens: { find: (text) => findToken([entry], text), stands: () => true },
    logger,
    region: 'RU',
    about: { version: '0.1.0', demo: false, settingsFile: 'patchcord.yaml', pbxs: ['main'] },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(async () => {
    await app.close();
    await store.close();
  });
  return { store, api: { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, token } };
}
