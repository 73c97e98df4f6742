import { expect, test } from 'vitest';
import { answeredCall, crm, endedCall, legOf, portalWorld, ringingCall } from './testing/portal-world.ts';

const known = '+79261000001';
const telephony = (name: string) => `telephony.externalcall.${name}`;

test('a known client without a card costs exactly register and finish', async () => {
  const world = await portalWorld();
  const call = endedCall(answeredCall(ringingCall({}, known)));
  expect(await world.deliver('ended', call)).toMatchObject({ outcome: 'done', attempts: 1 });
  expect(world.sent()).toEqual([telephony('register'), telephony('finish')]);
  const [row] = world.portal.state.statistics.all();
  expect(row).toMatchObject({
    externalCallId: call.id,
    type: 2,
    code: '200',
    durationSeconds: 30,
    userId: 11,
    phone: known,
    line: '+74950000001',
    startMs: Date.parse(call.startedAt),
  });
  expect(world.portal.counters()).toMatchObject({ activities: 1, leads: 1, live: 0, missed: 0 });
});

test('an unknown client becomes one lead of who talked, and the call is on it', async () => {
  const world = await portalWorld({
    directory: { lines: [{ id: 'main', name: 'Main', numbers: ['+74950000001'], sources: { [crm]: 'ADVERTISING' } }] },
  });
  const call = endedCall(
    answeredCall(ringingCall({ client: { number: '1', e164: '+79031112233', name: 'Пётр [b]' } }), '101'),
  );
  await world.deliver('ended', call);
  expect(world.sent()).toEqual([telephony('register'), 'crm.settings.mode.get', 'crm.lead.add', telephony('finish')]);
  const lead = world.portal.state.entities.LEAD.all().at(-1);
  expect(lead?.fields).toMatchObject({
    ASSIGNED_BY_ID: '11',
    SOURCE_ID: 'ADVERTISING',
    NAME: 'Пётр [b]',
    ORIGIN_ID: call.id,
    ORIGINATOR_ID: 'patchcord',
  });
  expect(lead?.phones.map(({ value }) => value)).toEqual(['+79031112233']);
  const [activity] = world.portal.state.activities.all();
  expect(activity?.bindings).toEqual([{ type: 'LEAD', id: lead?.id }]);
  // The mode of the CRM is asked once.
  await world.deliver('ended', endedCall(answeredCall(ringingCall({}, '+79031112244'))));
  expect(world.sent()).not.toContain('crm.settings.mode.get');
});

test('without leads in the portal it is a contact with a deal', async () => {
  const world = await portalWorld({ portal: { crmMode: 'simple' } });
  await world.deliver('ended', endedCall(answeredCall(ringingCall())));
  expect(world.portal.counters()).toMatchObject({ contacts: 3, deals: 2, leads: 1, activities: 1 });
  const deal = world.portal.state.entities.DEAL.all().at(-1);
  expect(deal?.fields['CONTACT_ID']).toBe('3');
  expect(world.portal.state.activities.all()[0]?.fields['OWNER_TYPE_ID']).toBe('2');
});

test.each([
  ['all', { missed: true, answered: true }],
  ['missed', { missed: true, answered: false }],
  ['answered', { missed: false, answered: true }],
  ['never', { missed: false, answered: false }],
] as const)('leads for %s', async (lead, wanted) => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, lead }] } });
  const leads = () => world.portal.state.entities.LEAD.size;
  const before = leads();
  await world.deliver('ended', endedCall(ringingCall({}, '+79031110001')));
  expect(leads() - before).toBe(wanted.missed ? 1 : 0);
  const between = leads();
  await world.deliver('ended', endedCall(answeredCall(ringingCall({}, '+79031110002'))));
  expect(leads() - between).toBe(wanted.answered ? 1 : 0);
});

