import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { answerJson, bodyOf, serverThat, tcpServerThat } from '../testing/network.ts';
import { fromQuery } from './php-query.ts';
import type { PortalError } from './portal.ts';
import { fakePortal, memorySecrets, opened } from './testing/open-portal.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const add = (index: number) => ['crm.lead.add', { fields: { TITLE: `L${index}` } }] as const;

/** Kinds of the errors that calls ended with; null for those that went well. */
async function kindsOf(calls: readonly Promise<unknown>[]): Promise<(string | null)[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === 'rejected' ? (one.reason as PortalError).kind : null));
}

describe('a request without a whole answer', () => {
  it.each(['cut-after', 'truncate'] as const)('is uncertain for exactly its commands: %s', async (kind) => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    fake.unkind.add({ kind, times: 1 });
    const before = fake.state.entities.LEAD.size;
    // 20 of a method that may be heavy go together, so this is two requests.
    const kinds = await kindsOf(many(30, (index) => portal.call(...add(index))));
    expect(kinds.filter((each) => each === 'uncertain')).toHaveLength(20);
    expect(kinds.filter((each) => each === null)).toHaveLength(10);
    expect(kinds.slice(0, 20)).toEqual(many(20, () => 'uncertain'));
    // All of it had happened; nothing was repeated.
    expect(fake.state.entities.LEAD.size - before).toBe(30);
  });

  it('is uncertain too when nothing happened, since nobody can know', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    for (const kind of ['cut-before', 'html'] as const) {
      fake.unkind.add({ kind, times: 1 });
      await expect(portal.call('profile', {}, { lane: 'live' })).rejects.toMatchObject({ kind: 'uncertain' });
      await portal.call('profile', {}, { lane: 'live' });
    }
    expect(portal.status().lastError).toBeNull();
  });

  it('twice in a row lets the portal rest for a moment, in which nothing is sent', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    fake.unkind.add({ kind: 'cut-before' });
    const live = { lane: 'live' } as const;
    await expect(portal.call('profile', {}, live)).rejects.toMatchObject({ kind: 'uncertain' });
    await expect(portal.call('profile', {}, live)).rejects.toMatchObject({ kind: 'uncertain' });
    await expect(portal.call('profile', {}, live)).rejects.toMatchObject({
      kind: 'down',
      retryAfterMs: expect.any(Number),
    });
    expect(fake.requests).toHaveLength(2);
    expect(portal.status()).toMatchObject({ lastError: { kind: 'uncertain' }, pausedUntilMs: expect.any(Number) });
  });

  it('is refused when nobody listens, and so is all that waits; afterwards it goes on', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    await fake.stopListening();
    const kinds = await kindsOf(many(600, (index) => portal.call(...add(index))));
    const refused = kinds.filter((kind) => kind === 'refused').length;
    const down = kinds.filter((kind) => kind === 'down').length;
    expect({ sum: refused + down, isSome: refused > 0 && down > 300 }).toEqual({ sum: 600, isSome: true });
    await fake.listen();
    const awayMs = (portal.status().pausedUntilMs ?? 0) - Date.now();
    // They failed together, which is one failure.
    expect(awayMs).toBeGreaterThan(0);
    expect(awayMs).toBeLessThanOrEqual(500);
    await new Promise((resolve) => setTimeout(resolve, awayMs + 20));
    await portal.call('profile');
    expect(portal.status()).toMatchObject({ lastError: null, pausedUntilMs: null });
  });
});

