import { describe, expect, it } from 'vitest';
import { asApp, call, openPortal, post } from './test-client.ts';

const json = (url: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

describe('routes and parsing', () => {
  it('answers under every shape of address', async () => {
    const portal = await openPortal();
    const { accessToken } = portal.grant();
    const addresses = [
      `${portal.webhookUrl()}Server.Time`,
      `${portal.webhookUrl()}server.time.json`,
      `${portal.webhookUrl()}server.time/`,
      `${portal.baseUrl()}/rest/server.time?auth=${accessToken}`,
      `${portal.baseUrl()}/rest/server.time.json?access_token=${accessToken}`,
    ];
    const statuses = await Promise.all(addresses.map(async (address) => (await fetch(address)).status));
    expect(statuses).toEqual(addresses.map(() => 200));
    const bearer = await json(`${portal.baseUrl()}/rest/profile`, '{}', { authorization: `Bearer ${accessToken}` });
    expect(bearer.status).toBe(200);
  });

  it('reads form, JSON, multipart and query alike, the body winning over the query', async () => {
    const portal = await openPortal();
    const phone = { type: 'PHONE', values: ['+79261000001'] };
    const form = new FormData();
    form.set('type', 'PHONE');
    form.set('values[0]', '+79261000001');
    const url = `${portal.webhookUrl()}crm.duplicate.findbycomm`;
    const answers = [
      await (await json(url, JSON.stringify(phone))).json(),
      (await call(portal, 'crm.duplicate.findbycomm', phone)).body,
      await (await fetch(url, { method: 'POST', body: form })).json(),
      await (await json(`${url}?type=EMAIL`, JSON.stringify(phone))).json(),
      await (await fetch(`${url}?type=PHONE&values[]=%2B79261000001`)).json(),
    ] as { result: unknown }[];
    for (const { result } of answers) expect(result).toEqual({ CONTACT: [1] });
  });

  it('silently ignores broken JSON and JSON without its header', async () => {
    const portal = await openPortal();
    const url = `${portal.webhookUrl()}telephony.externalcall.register`;
    const broken = await (await json(url, '{"USER_ID": 11')).json();
    const plain = await (await json(url, '{"USER_ID":11}', { 'content-type': 'text/plain' })).json();
    for (const body of [broken, plain])
      expect(body).toEqual({ error: '', error_description: 'USER_ID or USER_PHONE_INNER should be set' });
  });
});

describe('envelope', () => {
  it('has time on success only, with operating time in the cloud only', async () => {
    const portal = await openPortal();
    const { body } = await call(portal, 'profile');
    expect(body['time']).toMatchObject({ operating: 0, duration: expect.any(Number) as number });
    expect(Object.keys((await call(portal, 'crm.lead.get', { id: 999 })).body)).toEqual(['error', 'error_description']);
    portal.settings.edition = 'box';
    expect((await call(portal, 'profile')).body['time']).not.toHaveProperty('operating');
  });

  it('gives domain errors the code "" or ERROR_CORE', async () => {
    const portal = await openPortal();
    expect(await call(portal, 'crm.lead.get', { id: 999 })).toMatchObject({ status: 400, body: { error: '' } });
    portal.settings.emptyErrorCodes = false;
    expect((await call(portal, 'crm.lead.get', { id: 999 })).body['error']).toBe('ERROR_CORE');
  });

  it('pages by fifty, and with start=-1 without counting', async () => {
    const portal = await openPortal();
    for (let index = 0; index < 60; index += 1) portal.addEntity('COMPANY', { TITLE: `C${index}` });
    const first = (await call(portal, 'crm.company.list')).body;
    expect(first).toMatchObject({ total: 61, next: 50 });
    const second = (await call(portal, 'crm.company.list', { start: 50 })).body;
    expect(second['result']).toHaveLength(11);
    expect(second).not.toHaveProperty('next');
    const uncounted = (await call(portal, 'crm.company.list', { start: -1, filter: { '>ID': 50 } })).body;
    expect(uncounted).toMatchObject({ total: 0 });
    expect(uncounted['result']).toHaveLength(11);
    expect(uncounted).not.toHaveProperty('next');
  });
});

describe('refusals', () => {
  it('refuses a wrong secret with 401 as the source, or 403 as the documents', async () => {
    const portal = await openPortal();
    const wrong = `${portal.baseUrl()}/rest/1/wrongwebhooksecr/`;
    expect(await post(wrong, 'profile')).toMatchObject({ status: 401, body: { error: 'INVALID_CREDENTIALS' } });
    portal.settings.documentedStatuses = true;
    expect((await post(wrong, 'profile')).status).toBe(403);
  });

  it('refuses what the scopes do not cover, also within a batch', async () => {
    const portal = await openPortal({ webhooks: [{ userId: 1, secret: 'narrow', scopes: ['crm'] }] });
    expect(await call(portal, 'tasks.task.list')).toMatchObject({ status: 401, body: { error: 'insufficient_scope' } });
    const batch = await call(portal, 'batch', { cmd: { t: 'tasks.task.list', c: 'crm.lead.list' } });
    expect(batch).toMatchObject({
      status: 200,
      body: { result: { result_error: { t: { error: 'insufficient_scope' } }, result: { c: [{ ID: '1' }] } } },
    });
    expect((await call(portal, 'scope')).body['result']).toEqual(['crm']);
  });

  it('refuses a webhook what belongs to applications, and telephony when told so', async () => {
    const portal = await openPortal();
    const denied = { status: 403, body: { error: 'WRONG_AUTH_TYPE' } };
    for (const method of ['app.info', 'event.bind', 'event.get', 'event.offline.get'])
      expect(await call(portal, method)).toMatchObject(denied);
    expect((await call(portal, 'telephony.externalLine.get')).status).toBe(200);
    portal.settings.webhookTelephonyAllowed = false;
    for (const name of ['externalCall.register', 'externalCall.finish', 'externalLine.get'])
      expect(await call(portal, `telephony.${name}`)).toMatchObject(denied);
    expect((await asApp(portal)('telephony.externalLine.get')).status).toBe(200);
  });

  it('knows no such method, no token, no user', async () => {
    const portal = await openPortal();
    expect(await call(portal, 'no.such')).toMatchObject({ status: 404, body: { error: 'ERROR_METHOD_NOT_FOUND' } });
    const rest = `${portal.baseUrl()}/rest/`;
    expect(await post(rest, 'profile')).toMatchObject({ status: 401, body: { error: 'NO_AUTH_FOUND' } });
    expect(await post(rest, 'profile', { auth: 'x' })).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
    portal.state.users.get(1)!.active = false;
    expect(await call(portal, 'profile')).toMatchObject({ status: 401, body: { error: 'authorization_error' } });
  });

  it('tells which methods there are', async () => {
    const portal = await openPortal();
    expect((await call(portal, 'methods')).body['result']).toContain('telephony.externalcall.register');
    const probe = async (name: string): Promise<unknown> => (await call(portal, 'method.get', { name })).body['result'];
    expect(await probe('crm.lead.add')).toEqual({ isExisting: true, isAvailable: true });
    expect(await probe('crm.no')).toEqual({ isExisting: false, isAvailable: false });
  });
});
