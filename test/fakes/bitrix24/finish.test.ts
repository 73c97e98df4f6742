import { describe, expect, it } from 'vitest';
import { call, finish, openPortal, registered, result } from './test-client.ts';

describe('finish', () => {
  it('works once and answers with the statistic row', async () => {
    const portal = await openPortal();
    const callId = await registered(portal, { EXTERNAL_CALL_ID: 'a.1', LINE_NUMBER: '74950000000' });
    const first = await finish(portal, callId, { USER_ID: 12, DURATION: 33, VOTE: 5 });
    expect(first.body['result']).toMatchObject({
      ID: 1,
      CALL_ID: callId,
      EXTERNAL_CALL_ID: 'a.1',
      PORTAL_USER_ID: 12,
      INCOMING: '2',
      CALL_START_DATE: {},
      CALL_STATUS: 1,
      CALL_FAILED_CODE: '200',
      REST_APP_ID: null,
      REST_APP_NAME: false,
      CRM_ACTIVITY_ID: 1,
      CRM_ENTITY_TYPE: 'CONTACT',
    });
    const again = await finish(portal, callId, { DURATION: 33 });
    expect(again).toEqual({
      status: 400,
      body: { error: '', error_description: 'Call is not found (call should be registered prior to finishing' },
    });
    expect(portal.calls()).toHaveLength(1);
  });

  it('demands a user and a CALL_ID that is text', async () => {
    const portal = await openPortal();
    const CALL_ID = await registered(portal);
    const text = async (params: object): Promise<unknown> =>
      (await call(portal, 'telephony.externalCall.finish', params)).body['error_description'];
    expect(await text({ CALL_ID })).toBe('USER_ID or USER_PHONE_INNER should be set');
    expect(await text({ CALL_ID, USER_ID: 999 })).toBe('User is not found or is not active');
    const array = await call(portal, 'telephony.externalCall.finish', { CALL_ID: { a: 1 }, USER_ID: 11 });
    expect(array.body['error']).toBe('INVALID_ARGUMENT');
    expect((await finish(portal, CALL_ID)).status).toBe(200);
  });

  it('takes a duration for an answer and none for a miss, unless a code is sent', async () => {
    const portal = await openPortal();
    await finish(portal, await registered(portal), { DURATION: 3 });
    await finish(portal, await registered(portal));
    await finish(portal, await registered(portal), { DURATION: 0, STATUS_CODE: '486' });
    expect(portal.calls().map(({ code }) => code)).toEqual(['200', '304', '486']);
  });

  it('gives what this call created to the last user and leaves others their owner', async () => {
    const portal = await openPortal();
    const created = await registered(portal, { PHONE_NUMBER: '+79990000001', CRM_CREATE: 1 });
    await finish(portal, created, { USER_ID: 15, DURATION: 5 });
    await finish(portal, await registered(portal), { USER_ID: 15, DURATION: 5 });
    const [unknown, known] = portal.calls();
    expect(portal.state.entities.LEAD.get(2)!.fields['ASSIGNED_BY_ID']).toBe('15');
    expect(portal.state.entities.CONTACT.get(1)!.fields['ASSIGNED_BY_ID']).toBe('11');
    expect(unknown!.activities[0]!['RESPONSIBLE_ID']).toBe('15');
    expect(known!.activities[0]).toMatchObject({ OWNER_TYPE_ID: '2', OWNER_ID: '1', RESPONSIBLE_ID: '15' });
  });

  it.each([
    [1, '304', 'Y', [], '4', 0],
    [1, '200', 'Y', [], '2', 0],
    [5, '200', 'Y', [], '4', 0],
    [2, '200', 'N', [], '1', 0],
    [2, '304', 'N', { MISSED_CALL: true }, '4', 1],
    [2, '486', 'N', [], '4', 0],
    [3, '304', 'Y', [], '4', 1],
    [3, '200', 'Y', [], '1', 0],
    [4, '304', 'N', { MISSED_CALL: true }, '4', 0],
    [4, '200', 'N', [], '3', 0],
  ])('makes of type %i with %s its activity', async (TYPE, code, COMPLETED, SETTINGS, RESULT_STREAM, missed) => {
    const portal = await openPortal();
    const callId = await registered(portal, { TYPE, CALL_START_DATE: '2026-11-20T10:00:00+03:00' });
    await finish(portal, callId, { DURATION: code === '200' ? 61 : 0, STATUS_CODE: code, VOTE: 3 });
    const activity = await result(portal, 'crm.activity.get', { id: 1 });
    expect(activity).toMatchObject({
      TYPE_ID: '2',
      PROVIDER_ID: 'VOXIMPLANT_CALL',
      PROVIDER_TYPE_ID: 'CALL',
      ORIGIN_ID: `VI_${callId}`,
      DIRECTION: TYPE === 2 || TYPE === 3 ? '1' : '2',
      IS_INCOMING_CHANNEL: TYPE === 2 || TYPE === 3 ? 'Y' : 'N',
      START_TIME: '2026-11-20T10:00:00+03:00',
      END_TIME: code === '200' ? '2026-11-20T10:01:01+03:00' : '2026-11-20T10:00:00+03:00',
      RESULT_MARK: '3',
      COMPLETED,
      SETTINGS,
      RESULT_STREAM,
    });
    expect(portal.counters()['missed']).toBe(missed);
  });

  it('closes open misses of the identical number when somebody reaches it', async () => {
    const portal = await openPortal();
    await finish(portal, await registered(portal));
    const back = async (PHONE_NUMBER: string): Promise<void> =>
      void (await finish(portal, await registered(portal, { TYPE: 1, PHONE_NUMBER }), { DURATION: 9 }));
    await back('89261000001');
    expect(portal.counters()['missed']).toBe(1);
    await back('+79261000001');
    expect(portal.counters()['missed']).toBe(0);
  });

  it('makes no activity without an entity, but binds one that came during the call', async () => {
    const portal = await openPortal();
    const phone = { PHONE_NUMBER: '+79990000001' };
    const nobody = await finish(portal, await registered(portal, phone), { DURATION: 5 });
    expect(nobody.body['result']).toMatchObject({
      CRM_ACTIVITY_ID: false,
      ERRORS: { ACTIVITY_CREATION: 'Could not find associated crm entity for the current call' },
    });
    const callId = await registered(portal, phone);
    portal.addEntity('CONTACT', { NAME: 'New' }, ['89990000001']);
    expect((await finish(portal, callId)).body['result']).toMatchObject({ CRM_ACTIVITY_ID: 1, CRM_ENTITY_ID: 3 });
  });

  it.each([
    [{ PHONE_NUMBER: `+${'7'.repeat(21)}` }, {}],
    [{ EXTERNAL_CALL_ID: 'x'.repeat(65) }, {}],
    [{}, { FAILED_REASON: 'x'.repeat(256) }],
  ])('trips over %j %j after the activity, leaving the call live', async (register, last) => {
    const portal = await openPortal();
    const entity = { CRM_ENTITY_TYPE: 'CONTACT', CRM_ENTITY_ID: 1 };
    const callId = await registered(portal, { ...entity, ...register });
    for (const activities of [1, 2]) {
      const { status, body } = await finish(portal, callId, last);
      expect([status, body['error']]).toEqual([400, '']);
      expect(body['error_description']).toMatch(/^Unexpected database error; /);
      expect(portal.calls()[0]).toMatchObject({ live: true });
      expect(portal.calls()[0]!.activities).toHaveLength(activities);
    }
  });

  it('sends to the chat by truth as PHP has it', async () => {
    const portal = await openPortal();
    await finish(portal, await registered(portal));
    await finish(portal, await registered(portal), { ADD_TO_CHAT: 0 });
    expect(portal.state.notes.size).toBe(0);
    await finish(portal, await registered(portal), { ADD_TO_CHAT: 'N' });
    expect(portal.state.notes.size).toBe(1);
  });
});

