import { describe, expect, it } from 'vitest';
import type { FakePortal } from './portal.ts';
import type { PhpMap } from './php.ts';
import { asApp, call, finish, openPortal, post } from './test-client.ts';
import { listen } from './test-listener.ts';

const CLICK = { userId: 11, phone: '8 (926) 100-00-01' };

const bindOffline = async (portal: FakePortal, event: string): Promise<ReturnType<typeof asApp>> => {
  const app = asApp(portal);
  expect((await app('event.bind', { event, event_type: 'offline' })).status).toBe(200);
  return app;
};

interface Fetched {
  process_id: string | null;
  events: { EVENT_NAME: string; EVENT_DATA: PhpMap; MESSAGE_ID: string }[];
}
const fetched = async (app: ReturnType<typeof asApp>, params: object = {}): Promise<Fetched> =>
  (await app('event.offline.get', params)).body['result'] as Fetched;

describe('binding', () => {
  it('refuses what is bound, unknown, or no public address', async () => {
    const portal = await openPortal();
    const app = asApp(portal);
    const code = async (event: string, handler: string): Promise<unknown> =>
      (await app('event.bind', { event, handler })).body['error'];
    const handler = 'https://patchcord.example.org/handler';
    expect(await code('OnExternalCallStart', handler)).toBeUndefined();
    expect((await app('event.bind', { event: 'onexternalcallstart', handler })).body).toEqual({
      error: 'ERROR_CORE',
      error_description: 'Unable to set event handler: Handler already binded',
    });
    expect(await code('OnNothing', handler)).toBe('ERROR_EVENT_NOT_FOUND');
    expect(await code('OnExternalCallStart', 'http://localhost/x')).toBe('ERROR_WRONG_HANDLER_URL');
    expect(await code('OnExternalCallStart', 'ftp://a.b/x')).toBe('ERROR_UNSUPPORTED_PROTOCOL');
    expect(await code('OnExternalCallStart', '')).toBe('ERROR_ARGUMENT');
    expect((await app('event.get')).body['result']).toEqual([
      { event: 'ONEXTERNALCALLSTART', handler, auth_type: '0', offline: 0 },
    ]);
    expect((await app('event.unbind', { event: 'OnExternalCallStart', handler })).body['result']).toEqual({ count: 1 });
    expect((await app('event.get')).body['result']).toEqual([]);
  });

  it('is gone after an update of the application', async () => {
    const portal = await openPortal();
    const app = asApp(portal);
    await app('event.bind', { event: 'OnExternalCallStart', event_type: 'offline' });
    expect((await app('event.get')).body['result']).toEqual([
      { event: 'ONEXTERNALCALLSTART', connector_id: '', offline: 1 },
    ]);
    portal.updateApp();
    expect((await app('event.get')).body['result']).toEqual([]);
  });

  it('lets no one but an administrator bind offline, and nobody else for others', async () => {
    const portal = await openPortal();
    const employee = asApp(portal, 11);
    const offline = { event: 'OnExternalCallStart', event_type: 'offline' };
    expect((await employee('event.bind', offline)).body['error']).toBe('ACCESS_DENIED');
    await employee('event.bind', { event: 'OnExternalCallStart', handler: 'http://a.example/x', auth_type: 1 });
    expect(portal.state.handlers.all()[0]!.userId).toBe(11);
  });
});

