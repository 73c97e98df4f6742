import { describe, expect, it } from 'vitest';
import type { FakePortal } from './portal.ts';
import type { Unkindness } from './unkindness.ts';
import { call, openPortal, phpQuery, post, result } from './test-client.ts';

const add = (portal: FakePortal): Promise<Response> =>
  fetch(`${portal.webhookUrl()}crm.lead.add?fields[TITLE]=x`, { redirect: 'manual' });
const leads = (portal: FakePortal): number => portal.state.entities.LEAD.size - 1;

/** What one request under a rule meets: its status and text, or nothing, and whether it took effect. */
async function meet(rule: Unkindness): Promise<{ status: number; text: string; type: string; effect: boolean }> {
  const portal = await openPortal();
  portal.unkind.add(rule);
  const response = await add(portal).catch(() => null);
  const text = (await response?.text().catch(() => 'broken')) ?? '';
  const type = response?.headers.get('content-type') ?? '';
  return { status: response?.status ?? 0, text, type, effect: leads(portal) === 1 };
}

describe('the switchboard', () => {
  it('cuts connections before, after and within the answer', async () => {
    expect(await meet({ kind: 'cut-before' })).toMatchObject({ status: 0, effect: false });
    expect(await meet({ kind: 'cut-after' })).toMatchObject({ status: 0, effect: true });
    expect(await meet({ kind: 'cut-middle' })).toMatchObject({ status: 200, text: 'broken', effect: true });
  });

  it('hangs without a word', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'hang' });
    const signal = AbortSignal.timeout(200);
    await expect(fetch(portal.webhookUrl(), { signal, method: 'POST' })).resolves.toHaveProperty('status', 404);
    const hung = fetch(`${portal.webhookUrl()}crm.lead.add`, { signal: AbortSignal.timeout(200) });
    await expect(hung).rejects.toThrow(/timeout/);
    expect(leads(portal)).toBe(0);
  });

  it('cuts a batch after the effect of its first half', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'cut-inside', times: 1 });
    const cmd = { a: 'crm.lead.add', b: 'crm.lead.add', c: 'crm.lead.add', d: 'crm.lead.add' };
    await expect(call(portal, 'batch', { cmd })).rejects.toThrow(/fetch failed/);
    expect(leads(portal)).toBe(2);
  });

  it('answers 503 with and without a body, and HTML', async () => {
    const limit = await meet({ kind: 'limit' });
    expect([limit.status, limit.effect, JSON.parse(limit.text)]).toMatchObject([
      503,
      false,
      { error: 'QUERY_LIMIT_EXCEEDED' },
    ]);
    expect(await meet({ kind: 'limit-empty' })).toMatchObject({ status: 503, text: '', effect: false });
    expect(await meet({ kind: 'html' })).toMatchObject({ status: 502, type: 'text/html', effect: false });
  });

  it('lies: half a JSON with 200, and the wrong content type', async () => {
    const half = await meet({ kind: 'truncate' });
    expect(half).toMatchObject({ status: 200, effect: true });
    expect(() => JSON.parse(half.text) as unknown).toThrow(SyntaxError);
    expect(await meet({ kind: 'wrong-type' })).toMatchObject({ status: 200, type: 'text/plain', effect: true });
  });

  it('moves to another host name, where a POST still works', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'redirect', times: 1 });
    const response = await add(portal);
    const moved = response.headers.get('location') ?? '';
    expect([response.status, leads(portal)]).toEqual([302, 0]);
    expect(new URL(moved).hostname).toBe('localhost');
    expect((await fetch(moved, { method: 'POST' })).status).toBe(200);
    expect(leads(portal)).toBe(1);
  });

  it('is slow before the effect', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'slow', ms: 300 });
    const under = add(portal);
    await expect.poll(() => portal.unkind.struck.get('slow')).toBe(1);
    expect(leads(portal)).toBe(0);
    expect((await under).status).toBe(200);
    expect(leads(portal)).toBe(1);
  });

  it('is slow after the effect', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'slow-answer', ms: 300 });
    let answered = false;
    const under = add(portal).then((response) => {
      answered = true;
      return response;
    });
    await expect.poll(() => leads(portal), { interval: 5 }).toBe(1);
    expect(answered).toBe(false);
    expect((await under).status).toBe(200);
  });

  it('takes a token away, expires all, or revokes all', async () => {
    const portal = await openPortal();
    const rest = `${portal.baseUrl()}/rest/`;
    const error = async (auth: string): Promise<unknown> => (await post(rest, 'profile', { auth })).body['error'];
    const [first, second] = [portal.grant(), portal.grant()];
    portal.unkind.add({ kind: 'revoke', times: 1 });
    expect(await error(first.accessToken)).toBe('invalid_token');
    expect(await error(second.accessToken)).toBeUndefined();
    portal.tokens.expireAll();
    expect(await error(second.accessToken)).toBe('expired_token');
    portal.tokens.revokeAll();
    expect(await error(second.accessToken)).toBe('invalid_token');
  });

  it('refuses one method as it is told, also within a batch', async () => {
    const portal = await openPortal();
    const error = { code: '', description: 'Out of order' };
    portal.unkind.add({ kind: 'refuse', method: 'crm.lead.*', error });
    expect((await call(portal, 'crm.lead.list')).body).toEqual({ error: '', error_description: 'Out of order' });
    const { body } = await call(portal, 'batch', { cmd: { a: 'crm.lead.list', b: 'crm.deal.list' } });
    expect(body['result']).toMatchObject({ result_error: { a: { error: '' } }, result: { b: [{ ID: '1' }] } });
  });

  it('strikes a batch by its commands, the next n times, after the first m', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'limit', method: 'crm.lead.add', times: 2, after: 1 });
    const statuses: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await call(portal, 'batch', { cmd: { other: 'profile' } });
      statuses.push(
        (await call(portal, 'batch', { cmd: { a: `crm.lead.add?${phpQuery({ fields: { TITLE: 'x' } })}` } })).status,
      );
    }
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(portal.unkind.rules()).toEqual([]);
    expect(portal.unkind.struck.get('limit')).toBe(2);
  });

  it('throws the same dice for the same seed', async () => {
    const fates = async (seed: number): Promise<number[]> => {
      const portal = await openPortal({ seed, rate: null });
      portal.unkind.add({ kind: 'limit-empty', probability: 0.5 });
      const statuses: number[] = [];
      for (let turn = 0; turn < 20; turn += 1) statuses.push((await add(portal)).status);
      return statuses;
    };
    const first = await fates(7);
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await fates(7)).toEqual(first);
    expect(await fates(8)).not.toEqual(first);
  });

  it('skews the clock of the portal and of its tokens', async () => {
    const portal = await openPortal();
    const { accessToken } = portal.grant();
    portal.unkind.skewMs = 3_700_000;
    const ahead = Date.parse(await result<string>(portal, 'server.time')) - Date.now();
    expect(Math.abs(ahead - 3_700_000)).toBeLessThan(5000);
    expect((await post(`${portal.baseUrl()}/rest/`, 'profile', { auth: accessToken })).body['error']).toBe(
      'expired_token',
    );
  });
});