test('one lead per client while it is open, or one per call', async () => {
  const call = () => endedCall(answeredCall(ringingCall({}, '+79031110003')));
  const each = async (leadEach: 'client' | 'call') => {
    const world = await portalWorld({ directory: { policies: [{ id: crm, leadEach }] } });
    await world.deliver('ended', call());
    await world.deliver('ended', call());
    return { leads: world.portal.state.entities.LEAD.size - 1, activities: world.portal.state.activities.all() };
  };
  expect((await each('client')).leads).toBe(1);
  const perCall = await each('call');
  expect(perCall.leads).toBe(2);
  expect(perCall.activities[1]?.bindings.map(({ id }) => id)).toEqual([2, 3]);
});

test('a missed call is 304 with no duration whatever the line said, and two calls of one client are two', async () => {
  const world = await portalWorld();
  const busy = { code: 486, cause: 17, dialStatus: 'BUSY' };
  const first = { ...endedCall(ringingCall({}, known)), result: busy };
  await world.deliver('ended', first);
  await world.deliver('ended', endedCall(ringingCall({}, known)));
  const rows = world.portal.state.statistics.all();
  expect(rows.map(({ code, durationSeconds }) => [code, durationSeconds])).toEqual([
    ['304', 0],
    ['304', 0],
  ]);
  expect(rows[0]?.reason).toBe('result 486, cause 17, BUSY');
  expect(world.portal.counters()).toMatchObject({ activities: 2, missed: 2 });
});

test.each([
  [0, '13'],
  [1, '12'],
  [2, '14'],
] as const)('a missed call of a known client, owner mode %i, is user %s', async (missedOwner, userId) => {
  const world = await portalWorld({
    directory: { policies: [{ id: crm, missedOwner, defaultOperator: 'user-14' }] },
  });
  // Number of a contact whose owner is user 13; 102 rang last.
  const call = ringingCall({ legs: [legOf('101'), legOf('102')] }, '+79261000002');
  await world.deliver('ended', endedCall(call));
  expect(world.portal.state.statistics.all()[0]?.userId).toBe(Number(userId));
});

test.each([
  [404, '404'],
  [405, '405'],
  [408, '304'],
  [480, '304'],
  [484, '484'],
  [486, '486'],
  [488, '484'],
  [500, '500'],
  [603, '603'],
  [0, '304'],
] as const)('an outbound call with result %i is %s', async (code, status) => {
  const world = await portalWorld();
  const call = endedCall(
    ringingCall({ direction: 'outbound', legs: [legOf('102', { role: 'caller', answeredAt: null })] }, known),
  );
  await world.deliver('ended', { ...call, result: { code, cause: 3, dialStatus: null } });
  const [row] = world.portal.state.statistics.all();
  expect(row).toMatchObject({ type: 1, code: status, durationSeconds: 0, userId: 12 });
  const unknown = world.connection.status().find(({ part }) => part === 'results');
  expect(unknown?.message ?? '').toContain(code === 0 ? 'cause 3, null (1)' : '');
});

test('nobody to be responsible: the default user, and without one the user as whom we come', async () => {
  const withDefault = await portalWorld({ directory: { policies: [{ id: crm, defaultUser: '15' }] } });
  const call = () => endedCall(ringingCall({ legs: [legOf('199')] }, known));
  await withDefault.deliver('ended', { ...call(), client: { number: null, e164: null, name: null } });
  expect(withDefault.portal.state.statistics.all()[0]).toMatchObject({ userId: 15, phone: '0000000000' });
  const without = await portalWorld({ directory: { policies: [{ id: crm, missedOwner: 2 }] } });
  await without.deliver('ended', call());
  expect(without.portal.state.statistics.all()[0]?.userId).toBe(1);
  const told = without.connection.status().find(({ part }) => part === 'unmapped extensions');
  expect(told).toMatchObject({ level: 'warning', message: expect.stringContaining('199 (1)') });
});

test('a user who was dismissed in the meantime does not hold the call up', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, defaultUser: '14' }] } });
  const user = world.portal.state.users.get(11);
  if (user) user.active = false;
  await world.deliver('ended', endedCall(answeredCall(ringingCall({}, known))));
  expect(world.portal.state.statistics.all()[0]?.userId).toBe(14);
});