describe('one command that harms the others', () => {
  it('is found when a firewall refuses what is in it: only that one fails', async () => {
    const server = await serverThat((request, response) => void guarded(request, response));
    const guarded = async (request: IncomingMessage, response: ServerResponse) => {
      const body = await bodyOf(request);
      if (body.includes('UNION')) response.writeHead(403).end('<html>Forbidden</html>');
      else if (!request.url?.endsWith('batch')) answerJson(response, { result: 1 });
      else {
        const { cmd } = JSON.parse(body) as { cmd: object };
        const result = Object.fromEntries(Object.keys(cmd).map((key) => [key, 1]));
        answerJson(response, { result: { result } });
      }
    };
    const { portal } = opened({ webhook: `${server.url}/rest/1/secret/`, requestsPerSec: 20 });
    await portal.call('profile');
    const names = ['Anna', "' UNION SELECT", 'Boris', 'Vera'];
    const kinds = await kindsOf(names.map((NAME) => portal.call('user.search', { NAME })));
    expect(kinds).toEqual([null, 'scope', null, null]);
    expect(portal.status().lastError).toBeNull();
  });

  it('is not looked for when everything is refused', async () => {
    let isPortal = true;
    const server = await serverThat((_, response) =>
      isPortal ? answerJson(response, { result: 1 }) : response.writeHead(403).end('<html>'),
    );
    const { portal } = opened({ webhook: `${server.url}/rest/1/secret/`, requestsPerSec: 20 });
    await portal.call('profile');
    isPortal = false;
    const kinds = await kindsOf(many(50, () => portal.call('profile')));
    expect(kinds.filter((kind) => kind === 'auth').length).toBeGreaterThanOrEqual(45);
    expect(portal.status().lastError).toMatchObject({ kind: 'auth', code: 'HTTP_403' });
  });

  it('travels alone once the portal has died of it three times', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const deadly = () => portal.call('crm.deal.add', { fields: { TITLE: 'x' } }, { deliveryId: 7, lane: 'live' });
    const other = () => portal.call('profile', {}, { deliveryId: 8, lane: 'live' });
    for (let time = 0; time < 3; time += 1) {
      fake.unkind.add({ kind: 'html', method: 'crm.deal.add', times: 1 });
      expect(await kindsOf([deadly(), other()])).toEqual(['uncertain', 'uncertain']);
      expect(await kindsOf([other()])).toEqual([null]);
    }
    fake.unkind.add({ kind: 'html', method: 'crm.deal.add', times: 1 });
    expect(await kindsOf([deadly(), other()])).toEqual(['uncertain', null]);
  });

  it('is only too large', async () => {
    const server = await serverThat((_, response) => response.writeHead(413).end('<html>Too large</html>'));
    const { portal } = opened({ webhook: `${server.url}/rest/1/secret/` });
    await expect(portal.call('profile')).rejects.toMatchObject({ kind: 'domain', code: 'HTTP_413' });
    expect(portal.status().lastError).toBeNull();
  });
});

describe('answers of an odd portal', () => {
  /** A server that answers every batch with this. */
  const batchAnswer = async (result: unknown) => {
    const server = await serverThat((_, response) => answerJson(response, { result, time: {} }));
    return opened({ webhook: `${server.url}/rest/1/secret/` }).portal;
  };

  it('say of each command what they say, and of a missing one nothing', async () => {
    const portal = await batchAnswer({
      result: { c0: 7, c3: null },
      result_error: { c1: { error: '', error_description: 'No <br>way' } },
      result_total: [],
      result_next: [],
      result_time: [],
    });
    const [seven, no, missing, empty] = await Promise.allSettled(many(4, (index) => portal.call(...add(index))));
    expect(seven).toMatchObject({ value: { result: 7, total: null, next: null } });
    expect(no).toMatchObject({ reason: { kind: 'domain', code: '', description: 'No way', message: 'No way' } });
    expect(missing).toMatchObject({ reason: { kind: 'uncertain', code: 'NO_ANSWER' } });
    expect(empty).toMatchObject({ value: { result: null } });
  });

  it.each([
    ['a list instead of results', { result: [], result_error: [] }],
    ['no results at all', []],
    ['text', 'fine'],
  ])('leave every command uncertain: %s', async (_, result) => {
    const portal = await batchAnswer(result);
    expect(await kindsOf([portal.call('profile'), portal.call('scope')])).toEqual(['uncertain', 'uncertain']);
  });

  it.each([
    [{ error: '', error_description: '' }, 400, 'domain'],
    [{ error: 'ERROR_CORE', error_description: 'x' }, 400, 'domain'],
    [{ error: 'ERROR_CORE', error_description: 'x' }, 500, 'uncertain'],
    [{ error: 'INTERNAL_SERVER_ERROR', error_description: 'x' }, 500, 'uncertain'],
    [{ error: 'ERROR_ARGUMENT', error_description: 'x', argument: 'y' }, 400, 'bug'],
    [{ error: 100, error_description: 'Could not find value for parameter {id}' }, 400, 'bug'],
    [{ error: 'ACCESS_DENIED', error_description: 'x' }, 401, 'scope'],
    [{ error: 'PORTAL_DELETED', error_description: 'x' }, 403, 'down'],
    [{ error: 'CONNECTION_ERROR', error_description: 'x' }, 401, 'down'],
    [{ error: 'authorization_error', error_description: 'x' }, 401, 'auth'],
    [{ nothing: 'known' }, 200, 'uncertain'],
    ['just text', 200, 'uncertain'],
  ])('mean what they mean: %j with %i is %s', async (body, status, kind) => {
    const server = await serverThat((_, response) => answerJson(response, body, status));
    const { portal } = opened({ webhook: `${server.url}/rest/1/secret/` });
    await expect(portal.call('crm.lead.get', { id: 1 })).rejects.toMatchObject({ kind });
  });

  it.each([
    [404, 'auth'],
    [403, 'auth'],
    [408, 'uncertain'],
    [502, 'uncertain'],
    [504, 'uncertain'],
    [200, 'uncertain'],
  ])('of something that is no portal: %i is %s', async (status, kind) => {
    const page = '<!DOCTYPE html><html>Sign in</html>';
    const server = await serverThat((_, response) => response.writeHead(status).end(page));
    const { portal } = opened({ webhook: `${server.url}/rest/1/secret/` });
    await expect(portal.call('profile')).rejects.toMatchObject({ kind, code: `HTTP_${status}` });
  });

  it('that end in the middle leave it uncertain', async () => {
    const server = await tcpServerThat((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"result":'));
    });
    const { portal } = opened({ webhook: `http://127.0.0.1:${server.port}/rest/1/secret/` });
    await expect(portal.call('profile')).rejects.toMatchObject({ kind: 'uncertain', code: 'NO_ANSWER' });
  });
});

