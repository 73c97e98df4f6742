import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { bodyOf, serverThat } from '../testing/network.ts';
import type { InboundRequest } from '../contract.ts';
import { toQuery } from './php-query.ts';
import type { Params, Portal } from './portal.ts';
import { applicationOf, authorised, fakePortal, memorySecrets, opened } from './testing/open-portal.ts';

const request = (path: string, given: { body?: string; query?: string; method?: string } = {}): InboundRequest => ({
  path,
  method: given.method ?? (given.body === undefined ? 'GET' : 'POST'),
  query: new URLSearchParams(given.query ?? ''),
  headers: {},
  body: Buffer.from(given.body ?? ''),
});

/** An address at which the portal's requests arrive. */
async function doorOf(portal: Portal): Promise<string> {
  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const { pathname, search } = new URL(incoming.url ?? '/', 'http://door');
    const body = await bodyOf(incoming);
    const sent = { body, query: search, method: incoming.method ?? 'GET' };
    const given = await portal.receive(request(pathname, sent));
    response.writeHead(given?.status ?? 404).end(given?.body);
  };
  return (await serverThat((incoming, response) => void answer(incoming, response))).url;
}

const event = (auth: Params, data: Params = { CALL_ID: 'x' }) =>
  Buffer.from(toQuery({ event: 'OnExternalCallStart', data, ts: 1773236988, auth }));

describe('the installation of an application', () => {
  it('gives us tokens, and the token by which events are known', async () => {
    const fake = await fakePortal();
    const { portal } = opened(applicationOf(fake));
    await expect(portal.call('profile')).rejects.toMatchObject({ code: 'NOT_AUTHORISED' });
    expect(await fake.install(`${await doorOf(portal)}/install`)).toBe(200);
    // At once, although the portal was left alone for a moment for the want of tokens.
    expect((await portal.call('profile')).result).toMatchObject({ ID: '1' });
    const { applicationToken } = fake.app();
    const genuine = { application_token: applicationToken, member_id: fake.settings.memberId, user_id: '12' };
    expect(await portal.verifyEvent(event(genuine))).toEqual({
      event: 'ONEXTERNALCALLSTART',
      data: { CALL_ID: 'x' },
      atMs: 1_773_236_988_000,
      userId: '12',
    });
    for (const auth of [
      { ...genuine, application_token: `${applicationToken}x` },
      { ...genuine, application_token: '' },
      { ...genuine, application_token: [applicationToken] },
      { ...genuine, member_id: 'other' },
      { member_id: fake.settings.memberId },
      {},
    ]) {
      expect(await portal.verifyEvent(event(auth))).toBeNull();
    }
    expect(await portal.verifyEvent(Buffer.from('garbage'))).toBeNull();
  });

  it('is refused for who is no administrator, and with tokens that the portal does not know', async () => {
    const fake = await fakePortal();
    const { portal } = opened(applicationOf(fake));
    const door = `${await doorOf(portal)}/install`;
    expect(await fake.install(door, 12)).toBe(403);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const forged = toQuery({
      event: 'ONAPPINSTALL',
      auth: {
        access_token: 'made-up',
        refresh_token: 'made-up',
        expires_in: 3600,
        application_token: 'mine',
        member_id: 'x',
      },
    });
    expect(await portal.receive(request('/install', { body: forged }))).toMatchObject({ status: 403 });
    expect(await portal.receive(request('/install', { body: forged }))).toMatchObject({ status: 429 });
    expect(await portal.verifyEvent(event({ application_token: 'mine', member_id: 'x' }))).toBeNull();
    expect(portal.status().access).toBe('not authorised');
  });

  it('says what it is to whoever comes with something else', async () => {
    const fake = await fakePortal();
    const { portal } = opened(applicationOf(fake));
    for (const other of [request('/install'), request('/install', { body: 'AUTH_ID=1' }), request('/oauth')]) {
      expect(await portal.receive(other)).toMatchObject({ status: 400 });
    }
    expect(await portal.receive(request('/event'))).toBeNull();
    const hook = opened({ webhook: fake.webhookUrl() });
    expect(await hook.portal.receive(request('/install'))).toMatchObject({ status: 404 });
    expect(await hook.portal.authorizeUrl()).toBeNull();
  });
});

describe('the authorisation on the portal’s page', () => {
  it('leads to tokens, once', async () => {
    const fake = await fakePortal();
    const secrets = memorySecrets();
    const { portal } = opened(applicationOf(fake), { secrets });
    fake.app().handlerUrl = `${await doorOf(portal)}/oauth`;
    const url = await portal.authorizeUrl();
    const page = await fetch(url ?? '', { redirect: 'manual' });
    const back = page.headers.get('location') ?? '';
    expect((await fetch(back)).status).toBe(200);
    await portal.call('profile');
    expect((await fetch(back)).status).toBe(400);
  });

  it('does not take a code that we did not ask for', async () => {
    const fake = await fakePortal();
    const { portal, logged } = opened(applicationOf(fake));
    await portal.authorizeUrl();
    for (const query of ['code=x', 'code=x&state=', 'code=x&state=guess', 'state=x']) {
      expect(await portal.receive(request('/oauth', { query }))).toMatchObject({ status: 400 });
    }
    expect(logged).toEqual([]);
  });

  it('learns the token of events from the first genuine one', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    const tokens = JSON.parse(secrets.stored.get('tokens') ?? '') as object;
    secrets.stored.set('tokens', JSON.stringify({ ...tokens, applicationToken: null }));
    const { portal } = opened(applicationOf(fake), { secrets });
    const genuine = { application_token: fake.app().applicationToken, member_id: fake.settings.memberId };
    const forged = { ...genuine, application_token: 'mine', access_token: 'made-up', expires_in: '3600' };
    expect(await portal.verifyEvent(event(genuine))).toBeNull();
    expect(await portal.verifyEvent(event(forged))).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    const access_token = fake.grant(12).accessToken;
    expect(await portal.verifyEvent(event({ ...genuine, access_token }))).not.toBeNull();
    expect(await portal.verifyEvent(event(genuine))).not.toBeNull();
    // Ours are still ours.
    expect((await portal.call('profile')).result).toMatchObject({ ID: '1' });
  });
});

it('knows events of an outgoing webhook by its token', async () => {
  const fake = await fakePortal();
  const { portal } = opened({ webhook: fake.webhookUrl(), eventToken: 'from-the-settings' });
  expect(await portal.verifyEvent(event({ application_token: 'from-the-settings', member_id: 'any' }))).not.toBeNull();
  expect(await portal.verifyEvent(event({ application_token: 'another' }))).toBeNull();
  const without = opened({ webhook: fake.webhookUrl() });
  expect(await without.portal.verifyEvent(event({ application_token: 'undefined' }))).toBeNull();
});
