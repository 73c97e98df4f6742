import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoredRequest } from '../crm/request-log.ts';
import { testServer, type TestServer } from './testing/test-server.ts';

let server: TestServer;
let admin: string;

beforeEach(() => {
  server = testServer();
  admin = server.addToken(['admin']);
});
afterEach(() => server.app.close());

async function ask(method: 'GET' | 'POST', path: string, token = admin) {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ method, url: `/api/v1${path}`, headers });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

async function statusOf(method: 'GET' | 'HEAD' | 'POST' | 'DELETE', url: string): Promise<[string, number]> {
  return [url, (await server.app.inject({ method, url })).statusCode];
}

const stored = (id: number, changes: Partial<StoredRequest> = {}): StoredRequest => ({
  id,
  crm: 'portal',
  at: Date.UTC(2026, 2, 1),
  tookMs: 20,
  method: 'POST',
  url: 'https://portal.example/rest/***/x',
  request: 'user.get\ncontent-type: application/json\n\n{}',
  status: 200,
  answer: '{}',
  deliveryId: null,
  error: null,
  ...changes,
});

describe('the connections', () => {
  it('are told with what they can do and how they are', async () => {
    const { status, body } = await ask('GET', '/crm');
    expect(status).toBe(200);
    expect(body['connections']).toMatchObject([
      { name: 'hooks', type: 'webhook', capabilities: { takes: ['event'] }, health: [{ level: 'ok' }] },
      { name: 'portal', type: 'bitrix24' },
    ]);
  });

  it('are for administrators only', async () => {
    for (const [method, path] of [
      ['GET', '/crm'],
      ['GET', '/crm/portal/requests'],
      ['POST', '/crm/portal/check'],
    ] as const) {
      expect(await ask(method, path, server.token)).toMatchObject({ status: 403 });
    }
  });

  it('tell where an administrator lets us in, where there is such a place', async () => {
    expect(await ask('POST', '/crm/portal/authorize')).toEqual({
      status: 200,
      body: {
        url: expect.stringContaining('state=') as string,
        returnUrl: 'https://patchcord.example/crm/portal/oauth',
      },
    });
    expect(await ask('POST', '/crm/hooks/authorize')).toMatchObject({ status: 409 });
    expect(await ask('POST', '/crm/nobody/authorize')).toMatchObject({ status: 404 });
    expect(await ask('POST', '/crm/portal/authorize', server.token)).toMatchObject({ status: 403 });
  });

  it('are checked one by one', async () => {
    const { status, body } = await ask('POST', '/crm/portal/check');
    expect(status).toBe(200);
    expect(body['health']).toEqual([server.crm.health]);
    expect(server.crm.checked).toEqual(['portal']);
  });

  it('that are not there are told so', async () => {
    for (const path of ['/crm/nobody/requests', '/crm/%3Cb%3E/requests']) {
      expect(await ask('GET', path)).toMatchObject({ status: 404, body: { error: { code: 'not_found' } } });
    }
    expect((await ask('POST', '/crm/nobody/check')).status).toBe(404);
  });
});

describe('the last requests', () => {
  it('come page by page, newest first', async () => {
    for (let id = 5; id >= 1; id -= 1) server.crm.stored.push(stored(id, { error: id === 2 ? 'refused' : null }));
    const first = await ask('GET', '/crm/portal/requests?limit=3');
    expect(first.body).toMatchObject({ next: 3, requests: [{ id: 5 }, { id: 4 }, { id: 3 }] });
    expect(await ask('GET', '/crm/portal/requests?limit=3&before=3')).toMatchObject({
      body: { next: null, requests: [{ id: 2 }, { id: 1 }] },
    });
    expect(await ask('GET', '/crm/portal/requests?failed=true')).toMatchObject({ body: { requests: [{ id: 2 }] } });
    expect((await ask('GET', '/crm/hooks/requests')).body).toEqual({ requests: [], next: null });
  });

  it('have a label, a time and what was sent', async () => {
    server.crm.stored.push(stored(1, { deliveryId: 7 }));
    expect((await ask('GET', '/crm/portal/requests')).body['requests']).toEqual([
      {
        id: 1,
        at: '2026-03-01T00:00:00.000Z',
        tookMs: 20,
        label: 'user.get',
        method: 'POST',
        url: 'https://portal.example/rest/***/x',
        request: 'content-type: application/json\n\n{}',
        status: 200,
        answer: '{}',
        error: null,
        deliveryId: 7,
      },
    ]);
  });

  it.each(['limit=0', 'limit=201', 'before=x', 'failed=yes', 'other=1'])('are not asked with %s', async (query) => {
    expect((await ask('GET', `/crm/portal/requests?${query}`)).status).toBe(400);
  });
});