describe('online events', () => {
  it('post a click as a form, once, with the application token and the clicker’s access', async () => {
    const portal = await openPortal();
    const listener = await listen();
    await asApp(portal)('event.bind', { event: 'OnExternalCallStart', handler: listener.url });
    const callId = portal.clickToCall({ ...CLICK, entity: { type: 'CONTACT', id: 1 } });
    await portal.eventsSettled();
    expect(listener.contentTypes).toEqual(['application/x-www-form-urlencoded']);
    expect(JSON.parse(JSON.stringify(listener.events))).toMatchObject([
      {
        event: 'ONEXTERNALCALLSTART',
        event_handler_id: '1',
        data: {
          PHONE_NUMBER: '8 (926) 100-00-01',
          PHONE_NUMBER_INTERNATIONAL: '+79261000001',
          USER_ID: '11',
          CALL_ID: callId,
          CRM_ENTITY_TYPE: 'CONTACT',
          CRM_ENTITY_ID: '1',
          LINE_NUMBER: '',
          IS_MOBILE: '0',
          EXTENSION: '',
        },
        auth: { application_token: portal.app().applicationToken, member_id: portal.settings.memberId, user_id: '11' },
      },
    ]);
    const { access_token: access, refresh_token: refresh } = listener.events[0]!['auth'] as PhpMap;
    expect(refresh).toBeUndefined();
    const me = await post(`${portal.baseUrl()}/rest/`, 'profile', { auth: access });
    expect(me.body['result']).toMatchObject({ ID: '11' });
  });

  it('register the clicked call, again the same within thirty minutes until it is finished', async () => {
    const portal = await openPortal();
    const first = portal.clickToCall(CLICK);
    expect(portal.clickToCall(CLICK)).toBe(first);
    expect(portal.calls()[0]).toMatchObject({
      live: true,
      type: 1,
      externalCallId: '',
      primary: { type: 'CONTACT', id: 1 },
    });
    expect((await finish(portal, first, { STATUS_CODE: '603-S' })).status).toBe(200);
    expect(portal.clickToCall(CLICK)).not.toBe(first);
  });

  it('use the planned activity of an answered click, and make a lead when the line says so', async () => {
    const portal = await openPortal();
    await asApp(portal)('telephony.externalLine.add', { NUMBER: '74950000000' });
    const COMMUNICATIONS = [{ TYPE: 'PHONE', VALUE: '+79261000001' }];
    const fields = { OWNER_TYPE_ID: 3, OWNER_ID: 1, TYPE_ID: 2, SUBJECT: 'Call Ivan', COMMUNICATIONS };
    const planned = (await call(portal, 'crm.activity.add', { fields })).body['result'] as number;
    const callId = portal.clickToCall({ ...CLICK, activityId: planned });
    await finish(portal, callId, { DURATION: 9 });
    expect(portal.calls()[0]!.activities).toMatchObject([
      { ID: String(planned), SUBJECT: 'Call Ivan', COMPLETED: 'Y' },
    ]);
    portal.clickToCall({ userId: 11, phone: '+79990000009', line: '74950000000' });
    expect(portal.calls().at(-1)).toMatchObject({ line: '74950000000', created: [{ type: 'LEAD', id: 2 }] });
  });

  it('are lost when the handler fails, and carry no tokens when an application was the cause', async () => {
    const portal = await openPortal();
    const listener = await listen();
    listener.status = 500;
    const app = asApp(portal);
    await app('event.bind', { event: 'OnCrmLeadAdd', handler: listener.url });
    await app('crm.lead.add', { fields: { TITLE: 'x' } });
    await portal.eventsSettled();
    expect(portal.state.deliveries).toMatchObject([
      { event: 'ONCRMLEADADD', status: 500, data: { FIELDS: { ID: '2' } } },
    ]);
    expect(listener.events).toHaveLength(1);
    expect(listener.events[0]!['auth']).not.toHaveProperty('access_token');
  });

  it('reach an outgoing webhook with its own token and nothing more', async () => {
    const portal = await openPortal();
    const listener = await listen();
    portal.addOutgoingWebhook({ url: listener.url, events: ['ONEXTERNALCALLBACKSTART'], token: 'from-the-form' });
    portal.callbackForm({ phone: '+79990001122', text: 'Site', entity: { type: 'LEAD', id: 1 } });
    portal.clickToCall(CLICK);
    await portal.eventsSettled();
    expect(JSON.parse(JSON.stringify(listener.events))).toMatchObject([
      { event: 'ONEXTERNALCALLBACKSTART', data: { PHONE_NUMBER: '+79990001122', TEXT: 'Site', CRM_ENTITY_ID: '1' } },
    ]);
    expect(Object.keys(listener.events[0]!['auth'] as PhpMap).toSorted()).toEqual([
      'application_token',
      'client_endpoint',
      'domain',
      'member_id',
      'server_endpoint',
    ]);
  });

  it('of a click reach only the application whose line it was', async () => {
    const portal = await openPortal();
    const [first, second] = [await listen(), await listen()];
    const other = { ...portal.app(), clientId: 'local.other', name: 'Other' };
    portal.settings.apps.push(other);
    const rest = (method: string, params: object): Promise<unknown> =>
      post(`${portal.baseUrl()}/rest/`, method, { ...params, auth: portal.grant(1, other).accessToken });
    await asApp(portal)('event.bind', { event: 'OnExternalCallStart', handler: first.url });
    await rest('event.bind', { event: 'OnExternalCallStart', handler: second.url });
    await rest('telephony.externalLine.add', { NUMBER: '74950000002' });
    portal.clickToCall({ ...CLICK, line: '74950000002' });
    portal.clickToCall({ ...CLICK, userId: 12, line: 'REST_APP:local.other' });
    portal.clickToCall({ ...CLICK, userId: 13 });
    await portal.eventsSettled();
    expect([first.events.length, second.events.length]).toEqual([1, 2]);
  });

  it('do not reach an application that is not installed', async () => {
    const portal = await openPortal();
    await asApp(portal)('event.bind', { event: 'OnExternalCallStart', handler: (await listen()).url });
    portal.app().installed = false;
    portal.clickToCall(CLICK);
    expect(portal.state.deliveries).toEqual([]);
  });
});