describe('a portal that is down', () => {
  it('refuses connections while its socket is closed, and comes back on the same port with all it knew', async () => {
    const portal = await openPortal();
    await add(portal);
    const url = portal.baseUrl();
    await portal.stopListening();
    await expect(add(portal)).rejects.toThrow(/fetch failed|aborted|timeout/);
    await portal.listen();
    expect(portal.baseUrl()).toBe(url);
    expect((await add(portal)).status).toBe(200);
    expect(leads(portal)).toBe(2);
  });

  it('cuts what is under way when it is stopped', async () => {
    const portal = await openPortal();
    portal.unkind.add({ kind: 'slow', ms: 300 });
    const under = add(portal).catch((error: unknown) => String(error));
    await expect.poll(() => portal.unkind.struck.get('slow')).toBe(1);
    await portal.stopListening();
    expect(await under).toContain('fetch failed');
    await portal.listen();
    // Slow as well, and so answered later than the one under way would have been.
    await add(portal);
    expect(leads(portal)).toBe(1);
  });

  it('does no more of a batch once it is stopped', async () => {
    const portal = await openPortal({ takesMs: { 'crm.lead.add': 100 } });
    const under = call(portal, 'batch', { cmd: { a: 'crm.lead.add', b: 'crm.lead.add', c: 'crm.lead.add' } }).catch(
      () => null,
    );
    await expect.poll(() => leads(portal), { interval: 5 }).toBe(1);
    await portal.stopListening();
    expect(await under).toBeNull();
    await portal.listen();
    for (let later = 0; later < 3; later += 1) await call(portal, 'crm.lead.add');
    expect(leads(portal)).toBe(4);
  });

  it('accepts connections and closes them at once', async () => {
    const portal = await openPortal();
    portal.refuseConnections(true);
    await expect(add(portal)).rejects.toThrow(/fetch failed|aborted|timeout/);
    portal.refuseConnections(false);
    expect((await add(portal)).status).toBe(200);
  });

  it('logs every request with what befell it, and no token', async () => {
    const portal = await openPortal({ now: () => 1_700_000_000_000 });
    const { accessToken } = portal.grant();
    await post(`${portal.baseUrl()}/rest/`, 'batch', { auth: accessToken, cmd: { a: 'profile', b: 'no.such' } });
    portal.unkind.add({ kind: 'cut-after' });
    await add(portal).catch(() => null);
    expect(portal.requests).toMatchObject([
      {
        atMs: 1_700_000_000_000,
        method: 'batch',
        batchSize: 2,
        methods: ['profile', 'no.such'],
        status: 200,
        struck: [],
      },
      { method: 'crm.lead.add', batchSize: 1, status: 0, struck: ['cut-after'] },
    ]);
    expect(JSON.stringify(portal.requests)).not.toContain(accessToken);
  });
});
