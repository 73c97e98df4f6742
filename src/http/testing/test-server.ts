// A whole HTTP side over the memory store, for tests and for `page-server.ts`.
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import type { Call } from '../../calls/call.ts';
import { OrderRefusal } from '../../pbx/orders/order.ts';
import { defaultSettings } from '../../settings/load.ts';
import type { Dialect } from '../../store/dialect.ts';
import { createHttp, type HttpOptions } from '../server.ts';
import type { PartStatus } from '../status.ts';
import { findToken, newToken } from '../tokens.ts';
import type { Scope, TokenEntry } from '../tokens.ts';
import { MemoryMedia } from './memory-media.ts';
import { memoryDirectory } from './memory-directory.ts';
import { MemoryCrm } from './memory-crm.ts';
import { asHttpStore, MemoryStore } from './memory-store.ts';

export interface TestServer {
  app: FastifyInstance;
  store: MemoryStore;
  media: MemoryMedia;
  /** A token that may read. */
  token: string;
  addToken(scopes: Scope[]): string;
  removeTokens(): void;
  live: { calls: Call[] };
  parts: PartStatus[];
  /** What the routes of ordered calls are given; every one answers that there is nothing. */
  orders: HttpOptions['orders'];
  crm: MemoryCrm;
  /** Every line that was logged. */
  logged: string[];
}

/** Not listening yet. `earlierToken` is taken too, as after a restart. What has tables of its own needs the `database` of a real store. */
export function testServer(
  demo = false,
  earlierToken: string | null = null,
  database: Dialect | null = null,
): TestServer {
  const store = new MemoryStore(database);
  const media = new MemoryMedia();
  const crm = new MemoryCrm();
  const entries: TokenEntry[] = [];
  const addToken = (scopes: Scope[]): string => {
    const { token, entry } = newToken(`token ${entries.length + 1}`, scopes, Date.now());
    entries.push(entry);
    return token;
  };
  const token = addToken(['read']);
  const live: { calls: Call[] } = { calls: [] };
  const parts: PartStatus[] = [{ part: 'database', level: 'ok', message: 'answers', mend: null }];
  const logged: string[] = [];
  const none = async (): Promise<null> => null;
  const orders: HttpOptions['orders'] = {
    place: () => Promise.reject(new OrderRefusal('off', 'no PBX makes calls', 'Set pbx[].dial')),
    byId: none,
    callIdOf: none,
    hangup: none,
  };
  const app = createHttp({
    store: asHttpStore(store),
    live: { openCalls: () => live.calls },
    orders: {
      place: (wanted) => orders.place(wanted),
      byId: (id) => orders.byId(id),
      callIdOf: (order) => orders.callIdOf(order),
      hangup: (id) => orders.hangup(id),
    },
    status: async () => parts,
    metrics: new Registry(),
    tokens: {
      find: (text) => (text === earlierToken ? (entries[0] ?? null) : findToken(entries, text)),
      stands: (entry) => entries.includes(entry),
    },
    media,
    marks: { of: none, give: none },
    crm,
    directory: { directory: memoryDirectory(['b24']), settings: defaultSettings('.'), connections: ['b24'] },
    logger: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    region: 'RU',
    about: { version: '0.1.0', demo, settingsFile: 'patchcord.yaml', pbxs: ['main'] },
  });
  return {
    app,
    store,
    media,
    token,
    addToken,
    removeTokens: () => void entries.splice(0),
    live,
    parts,
    orders,
    crm,
    logged,
  };
}
