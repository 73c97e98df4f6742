import { describe, expect, it } from 'vitest';
import type { FakePortal } from './portal.ts';
import { listen } from './test-listener.ts';
import { openPortal, post } from './test-client.ts';

const token = async (
  portal: FakePortal,
  params: object,
): Promise<{ status: number; body: Record<string, unknown> }> => {
  const { clientId, clientSecret } = portal.app();
  return post(`${portal.baseUrl()}/oauth/`, 'token/', { client_id: clientId, client_secret: clientSecret, ...params });
};

const codeOf = async (portal: FakePortal): Promise<string> => {
  const query = new URLSearchParams({ client_id: portal.app().clientId, state: 'mine' });
  const response = await fetch(`${portal.baseUrl()}/oauth/authorize/?${query.toString()}`, { redirect: 'manual' });
  const back = new URL(response.headers.get('location') ?? '');
  expect(back.searchParams.get('state')).toBe('mine');
  return back.searchParams.get('code') ?? '';
};

describe('OAuth', () => {
  it('gives a pair for a code, once and within thirty seconds', async () => {
    let now = 1_000_000_000_000;
    const portal = await openPortal({ now: () => now });
    const code = await codeOf(portal);
    const first = await token(portal, { grant_type: 'authorization_code', code });
    expect(first).toMatchObject({ status: 200, body: { expires_in: 3600, user_id: 1, status: 'L' } });
    expect(first.body['server_endpoint']).toBe(`${portal.baseUrl()}/rest/`);
    expect((await token(portal, { grant_type: 'authorization_code', code })).body['error']).toBe('invalid_grant');
    const late = await codeOf(portal);
    now += 31_000;
    expect((await token(portal, { grant_type: 'authorization_code', code: late })).body['error']).toBe('invalid_grant');
  });

  it('lets the access token expire after an hour and the refresh kill the old pair', async () => {
    let now = 1_000_000_000_000;
    const portal = await openPortal({ now: () => now });
    const old = portal.grant();
    const rest = `${portal.baseUrl()}/rest/`;
    expect((await post(rest, 'profile', { auth: old.accessToken })).status).toBe(200);
    now += 3_600_001;
    const expired = { status: 401, body: { error: 'expired_token' } };
    expect(await post(rest, 'profile', { auth: old.accessToken })).toMatchObject(expired);
    const refresh = { grant_type: 'refresh_token', refresh_token: old.refreshToken };
    const { body } = await token(portal, refresh);
    expect((await post(rest, 'profile', { auth: body['access_token'] })).status).toBe(200);
    expect(await token(portal, refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
    await token(portal, { grant_type: 'refresh_token', refresh_token: body['refresh_token'] });
    expect(await post(rest, 'profile', { auth: body['access_token'] })).toMatchObject(expired);
  });

  it('refuses a wrong secret and an unknown grant', async () => {
    const portal = await openPortal();
    expect((await token(portal, { client_secret: 'no' })).body['error']).toBe('invalid_client');
    expect((await token(portal, { grant_type: 'password' })).body['error']).toBe('invalid_request');
  });

  it('loses a refreshed pair when the connection is cut after the effect', async () => {
    const portal = await openPortal();
    const { refreshToken } = portal.grant();
    portal.unkind.add({ kind: 'cut-after', method: 'oauth.token', times: 1 });
    const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken };
    await expect(token(portal, refresh)).rejects.toThrow(/fetch failed|aborted|timeout/);
    expect((await token(portal, refresh)).body['error']).toBe('invalid_grant');
    expect(portal.requests.map(({ method, status }) => [method, status])).toEqual([
      ['oauth.token', 0],
      ['oauth.token', 400],
    ]);
  });

  it('installs a local application by a form with tokens that work', async () => {
    const portal = await openPortal();
    const listener = await listen();
    expect(await portal.install(listener.url)).toBe(200);
    const event = listener.events[0]!;
    expect(event).toMatchObject({ event: 'ONAPPINSTALL', data: { INSTALLED: 'Y' }, auth: { expires_in: '3600' } });
    expect(event['auth']).toMatchObject({ application_token: portal.app().applicationToken, status: 'L' });
    const { access_token: access } = event['auth'] as Record<string, string>;
    const info = await post(`${portal.baseUrl()}/rest/`, 'app.info', { auth: access });
    expect(info.body['result']).toMatchObject({ INSTALLED: true, STATUS: 'L' });
    expect(await portal.uninstall(listener.url)).toBe(200);
    expect(listener.events[1]!['auth']).not.toHaveProperty('access_token');
  });
});
