import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StoreError } from '../store/store-error.ts';
import { maxFailures } from './auth.ts';
import { sampleCall } from './testing/sample-calls.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

let server: TestServer;

beforeEach(() => {
  server = testServer();
});
afterEach(() => server.app.close());

/** The answer to a GET under /api/v1 with the reading token, unless another (or none) is given. */
async function get(path: string, token: string | null = server.token) {
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  const answer = await server.app.inject({ url: `/api/v1${path}`, headers });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.json<Record<string, never>>(),
    text: answer.body,
  };
}

const fault = (body: Record<string, unknown>) => body['error'] as { code: string; message: string; mend: string };

describe('tokens', () => {
  it('are needed by every route but health, the page and the WebSocket (which asks for one itself)', async () => {
    const routes: { method: string; url: string }[] = [];
    server.app.addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) routes.push({ method: each, url });
    });
    await server.app.ready();
    const open: string[] = [];
    for (const { method, url } of routes) {
      if (method === 'OPTIONS') continue;
      const answer = await server.app.inject({ method: method as 'GET', url: url.replace(':id', 'x') });
      if (answer.statusCode !== 401) open.push(`${method} ${url} ${answer.statusCode}`);
    }
    expect(routes.length).toBeGreaterThan(12);
    expect(open.filter((each) => each.includes('/api/')).sort()).toEqual([
      'GET /api/v1/feed 426',
      'GET /api/v1/health 200',
    ]);
  });

  it('are not read from the address', async () => {
    const { status, body } = await get(`/calls?token=${server.token}`, null);
    expect(status).toBe(401);
    expect(fault(body).code).toBe('token_missing');
  });

  it('that are taken away are refused from then on', async () => {
    expect((await get('/status')).status).toBe(200);
    server.removeTokens();
    expect((await get('/status')).status).toBe(401);
  });

  it('that are wrong too often from one address are answered 429, and a right one still passes', async () => {
    for (let tried = 0; tried < maxFailures; tried += 1)
      expect((await get('/calls', `wrong-${tried}`)).status).toBe(401);
    const refused = await get('/calls', 'wrong');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(fault(refused.body).code).toBe('too_many_failures');
    expect((await get('/calls')).status).toBe(200);
  });

  it('and phone numbers never come into the log', async () => {
    await get('/calls?number=9161234567');
    await get('/calls', 'pc_wrong-secret-token');
    await get('/calls?number=9161234567&foo=1');
    expect(server.logged.join('')).toContain('/api/v1/calls');
    expect(server.logged.join('')).not.toMatch(/9161234567|wrong-secret/);
    expect(server.logged.join('')).not.toContain(server.token);
  });
});

describe('GET /calls', () => {
  it('hands every condition to the store as the filter has it', async () => {
    const query = new URLSearchParams({
      pbx: 'main',
      direction: 'inbound',
      answered: 'false',
      missed: 'true',
      open: 'false',
      lostStage: 'queue',
      line: '84950001122',
      trunk: 'mts',
      extension: '101',
      responsible: '102',
      number: '+7 (916) 123-45',
      e164: '+79161234567',
      from: '2026-11-20T12:00:00+03:00',
      to: '2026-11-21T00:00:00Z',
      resultCode: '408',
      queue: 'sales',
      minTalkMs: '1000',
      transferred: 'true',
      recorded: 'false',
      limit: '10',
      before: '20',
    });
    expect((await get(`/calls?${query.toString()}`)).status).toBe(200);
    expect(server.store.asked).toEqual([
      {
        filter: {
          pbx: 'main',
          direction: 'inbound',
          answered: false,
          missed: true,
          open: false,
          lostStage: 'queue',
          line: '84950001122',
          trunk: 'mts',
          extension: '101',
          responsible: '102',
          number: '791612345',
          e164: '+79161234567',
          from: '2026-11-20T09:00:00.000Z',
          to: '2026-11-21T00:00:00.000Z',
          resultCode: 408,
          queue: 'sales',
          minTalkMs: 1000,
          transferred: true,
          recorded: false,
        },
        page: { limit: 10, before: '20' },
      },
    ]);
  });

  it('pages to the end', async () => {
    for (let index = 0; index < 7; index += 1) server.store.put(sampleCall(`c${index}`, index * 1000), 'call.ended');
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await get(`/calls?limit=3${next === '' ? '' : `&before=${next}`}`);
      const page = body as unknown as { calls: { id: string }[]; next: string | null };
      seen.push(...page.calls.map((call) => call.id));
      next = page.next;
    }
    expect(seen).toEqual(['c6', 'c5', 'c4', 'c3', 'c2', 'c1', 'c0']);
  });

  it.each([
    ['limit=0', 'limit: must be a whole number from 1 to 200'],
    ['limit=201', 'limit: must be a whole number from 1 to 200'],
    ['limit=0x10', 'limit: must be'],
    ['limit=', 'limit: must be'],
    ['limit=1&limit=2', 'limit: give it once'],
    ['open=yes', 'open: must be true or false'],
    ['direction=in', 'direction: must be one of inbound, outbound, internal'],
    ['number=abc', 'number: must be a phone number'],
    ['number=', 'number: must be a phone number'],
    ['from=yesterday', 'from: must be a time'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from: must be before "to"'],
    ['colour=red', 'colour'],
    ['before=zzz', 'before: is not the "next"'],
  ])('refuses ?%s and says why', async (query, message) => {
    const { status, body } = await get(`/calls?${query}`);
    expect(status).toBe(400);
    expect(fault(body).code).toBe('invalid_request');
    expect(fault(body).message).toContain(message);
  });
});