test('a default user whom the portal does not have holds up no call either', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, defaultUser: '999' }] } });
  const call = () => endedCall(ringingCall({ legs: [legOf('199')] }, known));
  const anonymous = { client: { number: null, e164: null, name: null } };
  expect(await world.deliver('ended', { ...call(), ...anonymous })).toMatchObject({ outcome: 'done', attempts: 1 });
  expect(world.portal.state.statistics.all()).toMatchObject([{ userId: 1 }]);
  // He is not tried again and again.
  world.sent();
  await world.deliver('ended', { ...call(), ...anonymous });
  expect(world.sent()).toEqual([telephony('register'), telephony('finish')]);
});

test('a withheld number is registered with a placeholder and makes no lead', async () => {
  const world = await portalWorld();
  const anonymous = { client: { number: null, e164: null, name: null } };
  expect(await world.deliver('card', ringingCall(anonymous))).toMatchObject({ outcome: 'dropped' });
  await world.deliver('ended', endedCall(ringingCall(anonymous)));
  expect(world.portal.counters()).toMatchObject({ finished: 1, leads: 1, activities: 0 });
});

test('an internal call and a blocked one are dropped with the reason', async () => {
  const world = await portalWorld({ directory: { lists: [{ id: 'bank', action: 'block', clients: [known] }] } });
  const internal = endedCall(ringingCall({ direction: 'internal', client: null, line: null }));
  const outcome = await world.deliver('ended', internal);
  expect(outcome).toMatchObject({ outcome: 'dropped', note: expect.stringContaining('internal') });
  const blocked = await world.deliver('ended', endedCall(ringingCall({}, known)));
  expect(blocked).toMatchObject({ outcome: 'dropped', note: expect.stringContaining('bank') });
  expect(world.requests()).toBe(0);
});

test('after a transfer the lead that was made at the answer goes to who talked last', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, lead: 'answered' }] } });
  const ringing = ringingCall({}, '+79031110009');
  await world.deliver('card', ringing);
  const first = answeredCall(ringing);
  await world.deliver('answered', first);
  const lead = () => world.portal.state.entities.LEAD.all().at(-1);
  expect(lead()?.fields['ASSIGNED_BY_ID']).toBe('11');
  const moved = {
    ...first,
    responsible: { extension: '102', operatorId: null },
    legs: [...first.legs, legOf('102', { role: 'transfer-target', answeredAt: first.answeredAt, outcome: 'answered' })],
  };
  await world.deliver('ended', endedCall(moved));
  expect(lead()?.fields['ASSIGNED_BY_ID']).toBe('12');
  expect(world.portal.state.entities.LEAD.size).toBe(2);
  expect(world.portal.state.statistics.all()).toMatchObject([{ userId: 12 }]);
});

test('entities that were there are moved only by option, and get the chosen fields', async () => {
  const settings = { fields: { waiting: 'UF_CRM_WAIT', result: 'UF_CRM_RESULT', line: 'UF_CRM_LINE' } };
  const moving = await portalWorld({ settings, directory: { policies: [{ id: crm, moveExisting: true }] } });
  const call = endedCall(answeredCall(ringingCall({ legs: [legOf('103')] }, known), '103'));
  await moving.deliver('ended', call);
  const contact = moving.portal.state.entities.CONTACT.get(1);
  expect(contact?.fields).toMatchObject({
    ASSIGNED_BY_ID: '13',
    UF_CRM_WAIT: '5',
    UF_CRM_RESULT: 'Успешный звонок',
    UF_CRM_LINE: '+74950000001',
  });
  const staying = await portalWorld();
  await staying.deliver('ended', call);
  expect(staying.portal.state.entities.CONTACT.get(1)?.fields['ASSIGNED_BY_ID']).toBe('11');
});

