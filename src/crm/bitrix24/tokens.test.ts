import { describe, expect, it } from 'vitest';
import { answerJson, silent, serverThat, testHttp } from '../testing/network.ts';
import { authServerOf, serversOf } from './oauth.ts';
import { applicationOf, authorised, fakePortal, memorySecrets, opened } from './testing/open-portal.ts';
import { TokenKeeper } from './tokens.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const tokensIn = (secrets: { stored: Map<string, string> }) =>
  JSON.parse(secrets.stored.get('tokens') ?? 'null') as { accessToken: string; refreshToken: string };
const hour = 3_600_000;

describe('the tokens of an application', () => {
  it('are renewed once for 50 calls that find them expired, and no call is lost or repeated', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    const { portal, logged } = opened(applicationOf(fake), { secrets });
    const before = tokensIn(secrets);
    // The portal's clock runs ahead: by ours the token still holds.
    fake.unkind.skewMs = 2 * hour;
    const leads = fake.state.entities.LEAD.size;
    const calls = many(50, (index) =>
      portal.call('crm.lead.add', { fields: { TITLE: `L${index}` } }, { lane: index % 3 === 0 ? 'live' : 'usual' }),
    );
    await Promise.all(calls);
    expect(logged.filter(({ request }) => request.startsWith('oauth/token refresh_token'))).toHaveLength(1);
    expect(fake.state.entities.LEAD.size - leads).toBe(50);
    const after = tokensIn(secrets);
    expect(after.accessToken).not.toBe(before.accessToken);
    expect(after.refreshToken).not.toBe(before.refreshToken);
    expect(portal.status().access).toBe('authorised');
  });

  it('are renewed before they end, without anybody waiting', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    let nowMs = Date.now();
    const { portal, logged } = opened(applicationOf(fake), { secrets, now: () => nowMs });
    await portal.call('profile');
    nowMs += hour - 60_000;
    const old = tokensIn(secrets).accessToken;
    await Promise.all([portal.call('profile'), portal.call('scope')]);
    await expect.poll(() => tokensIn(secrets).accessToken).not.toBe(old);
    await portal.call('profile');
    // The renewal may have overtaken the batch, whose commands then went again: nobody notices.
    expect(logged.filter(({ request }) => request.startsWith('oauth/token'))).toHaveLength(1);
  });

  it('are never used before they are stored, nor lost when they cannot be', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    let isBroken = true;
    const put = (name: string, value: string) =>
      isBroken ? Promise.reject(new Error('disk full')) : Promise.resolve(void secrets.stored.set(name, value));
    const { portal, logged } = opened(applicationOf(fake), { secrets: { ...secrets, put } });
    fake.unkind.skewMs = 2 * hour;
    await expect(portal.call('profile')).rejects.toMatchObject({ kind: 'down', code: 'NO_STORE' });
    const done = fake.requests.filter(({ method, status }) => method === 'profile' && status === 200);
    expect(done).toEqual([]);
    isBroken = false;
    await new Promise((resolve) => setTimeout(resolve, (portal.status().pausedUntilMs ?? 0) - Date.now() + 20));
    await portal.call('profile');
    // The pair that could not be stored was kept: the server was not asked again.
    expect(logged.filter(({ request }) => request.startsWith('oauth/token'))).toHaveLength(1);
  });

  it('that were renewed and lost in between ask for a new installation, once', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    // As if the program had been killed between the server's answer and the storing.
    const { refreshToken } = tokensIn(secrets);
    fake.tokens.refresh(refreshToken, fake.app().clientId, fake.now(), 3600);
    fake.unkind.skewMs = 2 * hour;
    const { portal, logged } = opened(applicationOf(fake), { secrets });
    const refused = {
      kind: 'auth',
      code: 'invalid_grant',
      mend: expect.stringContaining('Install the application again'),
    };
    await expect(portal.call('profile')).rejects.toMatchObject(refused);
    expect(portal.status()).toMatchObject({ access: 'not authorised', lastError: refused });
    await new Promise((resolve) => setTimeout(resolve, 520));
    await expect(portal.call('profile')).rejects.toMatchObject(refused);
    expect(logged.filter(({ request }) => request.startsWith('oauth/token'))).toHaveLength(1);
  });

  it('that another process has renewed are taken from the database', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    const { portal, logged } = opened(applicationOf(fake), { secrets });
    await portal.call('profile');
    const other = authorised(fake).stored.get('tokens') ?? '';
    fake.tokens.revokeAccess(tokensIn(secrets).accessToken);
    secrets.stored.set('tokens', other);
    await portal.call('profile');
    expect(logged.map(({ request }) => request.split('\n')[0])).toEqual(['profile', 'profile', 'profile']);
  });

  it('that the portal does not take even when they are new are not renewed for ever', async () => {
    const fake = await fakePortal();
    const secrets = authorised(fake);
    const { portal, logged } = opened(applicationOf(fake), { secrets });
    fake.unkind.add({ kind: 'revoke' });
    await expect(portal.call('profile')).rejects.toMatchObject({ kind: 'auth', code: 'invalid_token' });
    expect(logged.filter(({ request }) => request.startsWith('oauth/token'))).toHaveLength(1);
    expect(fake.requests.filter(({ method }) => method === 'profile')).toHaveLength(2);
  });

  it('are missing until the application is installed', async () => {
    const fake = await fakePortal();
    const { portal } = opened(applicationOf(fake));
    await expect(portal.call('profile')).rejects.toMatchObject({
      kind: 'auth',
      code: 'NOT_AUTHORISED',
      mend: expect.stringContaining('Install the local application'),
    });
    expect(fake.requests).toEqual([]);
  });
});