describe('cards', () => {
  it('shows to many, hides from many, and finish hides only from its user', async () => {
    const portal = await openPortal();
    const CALL_ID = await registered(portal, { SHOW: 0 });
    expect(await result(portal, 'telephony.externalCall.show', { CALL_ID, USER_ID: [12, 13, 14] })).toBe(true);
    expect(await result(portal, 'telephony.externalCall.show', { CALL_ID })).toBe(true);
    expect(portal.calls()[0]!.pushes.map(({ userId }) => userId)).toEqual([12, 13, 14, 11]);
    await result(portal, 'telephony.externalCall.hide', { CALL_ID, USER_ID: [12, 13] });
    expect([...portal.cards()].filter(([, cards]) => cards.length > 0).map(([user]) => user)).toEqual([14, 11]);
    await finish(portal, CALL_ID);
    expect(portal.calls()[0]!.pushes.at(-1)).toMatchObject({ kind: 'hide', userId: 11, cause: 'finish' });
    expect(await result(portal, 'telephony.externalCall.hide', { CALL_ID, USER_ID: 14 })).toBe(false);
    expect(await result(portal, 'telephony.externalCall.show', { CALL_ID })).toBe(false);
  });

  it('finds at most one of each type, with the owner’s working day', async () => {
    const portal = await openPortal();
    portal.addEntity('LEAD', { STATUS_ID: 'JUNK', ASSIGNED_BY_ID: 12 }, ['89261000001']);
    portal.state.users.get(11)!.timeman = 'PAUSED';
    const found = await result(portal, 'telephony.externalCall.searchCrmEntities', { PHONE_NUMBER: '+79261000001' });
    expect(found).toMatchObject([
      {
        CRM_ENTITY_TYPE: 'CONTACT',
        CRM_ENTITY_ID: 1,
        ASSIGNED_BY: { TIMEMAN_STATUS: 'PAUSED', USER_PHONE_INNER: '101' },
      },
      { CRM_ENTITY_TYPE: 'LEAD', CRM_ENTITY_ID: 2, ASSIGNED_BY_ID: 12 },
    ]);
    const none = { PHONE_NUMBER: '+70000000000' };
    expect(await result(portal, 'telephony.externalCall.searchCrmEntities', none)).toEqual([]);
  });
});