describe('offline events', () => {
  it('are taken at once with clear=1, and equal ones collapse', async () => {
    const portal = await openPortal();
    const app = await bindOffline(portal, 'OnExternalCallBackStart');
    portal.callbackForm({ phone: '+79990001122' });
    portal.callbackForm({ phone: '+79990001122' });
    portal.callbackForm({ phone: '+79990001133' });
    const { process_id: processId, events } = await fetched(app);
    expect(processId).toBeNull();
    expect(events.map(({ EVENT_DATA }) => EVENT_DATA['PHONE_NUMBER'])).toEqual(['+79990001122', '+79990001133']);
    expect((await fetched(app)).events).toEqual([]);
  });

  it('are marked with clear=0, and go when confirmed', async () => {
    const portal = await openPortal();
    const app = await bindOffline(portal, 'OnExternalCallStart');
    const callId = portal.clickToCall(CLICK);
    portal.clickToCall({ ...CLICK, userId: 12 });
    const { process_id: id, events } = await fetched(app, { clear: 0 });
    expect(events[0]).toMatchObject({ EVENT_NAME: 'ONEXTERNALCALLSTART', EVENT_DATA: { CALL_ID: callId } });
    expect((await fetched(app, { clear: 0 })).events).toEqual([]);
    expect((await fetched(app, { clear: 0, process_id: id })).events).toHaveLength(2);
    await app('event.offline.clear', { process_id: id, message_id: [events[0]!.MESSAGE_ID] });
    expect(portal.state.offline.size).toBe(1);
    await app('event.offline.error', { process_id: id });
    expect((await fetched(app, { clear: 0 })).events).toEqual([]);
    expect((await fetched(app, { clear: 0, error: 1 })).events).toHaveLength(1);
  });

  it('need a plan for clear=0 in the cloud, not on a box', async () => {
    const portal = await openPortal({ offlineExtended: false });
    const app = await bindOffline(portal, 'OnExternalCallStart');
    expect((await app('event.offline.get', { clear: 0 })).body['error']).toBe('WRONG_LICENSE');
    expect((await app('feature.get', { CODE: 'rest_offline_extended' })).body['result']).toEqual({ value: 'N' });
    portal.settings.edition = 'box';
    expect((await app('event.offline.get', { clear: 0 })).status).toBe(200);
  });

  it('leave out what the application’s own request caused', async () => {
    const portal = await openPortal();
    const app = await bindOffline(portal, 'OnExternalCallBackStart');
    const callback = { FROM_LINE: '', TO_NUMBER: '+79990001122', TEXT_TO_PRONOUNCE: 'hello' };
    expect((await app('voximplant.callback.start', callback)).body['result']).toEqual({ RESULT: true });
    expect((await fetched(app)).events).toEqual([]);
    await call(portal, 'voximplant.callback.start', callback);
    expect((await fetched(app)).events).toHaveLength(1);
  });

  it('are announced by an empty online event, at most once a second', async () => {
    let now = 1_700_000_000_000;
    const portal = await openPortal({ now: () => now });
    const listener = await listen();
    const app = await bindOffline(portal, 'OnExternalCallStart');
    await app('event.bind', { event: 'OnOfflineEvent', handler: listener.url });
    portal.clickToCall(CLICK);
    portal.clickToCall({ ...CLICK, userId: 12 });
    now += 1001;
    portal.clickToCall({ ...CLICK, userId: 13 });
    await portal.eventsSettled();
    expect(listener.events.map(({ event }) => event)).toEqual(['ONOFFLINEEVENT', 'ONOFFLINEEVENT']);
  });
});
