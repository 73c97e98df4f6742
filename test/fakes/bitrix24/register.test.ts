import { describe, expect, it } from 'vitest';
import type { FakePortal } from './portal.ts';
import { asApp, call, finish, openPortal, registered, result } from './test-client.ts';

const START = 1_700_000_000_000;

interface Registered {
  CALL_ID: string;
  CRM_CREATED_LEAD: number | null;
  CRM_CREATED_ENTITIES: { ENTITY_TYPE: string; ENTITY_ID: number }[];
  CRM_ENTITY_TYPE: string;
  CRM_ENTITY_ID: number | null;
  LEAD_CREATION_ERROR?: string;
}

const register = (portal: FakePortal, params: object): Promise<Registered> =>
  result<Registered>(portal, 'telephony.externalCall.register', {
    USER_ID: 11,
    TYPE: 2,
    EXTERNAL_CALL_ID: crypto.randomUUID(),
    ...params,
  });

const error = async (portal: FakePortal, params: object): Promise<unknown> => {
  const { status, body } = await call(portal, 'telephony.externalCall.register', params);
  expect(status).toBe(400);
  expect(body['error']).toBe('');
  return body['error_description'];
};

describe('register', () => {
  it('refuses with the original’s texts, in its order', async () => {
    const portal = await openPortal();
    expect(await error(portal, {})).toBe('USER_ID or USER_PHONE_INNER should be set');
    expect(await error(portal, { USER_PHONE_INNER: '999' })).toBe('USER_ID or USER_PHONE_INNER should be set');
    expect(await error(portal, { user_id: 11, TYPE: 2 })).toBe('USER_ID or USER_PHONE_INNER should be set');
    const user = { USER_ID: 999 };
    expect(await error(portal, user)).toBe('Unknown TYPE');
    expect(await error(portal, { ...user, TYPE: 2, CALL_START_DATE: 'nonsense' })).toBe(
      'CALL_START_DATE should be in the ISO-8601 format',
    );
    expect(await error(portal, { ...user, TYPE: 2, PHONE_NUMBER: 'anonymous' })).toBe(
      'Unsupported phone number format',
    );
    expect(await error(portal, { ...user, TYPE: 2, PHONE_NUMBER: '1' })).toBe('User is not found or is not active');
  });

  it('finds the user by inner number and lets USER_ID win', async () => {
    const portal = await openPortal();
    await registered(portal, { USER_ID: 0, USER_PHONE_INNER: '103' });
    await registered(portal, { USER_ID: 14, USER_PHONE_INNER: '103' });
    expect(portal.calls().map(({ userId }) => userId)).toEqual([13, 14]);
  });

  it('names a call externalCall.<32 hex>.<unix seconds> and makes an unknown line', async () => {
    const portal = await openPortal({ now: () => START });
    const callId = await registered(portal, { LINE_NUMBER: ` ${'4'.repeat(60)}` });
    expect(callId).toMatch(/^externalCall\.[0-9a-f]{32}\.1700000000$/);
    const lines = await result(portal, 'telephony.externalLine.get');
    expect(lines).toEqual([{ NUMBER: '4'.repeat(50), NAME: '', CRM_AUTO_CREATE: 'Y' }]);
  });

  describe('takes an unfinished call of thirty minutes for the same one', () => {
    const same = { PHONE_NUMBER: '+79990000001', EXTERNAL_CALL_ID: '' };

    it('without an external id', async () => {
      let now = START;
      const portal = await openPortal({ now: () => now });
      const first = await registered(portal, same);
      now += 29 * 60_000;
      expect(await registered(portal, same)).toBe(first);
      expect(await registered(portal, { ...same, PHONE_NUMBER: '79990000001' }), 'other text').not.toBe(first);
      expect(await registered(portal, { ...same, TYPE: 1 }), 'other type').not.toBe(first);
      expect(await registered(portal, { ...same, USER_ID: 12 }), 'other user').not.toBe(first);
      expect(await registered(portal, { ...same, LINE_NUMBER: '74950000000' }), 'other line').not.toBe(first);
      now += 2 * 60_000;
      expect(await registered(portal, same), 'too old').not.toBe(first);
    });

    it('but not with one of its own, nor once it is finished, nor by another application', async () => {
      const portal = await openPortal();
      const first = await registered(portal, same);
      expect(await registered(portal, { ...same, EXTERNAL_CALL_ID: 'b' })).not.toBe(first);
      const { body } = await asApp(portal)('telephony.externalCall.register', { USER_ID: 11, TYPE: 2, ...same });
      expect((body['result'] as Registered).CALL_ID).not.toBe(first);
      await finish(portal, first);
      expect(await registered(portal, same)).not.toBe(first);
    });

    it('but never an import of long ago', async () => {
      const portal = await openPortal();
      const old = { ...same, CALL_START_DATE: '2020-01-01T10:00:00+03:00' };
      expect(await registered(portal, old)).not.toBe(await registered(portal, old));
    });

    it('and shows its card again, but tells INIT of an id that is void', async () => {
      const portal = await openPortal();
      const app = asApp(portal);
      const handler = 'http://127.0.0.1:9/none';
      await app('event.bind', { event: 'OnVoximplantCallInit', handler });
      await app('event.bind', { event: 'OnVoximplantCallStart', handler });
      const first = await registered(portal, same);
      await registered(portal, same);
      await portal.eventsSettled();
      const told = portal.state.deliveries.map(({ event, data }) => `${event} ${data['CALL_ID'] === first}`);
      expect(told.toSorted((a, b) => a.localeCompare(b))).toEqual([
        'ONVOXIMPLANTCALLINIT false',
        'ONVOXIMPLANTCALLINIT true',
        'ONVOXIMPLANTCALLSTART true',
      ]);
      expect(portal.state.pushes.map(({ callId }) => callId)).toEqual([first, first]);
    });
  });

  it('shows the card unless told not to', async () => {
    const portal = await openPortal();
    const shown = await registered(portal);
    await registered(portal, { SHOW: 0 });
    expect(portal.state.pushes).toMatchObject([{ kind: 'show', callId: shown, userId: 11, cause: 'register' }]);
  });
});