describe('statistics', () => {
  it('filters by anything it knows, drops what it does not, and prints text', async () => {
    const portal = await openPortal();
    const ids = [await registered(portal, { EXTERNAL_CALL_ID: 'a' }), await registered(portal, { TYPE: 1 })];
    await finish(portal, ids[0]!, { DURATION: 9 });
    await finish(portal, ids[1]!, { USER_ID: 12 });
    const get = (FILTER: object): Promise<{ CALL_ID: string }[]> =>
      result<{ CALL_ID: string }[]>(portal, 'voximplant.statistic.get', { FILTER });
    expect(await get({ CALL_ID: ids[0] })).toMatchObject([
      {
        ID: '1',
        CALL_DURATION: '9',
        CALL_TYPE: '2',
        PORTAL_USER_ID: '11',
        EXTERNAL_CALL_ID: 'a',
        RECORD_FILE_ID: null,
      },
    ]);
    expect(await get({ EXTERNAL_CALL_ID: 'a' })).toHaveLength(1);
    expect(await get({ '>CALL_DURATION': 0 })).toHaveLength(1);
    expect(await get({ HAS_RECORD: 'Y' })).toHaveLength(0);
    expect(await get({ 'CRM_BINDINGS.ENTITY_TYPE': 'DEAL' })).toHaveLength(2);
    expect(await get({ EXTERNAL_CALLID: 'misspelt' })).toHaveLength(2);
    const sorted = await result<{ ID: string }[]>(portal, 'voximplant.statistic.get', { SORT: 'ID', ORDER: 'DESC' });
    expect(sorted.map(({ ID }) => ID)).toEqual(['2', '1']);
  });

  it('narrows silently by rights', async () => {
    const portal = await openPortal();
    await finish(portal, await registered(portal));
    portal.state.users.get(1)!.statisticRights = 'own';
    expect(await result(portal, 'voximplant.statistic.get')).toEqual([]);
    portal.state.users.get(1)!.statisticRights = 'none';
    expect((await call(portal, 'voximplant.statistic.get')).body['error']).toBe('ACCESS_DENIED');
  });
});