describe('the authorisation server', () => {
  const keeperAt = (url: string) => {
    const secrets = memorySecrets();
    const stored = { accessToken: 'old', refreshToken: 'r1', expiresAtMs: 0, memberId: 'm', userId: '1' };
    secrets.stored.set('tokens', JSON.stringify({ ...stored, serverEndpoint: '', applicationToken: 'a' }));
    const client = { clientId: 'local.1', clientSecret: 's', authServer: url };
    return new TokenKeeper({ http: testHttp([url]).http, secrets, client, logger: silent, now: Date.now });
  };

  it.each([
    [{ error: 'invalid_client', error_description: 'x' }, 400, 'auth', 'clientSecret'],
    [{ error: 'wrong_client', error_description: 'x' }, 400, 'auth', 'clientSecret'],
    [{ error: 'invalid_grant', error_description: 'x' }, 400, 'auth', 'Install the application again'],
    [{ error: 'PAYMENT_REQUIRED', error_description: 'x' }, 402, 'auth', 'plan'],
    [{ error: 'INTERNAL_SERVER_ERROR', error_description: 'x' }, 500, 'down', 'authServer'],
    ['<html>', 502, 'down', 'authServer'],
    [{}, 200, 'down', 'authServer'],
  ])('says %j with %i: %s', async (body, status, kind, mend) => {
    const server = await serverThat((_, response) => answerJson(response, body, status));
    await expect(keeperAt(server.url).current()).rejects.toMatchObject({ kind, mend: expect.stringContaining(mend) });
  });

  it('that cannot be reached leaves all as it is: a closed network needs a webhook', async () => {
    await expect(keeperAt('http://127.0.0.1:1').current()).rejects.toMatchObject({
      kind: 'down',
      code: 'NO_AUTH_SERVER',
    });
  });

  it('is the vendor’s, whatever an event names', () => {
    expect(authServerOf(undefined, '')).toBe('https://oauth.bitrix.info');
    expect(authServerOf(undefined, 'https://oauth.bitrix24.tech/rest/')).toBe('https://oauth.bitrix24.tech');
    expect(authServerOf(undefined, 'oauth.bitrix24.tech')).toBe('https://oauth.bitrix24.tech');
    for (const evil of [
      'https://oauth.bitrix.info.evil.example/rest/',
      'http://oauth.bitrix.info/rest/',
      'https://oauth.bitrix.info:8443/',
      'https://oauth.bitrix.info@evil.example/',
      'file:///etc/passwd',
      '::',
    ]) {
      expect(authServerOf(undefined, evil)).toBe('https://oauth.bitrix.info');
    }
    expect(authServerOf('http://127.0.0.1:9/', 'https://oauth.bitrix24.tech/rest/')).toBe('http://127.0.0.1:9');
  });

  it('is among the servers that a connection may ask, and with the cloud every name that a portal can get', () => {
    expect(serversOf({ portal: 'https://company.bitrix24.ru' })).toEqual([
      'https://oauth.bitrix.info',
      'https://oauth.bitrix24.tech',
      'https://*.bitrix24.ru',
    ]);
    expect(serversOf({ webhook: 'https://company.bitrix24.com.br/rest/1/x/' })).toEqual(['https://*.bitrix24.com.br']);
    expect(serversOf({ webhook: 'https://b24.company.example/rest/1/x/' })).toEqual([]);
  });
});
