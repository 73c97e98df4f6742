// The routes over the real store: that the two agree on cursors, joined calls and events.
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../calls/call.ts';
import type { Fact } from '../calls/facts.ts';
import { OrderBook } from '../pbx/orders/orders.ts';
import { emptyDirectory } from '../people/empty.ts';
import { planMark } from '../rules/plan-mark.ts';
import { defaultSettings } from '../settings/load.ts';
import { openMarks } from '../store/marks.ts';
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
const control = newToken('dialplan', ['read', 'control'], 0);
const planned = [
  { name: 'portal', takes: ['ended', 'mark'] as const },
  { name: 'hook', takes: ['event'] as const },
  { name: 'elsewhere', takes: ['mark'] as const, pbxs: ['branch'] },
];

beforeEach(async () => {
  store = await openStore('sqlite::memory:');
  app = createHttp({
    store,
    live: { openCalls: () => [] },
    orders: new OrderBook({ store, pbxs: [], logger: pino({ level: 'silent' }), now: Date.now }),
    media: new MemoryMedia(),
    marks: openMarks(store, (call) => planMark(call, emptyDirectory(), planned, { region: 'RU' }), Date.now),
    directory: { directory: memoryDirectory([]), settings: defaultSettings('.'), connections: [] },
    status: async () => [],
    metrics: new Registry(),
    tokens: { find: (text) => findToken([entry, control.entry], text), stands: () => true },
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

describe('the mark of a call', () => {
  async function put(path: string, mark: unknown, by = control.token) {
    const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json' };
    const answer = await fetch(address + path, { method: 'PUT', headers, body: JSON.stringify({ mark }) });
    const body: unknown = await answer.json();
    return { status: answer.status, body };
  }
  const deliveries = () =>
    store.database.read((db) =>
      db.selectFrom('deliveries').select(['crm', 'kind', 'call_id', 'number', 'state', 'live']).orderBy('id').execute(),
    );
  const told = { crm: 'portal', kind: 'mark', call_id: 'c', number: '+79161234567', state: 'waiting', live: 0 };

  it('is kept, and each new one is told to whoever takes marks and has the call', async () => {
    await record([sampleCall('c', 0)], [ended('c')]);
    expect((await get('/calls/c/mark')).body).toEqual({ callId: 'c', mark: null });
    expect(await put('/calls/c/mark', 4)).toEqual({ status: 200, body: { callId: 'c', mark: 4, previous: null } });
    expect((await get('/calls/c/mark')).body).toEqual({ callId: 'c', mark: 4 });
    expect(await deliveries()).toEqual([told]);
    expect((await put('/calls/c/mark', 4)).body).toEqual({ callId: 'c', mark: 4, previous: 4 });
    expect(await deliveries()).toHaveLength(1);
    expect((await put('/calls/c/mark', 1)).body).toEqual({ callId: 'c', mark: 1, previous: 4 });
    expect(await deliveries()).toEqual([told, told]);
  });

  it('is refused unless it is 1 to 5, the call is known and the token may', async () => {
    await record([sampleCall('c', 0)], [ended('c')]);
    for (const mark of [0, 6, 2.5, '4', null]) expect((await put('/calls/c/mark', mark)).status).toBe(400);
    const missing = { status: 404, body: { error: { code: 'call_not_found' } } };
    expect(await put('/calls/none/mark', 3)).toMatchObject(missing);
    expect(await get('/calls/none/mark')).toMatchObject(missing);
    const refused = { status: 403, body: { error: { code: 'scope_missing' } } };
    expect(await put('/calls/c/mark', 3, token)).toMatchObject(refused);
    expect((await get('/calls/c/mark')).body).toEqual({ callId: 'c', mark: null });
    expect(await deliveries()).toEqual([]);
  });

  it('goes with a call that is joined to another, and is given to the surviving one', async () => {
    await record([sampleCall('part', 0)], [{ type: 'call.started', callId: 'part', atMs: 0 }]);
    await put('/calls/part/mark', 2);
    const merged: Fact = { type: 'call.merged', callId: 'part', atMs: 1, into: 'c' };
    await record([sampleCall('c', 0, { linkedIds: ['1.1', '2.1'] })], [merged], [{ id: 'part', into: 'c' }]);
    for (const id of ['part', 'c']) expect((await get(`/calls/${id}/mark`)).body).toEqual({ callId: 'c', mark: 2 });
    expect((await put('/calls/part/mark', 5)).body).toEqual({ callId: 'c', mark: 5, previous: 2 });
    expect((await get('/calls/c/mark')).body).toEqual({ callId: 'c', mark: 5 });
    expect((await deliveries()).at(-1)).toEqual(told);
  });
});