describe('what register finds and creates', () => {
  const UNKNOWN = '+79990000001';
  const QUIET = { PHONE_NUMBER: '+79261000002', CRM_CREATE: 1 };

  it('makes a lead of an unknown number for the registering user', async () => {
    const portal = await openPortal();
    const made = await register(portal, { PHONE_NUMBER: UNKNOWN, CRM_CREATE: 1, CRM_SOURCE: 'NONSENSE' });
    expect(made).toMatchObject({ CRM_CREATED_LEAD: 2, CRM_ENTITY_TYPE: 'LEAD', CRM_ENTITY_ID: 2 });
    expect(made).not.toHaveProperty('LEAD_CREATION_ERROR');
    expect(await result(portal, 'crm.lead.get', { id: 2 })).toMatchObject({
      ASSIGNED_BY_ID: '11',
      SOURCE_ID: 'CALL',
      IS_RETURN_CUSTOMER: 'N',
      PHONE: [{ VALUE: UNKNOWN, VALUE_TYPE: 'WORK' }],
    });
  });

  it('makes nothing when not asked, and finds nobody', async () => {
    const portal = await openPortal();
    expect(await register(portal, { PHONE_NUMBER: UNKNOWN })).toEqual({
      CALL_ID: expect.any(String) as string,
      CRM_CREATED_LEAD: null,
      CRM_CREATED_ENTITIES: [],
      CRM_ENTITY_TYPE: '',
      CRM_ENTITY_ID: null,
    });
  });

  it('makes a deal and a contact in the simple mode', async () => {
    const portal = await openPortal({ crmMode: 'simple' });
    expect(await register(portal, { PHONE_NUMBER: UNKNOWN, CRM_CREATE: 1 })).toMatchObject({
      CRM_CREATED_LEAD: null,
      CRM_CREATED_ENTITIES: [{ ENTITY_TYPE: 'DEAL' }, { ENTITY_TYPE: 'CONTACT' }],
      CRM_ENTITY_TYPE: 'CONTACT',
    });
    expect(await result(portal, 'crm.settings.mode.get')).toBe(2);
  });

  it('says nothing was created by an empty error when a known client has an open deal', async () => {
    const portal = await openPortal();
    const found = await register(portal, { PHONE_NUMBER: '8 (926) 100-00-01', CRM_CREATE: 1 });
    expect(found).toMatchObject({ LEAD_CREATION_ERROR: '', CRM_ENTITY_TYPE: 'CONTACT', CRM_CREATED_LEAD: null });
    expect(portal.calls()[0]!.bindings).toEqual([
      { type: 'DEAL', id: 1 },
      { type: 'CONTACT', id: 1 },
    ]);
  });

  it('makes a repeat lead of a known client without one, once, unless the portal does not', async () => {
    const portal = await openPortal();
    const first = await register(portal, QUIET);
    expect(first).toMatchObject({ CRM_CREATED_LEAD: 2, CRM_ENTITY_TYPE: 'CONTACT', CRM_ENTITY_ID: 2 });
    expect(portal.state.entities.LEAD.get(2)!.fields['IS_RETURN_CUSTOMER']).toBe('Y');
    expect(await register(portal, QUIET)).toMatchObject({ CRM_CREATED_LEAD: null, LEAD_CREATION_ERROR: '' });
    const off = await openPortal({ autoRepeatLead: false });
    expect(await register(off, QUIET)).toMatchObject({ CRM_CREATED_LEAD: null, LEAD_CREATION_ERROR: '' });
    const simple = await openPortal({ crmMode: 'simple' });
    expect(await register(simple, QUIET)).toMatchObject({ CRM_CREATED_ENTITIES: [{ ENTITY_TYPE: 'DEAL' }] });
  });

  it('makes nothing for a known client who is called', async () => {
    const portal = await openPortal();
    expect(await register(portal, { ...QUIET, TYPE: 1 })).toMatchObject({ CRM_CREATED_LEAD: null });
  });

  it('makes nothing of employees, internal calls and excluded numbers', async () => {
    const portal = await openPortal({ excludedNumbers: ['+79261000002'] });
    expect(await register(portal, { PHONE_NUMBER: '89161110011', CRM_CREATE: 1 })).toMatchObject({
      LEAD_CREATION_ERROR: 'Lead creation is disabled for local users',
    });
    expect(await register(portal, { PHONE_NUMBER: '102', CRM_CREATE: 1 })).not.toHaveProperty('LEAD_CREATION_ERROR');
    await register(portal, QUIET);
    expect(portal.state.entities.LEAD.size).toBe(1);
    expect(portal.calls().at(-1)!.bindings).toEqual([]);
  });

  it('prefers contacts, takes leads only in progress and then the newest modified', async () => {
    let now = START;
    const portal = await openPortal({ now: () => now });
    const phone = ['+79995550000'];
    const older = portal.addEntity('LEAD', {}, phone);
    now += 5000;
    const newer = portal.addEntity('LEAD', {}, phone);
    now += 5000;
    portal.addEntity('LEAD', { STATUS_ID: 'JUNK' }, phone);
    const entity = async (): Promise<[string, number | null]> => {
      const found = await register(portal, { PHONE_NUMBER: phone[0] });
      return [found.CRM_ENTITY_TYPE, found.CRM_ENTITY_ID];
    };
    await result(portal, 'crm.lead.update', { id: newer.id, fields: { NAME: 'N' } });
    expect(older.id).toBeLessThan(newer.id);
    expect(await entity()).toEqual(['LEAD', newer.id]);
    const company = portal.addEntity('COMPANY', { TITLE: 'C' }, phone);
    expect(await entity()).toEqual(['COMPANY', company.id]);
    const [, second] = [
      portal.addEntity('CONTACT', { NAME: 'A' }, phone),
      portal.addEntity('CONTACT', { NAME: 'B' }, phone),
    ];
    portal.addEntity('DEAL', { CONTACT_ID: String(second.id) });
    expect(await entity()).toEqual(['CONTACT', second.id]);
  });

  it('lets a named entity be the primary one, and two empty keys stop the search', async () => {
    const portal = await openPortal();
    const named = { PHONE_NUMBER: '+79261000001', CRM_ENTITY_TYPE: 'LEAD', CRM_ENTITY_ID: 1 };
    expect(await register(portal, named)).toMatchObject({ CRM_ENTITY_TYPE: 'LEAD', CRM_ENTITY_ID: 1 });
    const empty = { ...named, CRM_ENTITY_TYPE: '', CRM_ENTITY_ID: '' };
    expect(await register(portal, empty)).toMatchObject({ CRM_ENTITY_TYPE: '', CRM_ENTITY_ID: null });
  });
});
