// Long-poll and WebSocket over real sockets.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { StoreError } from '../store/store-error.ts';
import { closeCodes } from './errors.ts';
import { sampleCall } from './testing/sample-calls.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

let server: TestServer;
let port: number;
const sockets: WebSocket[] = [];

beforeEach(async () => {
  server = testServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  port = (server.app.server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await server.app.close();
});

const headers = () => ({ authorization: `Bearer ${server.token}` });

async function events(query: string): Promise<{ status: number; body: { events: { seq: number }[]; next: number } }> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/events?${query}`, { headers: headers() });
  return { status: answer.status, body: (await answer.json()) as never };
}

async function gauge(name: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1/metrics`, { headers: headers() });
  return Number(new RegExp(`^${name} (\\d+)`, 'm').exec(await answer.text())?.[1]);
}

const waiting = (count: number) =>
  vi.waitFor(async () => expect(await gauge('patchcord_http_waiting_clients')).toBe(count), { timeout: 5000 });

describe('GET /events', () => {
  it('gives what there is by cursor', async () => {
    for (let index = 0; index < 5; index += 1) server.store.put(sampleCall(`c${index}`, index), 'call.ended');
    const first = await events('limit=2');
    expect(first.body.events.map((event) => event.seq)).toEqual([1, 2]);
    expect(first.body.next).toBe(2);
    expect((await events('after=4')).body).toEqual({ events: [server.store.log[4]], next: 5 });
    expect((await events('after=5')).body).toEqual({ events: [], next: 5 });
  });

  it('answers everybody who waits as soon as something is committed, with no timer between', async () => {
    const waiters = Promise.all(Array.from({ length: 20 }, () => events('wait=30')));
    await waiting(20);
    const startedMs = performance.now();
    server.store.put(sampleCall('a', 0), 'call.started');
    const answers = await waiters;
    expect(performance.now() - startedMs).toBeLessThan(1000);
    for (const { body } of answers) expect(body).toEqual({ events: [server.store.log[0]], next: 1 });
    await waiting(0);
  });

  it('answers with nothing when the time is over', async () => {
    const startedMs = performance.now();
    expect((await events('after=0&wait=1')).body).toEqual({ events: [], next: 0 });
    expect(performance.now() - startedMs).toBeGreaterThan(900);
  });

  it('misses nothing and doubles nothing, however quickly events follow', async () => {
    const total = 2000;
    const seen: number[] = [];
    const reading = (async () => {
      let after = 0;
      while (after < total) {
        const { body } = await events(`after=${after}&wait=5&limit=7`);
        seen.push(...body.events.map((event) => event.seq));
        after = body.next;
      }
    })();
    for (let index = 0; index < total; index += 1) {
      server.store.put(sampleCall('a', index), 'call.changed');
      if (index % 50 === 0) await new Promise(setImmediate);
    }
    await reading;
    expect(seen).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('frees the place of a client that goes away', async () => {
    const left = new AbortController();
    const asked = fetch(`http://127.0.0.1:${port}/api/v1/events?wait=60`, { headers: headers(), signal: left.signal });
    await waiting(1);
    left.abort();
    await expect(asked).rejects.toThrow('aborted');
    await waiting(0);
  });

  it('tells a cursor of another database and one that is too old', async () => {
    for (let index = 0; index < 5; index += 1) server.store.put(sampleCall('a', index), 'call.changed');
    expect(await events('after=6&wait=5')).toMatchObject({ status: 409, body: { error: { code: 'cursor_ahead' } } });
    server.store.forget(3);
    expect(await events('after=2')).toMatchObject({ status: 410, body: { error: { code: 'cursor_expired' } } });
    expect((await events('after=3')).body.events.map((event) => event.seq)).toEqual([4, 5]);
    expect((await events('after=0')).body.events.map((event) => event.seq)).toEqual([4, 5]);
  });

  it('goes on by itself after the database failed for a moment', async () => {
    const asked = events('wait=30');
    await waiting(1);
    server.store.failure = new StoreError('busy', 'locked', 'wait');
    server.store.put(sampleCall('a', 0), 'call.started');
    await vi.waitFor(() => expect(server.logged.join('')).toContain('reading new events failed'));
    server.store.failure = null;
    expect((await asked).body.next).toBe(1);
  });

  it('lets everybody go when the server stops', async () => {
    const asked = events('wait=60');
    await waiting(1);
    await server.app.close();
    expect((await asked).body).toEqual({ events: [], next: 0 });
  });
});

/** Connects, says hello and collects what comes. */
async function feed(hello: unknown) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/feed`);
  sockets.push(socket);
  const messages: { type: string; seq?: number; calls?: unknown[]; events?: { seq: number }[] }[] = [];
  socket.on('message', (data: Buffer) => void messages.push(JSON.parse(data.toString('utf8')) as never));
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  await once(socket, 'open');
  socket.send(typeof hello === 'string' ? hello : JSON.stringify(hello));
  const came = (count: number) =>
    vi.waitFor(() => expect(messages.length).toBeGreaterThanOrEqual(count), { timeout: 5000 });
  return { socket, messages, closed, came };
}

describe('the WebSocket feed', () => {
  it('gives a snapshot and then every event', async () => {
    server.store.put(sampleCall('old', 0), 'call.ended');
    server.live.calls = [sampleCall('open', 1000, { endedAt: null, stage: 'ringing' })];
    const { messages, came } = await feed({ token: server.token });
    await came(1);
    expect(messages[0]).toEqual({ type: 'snapshot', seq: 1, calls: server.live.calls });
    server.store.put(sampleCall('open', 1000), 'call.ended');
    await came(2);
    expect(messages[1]).toEqual({ type: 'events', events: [server.store.log[1]] });
  });

  it('takes a ticket once', async () => {
    const order = { method: 'POST', headers: headers() };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/feed-ticket`, order);
    const { ticket, expiresAt } = (await answer.json()) as { ticket: string; expiresAt: string };
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(20_000);
    const first = await feed({ ticket });
    await first.came(1);
    const second = await feed({ ticket });
    expect((await second.closed).code).toBe(closeCodes.token_unknown.code);
  });

  it.each([
    ['an unknown token', { token: 'pc_no' }, 'token_unknown'],
    ['no JSON', 'hello', 'hello_expected'],
    ['something else', { after: 1 }, 'hello_expected'],
  ] as const)('closes on %s and sends nothing', async (_what, hello, reason) => {
    const { messages, closed } = await feed(hello);
    expect(await closed).toEqual({ code: closeCodes[reason].code, reason });
    expect(messages).toEqual([]);
  });

  it('closes on a second message', async () => {
    const { socket, closed, came } = await feed({ token: server.token });
    await came(1);
    socket.send('{}');
    expect((await closed).reason).toBe('hello_expected');
  });

  it('closes on a message that is too large', async () => {
    const { closed } = await feed('x'.repeat(10_000));
    expect((await closed).code).toBe(1009);
  });

  it('counts wrong tokens with those of the other routes', async () => {
    for (let tried = 0; tried < 10; tried += 1) {
      await fetch(`http://127.0.0.1:${port}/api/v1/calls`, { headers: { authorization: 'Bearer no' } });
    }
    expect((await (await feed({ token: 'no' })).closed).reason).toBe('too_many_failures');
  });

  it('cuts a client that does not read, and the others hear everything', async () => {
    const slow = connect(port, '127.0.0.1');
    await once(slow, 'connect');
    slow.write(
      `GET /api/v1/feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
    );
    await once(slow, 'data');
    slow.write(maskedText(JSON.stringify({ token: server.token })));
    await once(slow, 'data');
    slow.pause();
    const ended = once(slow, 'close');
    const quick = await feed({ token: server.token });
    await quick.came(1);
    const name = 'x'.repeat(20_000);
    const total = 1500;
    for (let index = 0; index < total; index += 1) {
      server.store.put(sampleCall('a', 0, { client: { number: '1', e164: null, name } }), 'call.changed');
      if (index % 10 === 0) await new Promise(setImmediate);
    }
    await vi.waitFor(() => expect(quick.messages.at(-1)?.events?.at(-1)?.seq).toBe(total), { timeout: 10_000 });
    // The server lets go of the slow one though it never reads, not even the close frame.
    await vi.waitFor(async () => expect(await gauge('patchcord_http_feed_clients')).toBe(1), { timeout: 10_000 });
    slow.resume();
    await ended;
    const seqs = quick.messages.flatMap((message) => message.events ?? []).map((event) => event.seq);
    expect(seqs).toEqual(Array.from({ length: total }, (_, index) => index + 1));
  });

  it('says goodbye when the server stops', async () => {
    const { closed, came } = await feed({ token: server.token });
    await came(1);
    const stopping = server.app.close();
    expect(await closed).toEqual({ code: 1001, reason: 'stopping' });
    await stopping;
  });
});

/** A client's text frame of up to 65,535 bytes, masked with zeros (RFC 6455, 5.2). */
function maskedText(text: string): Buffer {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}
