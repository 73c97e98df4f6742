// The routes over the real store: that the two agree on cursors, joined calls and events.
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../calls/call.ts';
import type { Fact } from '../calls/facts.ts';
import { OrderBook } from '../pbx/orders/orders.ts';
import { defaultSettings } from '../settings/load.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createHttp } from './server.ts';
import { memoryDirectory } from './testing/memory-directory.ts';
import { MemoryMedia } from './testing/memory-media.ts';
import { sampleCall } from './testing/sample-calls.ts';
import { findToken, newToken } from './tokens.ts';

let store: Store;
let app: FastifyInstance;
let address: string;
const { token, entry } = newToken('test', ['read'], 0);

beforeEach(async () => {
  store = await openStore('sqlite::memory:');
  app = createHttp({
    store,
    live: { openCalls: () => [] },
    orders: new OrderBook({ store, pbxs: [], logger: pino({ level: 'silent' }), now: Date.now }),
    media: new MemoryMedia(),
    directory: { directory: memoryDirectory([]), settings: defaultSettings('.'), connections: [] },
    status: async () => [],
    metrics: new Registry(),
    tokens: { find: (text) => findToken([entry], text), stands: () => true },
    logger: pino({ level: 'silent' }),
    region: 'RU',
    about: { version: '0.1.0', demo: false, settingsFile: 'patchcord.yaml', pbxs: ['main'] },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/api/v1`;
});
afterEach(async () => {
  await app.close();
  await store.close();
});

interface Answer {
  calls: Call[];
  events: unknown[];
  rows: unknown[];
  next: never;
}

async function get(path: string): Promise<{ status: number; body: Answer }> {
  const answer = await fetch(address + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: (await answer.json()) as Answer };
}

const ended = (callId: string): Fact => ({ type: 'call.ended', callId, atMs: 0 });

function record(calls: Call[], facts: Fact[], merged: { id: string; into: string }[] = []) {
  return store.record({ pbx: 'main', calls: calls.map((call) => ({ call, state: null })), merged, facts });
}

it('pages the history by the store’s own cursor and refuses another', async () => {
  const calls = Array.from({ length: 5 }, (_, index) => sampleCall(`c${index}`, index * 60_000));
  await record(
    calls,
    calls.map((call) => ended(call.id)),
  );
  const first = (await get('/calls?limit=3&number=916123')).body;
  const second = (await get(`/calls?limit=3&number=916123&before=${String(first.next)}`)).body;
  expect([...first.calls, ...second.calls].map((call) => call.id)).toEqual(['c4', 'c3', 'c2', 'c1', 'c0']);
  expect(second.next).toBeNull();
  expect(first.calls[0]).toEqual(calls[4]);
  expect((await get('/calls?before=nonsense')).status).toBe(400);
});

it('finds the surviving call by the id of the one that was joined to it', async () => {
  await record([sampleCall('part', 0)], [{ type: 'call.started', callId: 'part', atMs: 0 }]);
  const whole = sampleCall('whole', 0, { linkedIds: ['1.1', '2.1'] });
  await record(
    [whole],
    [{ type: 'call.merged', callId: 'part', atMs: 1, into: 'whole' }],
    [{ id: 'part', into: 'whole' }],
  );
  expect((await get('/calls/part')).body).toEqual(whole);
  const { body } = await get('/events?after=1');
  expect(body.events).toMatchObject([{ seq: 2, type: 'call.merged', callId: 'part', into: 'whole' }]);
});

it('answers a waiting client with what was committed', async () => {
  await record([sampleCall('a', 0)], [ended('a')]);
  const waiting = get('/events?after=1&wait=20');
  const startedMs = performance.now();
  await record([sampleCall('b', 0)], [ended('b')]);
  const { body } = await waiting;
  expect(performance.now() - startedMs).toBeLessThan(2000);
  expect(body).toMatchObject({ events: [{ seq: 2, callId: 'b', call: sampleCall('b', 0) }], next: 2 });
  expect((await get('/events?after=3')).status).toBe(409);
});

it('gives the CDR rows as they are', async () => {
  const row = {
    pbx: 'main',
    uniqueId: '1.1',
    linkedId: '0.1',
    sequence: '7',
    startedAt: '2026-11-20 10:00:00',
    src: '79161234567',
    dst: '101',
    channel: 'PJSIP/trunk-1',
    dstChannel: null,
    lastApp: 'Dial',
    columns: { calldate: '2026-11-20 10:00:00', billsec: 12, userfield: null },
  };
  await store.addCdr([row]);
  const { body } = await get('/cdr');
  expect(body.rows).toEqual([{ ...row, id: body.next, callId: null }]);
  expect((await get(`/cdr?after=${Number(body.next) + 1}`)).status).toBe(409);
});