test('a portal that takes no lead because of a field has the call all the same, and gets the lead when it is sent again', async () => {
  const world = await portalWorld();
  const error = { code: '', description: 'Required field "Region" is not filled' };
  const takeAway = world.portal.unkind.add({ kind: 'refuse', method: 'crm.lead.add', error });
  const call = endedCall(answeredCall(ringingCall()));
  expect(await world.attempt('ended', call)).toMatchObject({
    outcome: 'done',
    note: expect.stringMatching(/^Registered, but: The portal did not take the LEAD: .*Region/),
  });
  expect(world.portal.counters()).toMatchObject({ finished: 1, leads: 1, live: 0 });
  expect(world.connection.status().find(({ part }) => part === 'leads')).toMatchObject({
    level: 'warning',
    message: expect.stringContaining('Region'),
    mend: expect.stringContaining('optional'),
  });
  takeAway();
  await world.deliver('ended', call);
  expect(world.portal.counters()).toMatchObject({ finished: 1, leads: 2 });
  // A client whom a person has made meanwhile is none to be made.
  const other = endedCall(answeredCall(ringingCall({}, '+79031116600')));
  world.portal.unkind.add({ kind: 'refuse', method: 'crm.lead.add', error, times: 1 });
  await world.deliver('ended', other);
  world.portal.addEntity('CONTACT', { NAME: 'By hand' }, ['+79031116600']);
  await world.deliver('ended', other);
  expect(world.portal.counters()).toMatchObject({ finished: 2, leads: 2 });
});

test('a portal without leads that takes no deal has the contact, whose call and owner it is, and gets the deal when it is sent again', async () => {
  const world = await portalWorld({
    portal: { crmMode: 'simple' },
    directory: { policies: [{ id: crm, lead: 'answered' }] },
  });
  const error = { code: '', description: 'Required field "Region" is not filled' };
  world.portal.unkind.add({ kind: 'refuse', method: 'crm.deal.add', error, times: 1 });
  const call = endedCall(answeredCall(ringingCall()));
  expect(await world.deliver('ended', call)).toMatchObject({ note: expect.stringContaining('did not take the DEAL') });
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1, contacts: 3, deals: 1 });
  await world.deliver('ended', call);
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1, contacts: 3, deals: 2 });
  expect(world.portal.state.entities.DEAL.all().at(-1)?.fields['CONTACT_ID']).toBe('3');
});

test('a lead that was not made, and was made by the next call of the client meanwhile, is not made again', async () => {
  for (const crmMode of ['classic', 'simple'] as const) {
    const world = await portalWorld({ portal: { crmMode } });
    const method = crmMode === 'classic' ? 'crm.lead.add' : 'crm.contact.add';
    world.portal.unkind.add({ kind: 'cut-before', method, times: 1 });
    const [first, second] = [ringingCall(), ringingCall()].map((call) => endedCall(answeredCall(call)));
    await expect(world.attempt('ended', first!)).rejects.toMatchObject({ kind: 'retry' });
    await world.deliver('ended', second!);
    await world.deliver('ended', first!);
    const { leads, contacts, finished, activities } = world.portal.counters();
    const made = crmMode === 'classic' ? { leads: 2, contacts: 2 } : { leads: 1, contacts: 3 };
    expect({ leads, contacts, finished, activities }).toEqual({ ...made, finished: 2, activities: 2 });
  }
});

test('a missed call of a client who was deleted while it rang goes to who rang', async () => {
  const world = await portalWorld();
  const call = ringingCall({ legs: [legOf('101'), legOf('102')] }, '+79261000002');
  await world.deliver('card', call);
  world.portal.state.entities.CONTACT.remove(2);
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done', attempts: 1 });
  expect(world.portal.state.statistics.all()).toMatchObject([{ userId: 12, code: '304' }]);
});

test('a portal that refuses a minor thing has the call all the same, and the note says so', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, moveExisting: true }] } });
  world.portal.unkind.add({
    kind: 'refuse',
    method: 'crm.contact.update',
    error: { code: '', description: 'Access denied.' },
  });
  const outcome = await world.deliver(
    'ended',
    endedCall(answeredCall(ringingCall({ legs: [legOf('103')] }, known), '103')),
  );
  expect(outcome).toMatchObject({ outcome: 'done', note: 'Registered, but: Access denied.' });
});