describe('GET /calls/:id', () => {
  it('answers a joined id with the surviving call', async () => {
    server.store.put(sampleCall('whole', 0), 'call.ended');
    server.store.merged.set('part', 'whole');
    expect((await get('/calls/part')).body).toEqual(sampleCall('whole', 0));
  });

  it('answers 404 for an unknown one, whatever its text', async () => {
    for (const id of ['nothing', "'%20or%201=1", '%3Cscript%3E', '..%2F..%2Fetc']) {
      const { status, body } = await get(`/calls/${id}`);
      expect([status, fault(body).code]).toEqual([404, 'call_not_found']);
    }
  });
});

describe('other routes', () => {
  it('give the calls in progress with the place in the event log', async () => {
    server.store.put(sampleCall('a', 0), 'call.ended');
    server.live.calls = [sampleCall('b', 1000, { endedAt: null, stage: 'queue' })];
    const { body } = await get('/calls/live');
    expect(body).toEqual({ seq: 1, calls: server.live.calls });
  });

  it('give CDR rows by cursor, and refuse a cursor of another database', async () => {
    const row = { pbx: 'main', linkedId: '1.1', sequence: '1', startedAt: '2026-11-20 10:00:00', src: '1', dst: '2' };
    for (const id of [1, 2, 3]) {
      const rest = { channel: null, dstChannel: null, lastApp: 'Dial', columns: { billsec: 5, userfield: null } };
      server.store.rows.push({ ...row, ...rest, id, callId: id === 1 ? 'c' : null, uniqueId: `1.${id}` });
    }
    expect((await get('/cdr?after=1&limit=1')).body).toEqual({ rows: [server.store.rows[1]], next: 2 });
    expect((await get('/cdr?after=3')).body).toEqual({ rows: [], next: 3 });
    expect(fault((await get('/cdr?after=4')).body).code).toBe('cursor_ahead');
  });

  it('tell how the parts are; health is not ok at an error only', async () => {
    server.parts.push({
      part: 'pbx main',
      level: 'warning',
      message: 'no events for 5 min',
      mend: 'see the manager’s rights',
    });
    expect((await get('/health', null)).body).toEqual({ ok: true });
    expect((await get('/status')).body).toEqual({ level: 'warning', parts: server.parts });
    await server.app.close();

    server = testServer();
    server.parts[0] = { part: 'database', level: 'error', message: 'disk full', mend: 'make room' };
    const health = await get('/health', null);
    expect([health.status, health.body]).toEqual([503, { ok: false }]);
  });

  it('give metrics with bounded labels', async () => {
    await get('/calls/abc');
    await get('/calls/def');
    const answer = await server.app.inject({
      url: '/api/v1/metrics',
      headers: { authorization: `Bearer ${server.token}` },
    });
    expect(answer.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toContain(
      'patchcord_http_request_seconds_count{method="GET",route="/api/v1/calls/:id",status="404"} 2',
    );
    expect(answer.body).not.toContain('abc');
    expect(answer.body).toContain('patchcord_http_waiting_clients 0');
  });

  it('answer errors in one form', async () => {
    expect(fault((await get('/nothing')).body).code).toBe('route_not_found');
    server.store.failure = new StoreError('busy', 'the database is locked', 'end the other process');
    const { status, body } = await get('/calls');
    expect([status, fault(body).code]).toEqual([503, 'store_failed']);
    expect(fault(body).message).toContain('the database is locked');
    const large = await server.app.inject({
      method: 'POST',
      url: '/api/v1/feed-ticket',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      payload: `"${'x'.repeat(70_000)}"`,
    });
    expect([large.statusCode, fault(large.json()).code]).toEqual([413, 'body_too_large']);
  });

  it('send a call that does not fit its schema all the same, and log it', async () => {
    const odd = { ...sampleCall('odd', 0), talkMs: -1 };
    server.store.put(odd, 'call.ended');
    const { status, body } = await get('/calls/odd');
    expect([status, body]).toEqual([200, odd]);
    expect(server.logged.join('')).toContain('does not fit its schema');
  });

  it('guard the page with a policy that lets no other source in, and allow no other origin', async () => {
    const answer = await server.app.inject({ url: '/', headers: { origin: 'https://evil.example' } });
    expect(answer.statusCode).toBe(200);
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('keep answers out of caches', async () => {
    expect((await get('/calls')).headers['cache-control']).toBe('no-store');
  });
});