describe('a portal that was renamed', () => {
  it('is followed with the same request, once, and remembered', async () => {
    const fake = await fakePortal();
    const moved = fake.baseUrl().replace('127.0.0.1', 'localhost');
    const secrets = memorySecrets();
    const { portal } = opened({ webhook: fake.webhookUrl() }, { secrets, allowed: [moved] });
    fake.unkind.add({ kind: 'redirect', times: 1 });
    const { result } = await portal.call('crm.lead.add', { fields: { TITLE: 'moved' } });
    expect((await portal.call('crm.lead.get', { id: result as number })).result).toMatchObject({ TITLE: 'moved' });
    expect(portal.url()).toBe(`${moved}/`);
    const again = opened({ webhook: fake.webhookUrl() }, { secrets, allowed: [moved] });
    await again.portal.call('profile');
    expect(again.logged.map(({ url }) => new URL(url).hostname)).toEqual(['localhost']);
    // Other settings are another portal.
    const other = opened({ webhook: fake.webhookUrl().replace('127.0.0.1', '127.0.0.2') }, { secrets });
    await expect(other.portal.call('profile')).rejects.toMatchObject({ kind: 'refused' });
    expect(other.portal.url()).toContain('127.0.0.2');
  });

  it.each(['http://127.0.0.2:1', 'https://evil.example', 'http://localhost:1'])(
    'is not followed to %s: that may be asked for our tokens',
    async (location) => {
      const fake = await fakePortal();
      fake.unkind.add({ kind: 'redirect', location });
      const { portal, logged } = opened({ webhook: fake.webhookUrl() });
      await expect(portal.call('profile')).rejects.toMatchObject({
        kind: 'auth',
        code: 'MOVED',
        mend: expect.stringContaining('webhook or portal'),
      });
      expect(portal.url()).toBe(`${fake.baseUrl()}/`);
      expect(logged.filter(({ status }) => status !== null)).toHaveLength(1);
    },
  );
});

it('sends a batch as JSON with queries, and a single command as a form', async () => {
  const bodies: { url: string; type: string; body: string }[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', headers } = request;
    bodies.push({ url, type: headers['content-type'] ?? '', body: await bodyOf(request) });
    answerJson(response, { result: { result: { c0: 1, c1: 2 } } });
  };
  const server = await serverThat((request, response) => void answer(request, response));
  const { portal } = opened({ webhook: `${server.url}/rest/1/secret` });
  const params = { FIELDS: { NAME: 'Ёж', FLAG: true, OFF: false, LIST: ['a&b', 'c d'] } };
  await portal.call('Crm.Lead.Add', params);
  await Promise.all([portal.call('profile'), portal.call('crm.lead.add', params)]);
  const read = { FIELDS: { NAME: 'Ёж', FLAG: '1', OFF: '0', LIST: ['a&b', 'c d'] } };
  const [single, batch] = bodies;
  expect(single).toMatchObject({ url: '/rest/1/secret/crm.lead.add', type: 'application/x-www-form-urlencoded' });
  expect(JSON.parse(JSON.stringify(fromQuery(single?.body ?? '')))).toEqual(read);
  expect(batch).toMatchObject({ url: '/rest/1/secret/batch', type: 'application/json' });
  const { halt, cmd } = JSON.parse(batch?.body ?? '') as { halt: number; cmd: Record<string, string> };
  expect({ halt, first: cmd['c0'] }).toEqual({ halt: 0, first: 'profile?' });
  const [method, query = ''] = cmd['c1']?.split('?') ?? [];
  expect(method).toBe('crm.lead.add');
  expect(JSON.parse(JSON.stringify(fromQuery(query)))).toEqual(read);
});