describe('what a CRM sends', () => {
  it('reaches its connection as it came', async () => {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/crm/portal/event/x%20y?a=1&a=2',
      headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-sign': 'abc' },
      payload: Buffer.from([0xff, 0x00, 0x61]),
    });
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toBe('taken');
    const [request] = server.crm.inbox;
    expect(request).toMatchObject({ method: 'POST', path: '/event/x%20y' });
    expect(request?.headers['x-sign']).toBe('abc');
    expect(request?.query.getAll('a')).toEqual(['1', '2']);
    expect([...(request?.body ?? [])]).toEqual([0xff, 0x00, 0x61]);
  });

  it('may have no body, any method and any type', async () => {
    for (const [method, url] of [
      ['GET', '/crm/portal/'],
      ['GET', '/crm/portal'],
      ['HEAD', '/crm/portal/x'],
      ['DELETE', '/crm/portal/x'],
    ] as const) {
      expect(await statusOf(method, url)).toEqual([url, 200]);
    }
    const json = await server.app.inject({
      method: 'POST',
      url: '/crm/portal/x',
      headers: { 'content-type': 'application/json' },
      payload: '{ broken',
    });
    expect(json.statusCode).toBe(200);
    expect(server.crm.inbox.map(({ path }) => path)).toEqual(['/', '/', '/x', '/x', '/x']);
  });

  it('is answered with the headers that the adapter gives, and without those that it takes away', async () => {
    server.crm.answer = () =>
      Promise.resolve({
        status: 201,
        headers: {
          'content-type': 'text/html',
          'x-frame-options': '',
          'content-security-policy': "default-src 'none'",
        },
        body: '<p>installed</p>',
      });
    const answer = await server.app.inject({ method: 'POST', url: '/crm/portal/install' });
    expect(answer.statusCode).toBe(201);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html',
      'content-security-policy': "default-src 'none'",
    });
    expect(answer.headers['x-frame-options']).toBeUndefined();
    expect(answer.body).toBe('<p>installed</p>');
  });

  it('goes nowhere when there is no such connection, or it receives nothing', async () => {
    for (const url of ['/crm/nobody/x', '/crm/hooks/x', '/crm/', '/crm']) {
      expect(await statusOf('POST', url)).toEqual([url, 404]);
    }
    expect(server.crm.inbox).toEqual([]);
  });

  it('is at most 1 MiB', async () => {
    const post = (bytes: number) =>
      server.app.inject({
        method: 'POST',
        url: '/crm/portal/x',
        headers: { 'content-type': 'text/plain' },
        payload: Buffer.alloc(bytes, 'x'),
      });
    expect((await post(1024 * 1024)).statusCode).toBe(200);
    expect((await post(1024 * 1024 + 1)).statusCode).toBe(413);
  });

  it('is refused when one address sends too much', async () => {
    const send = (address: string) =>
      server.app.inject({ method: 'POST', url: '/crm/portal/x', remoteAddress: address });
    let refused = 0;
    for (let n = 0; n < 1205; n += 1) if ((await send('192.0.2.1')).statusCode === 429) refused += 1;
    expect(refused).toBe(5);
    expect((await send('192.0.2.1')).json()).toMatchObject({ error: { code: 'too_many_requests' } });
    expect((await send('192.0.2.2')).statusCode).toBe(200);
  });

  it('that the adapter fails at is our fault, and is not told', async () => {
    server.crm.answer = () => Promise.reject(new Error('canary'));
    const answer = await server.app.inject({ method: 'POST', url: '/crm/portal/x' });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('canary');
  });

  it('is not waited for without end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await server.app.ready();
      let begun: () => void = () => {};
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      server.crm.answer = () => {
        begun();
        return new Promise(() => {});
      };
      const answer = server.app.inject({ method: 'POST', url: '/crm/portal/x' });
      await isBegun;
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await answer).json()).toMatchObject({ error: { code: 'connection_busy' } });
    } finally {
      vi.useRealTimers();
    }
  });
});
