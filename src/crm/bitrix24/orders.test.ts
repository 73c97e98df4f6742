import { expect, test, vi } from 'vitest';
import { OrderRefused } from '../contract.ts';
import { crm, endedCall, answeredCall, legOf, portalWorld, ringingCall, type World } from './testing/portal-world.ts';

const known = '+79261000001';

/** The application with its events bound, by the given way. */
async function clickable(events: 'url' | 'poll', options: Parameters<typeof portalWorld>[0] = {}): Promise<World> {
  const world = await portalWorld({
    isApplication: true,
    publicUrl: events === 'url' ? 'here' : null,
    ...options,
    settings: { events, ...options.settings },
  });
  world.connection.start();
  await vi.waitFor(() => expect(world.portal.state.handlers.all()).toHaveLength(2), { timeout: 5000 });
  return world;
}

const asOrder = (world: World, n = 0) => {
  const order = world.placed[n];
  if (!order) throw new Error('nothing was ordered');
  return { ...order, id: `order-${n + 1}`, crm, state: 'failed' as const, placedAtMs: 0 };
};

test.each(['url', 'poll'] as const)('a click becomes an order, once, by %s', async (events) => {
  const world = await clickable(events);
  const callId = world.portal.clickToCall({ userId: 12, phone: '8 (926) 100-00-01', line: '+74950000001' });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  expect(world.placed[0]).toEqual({
    crmCallId: callId,
    kind: 'click_to_call',
    extension: '102',
    number: '+79261000001',
    line: '+74950000001',
    requestedBy: 'portal user 12',
  });
  // The portal tells of the same call at a second click.
  world.portal.clickToCall({ userId: 12, phone: '8 (926) 100-00-01', line: '+74950000001' });
  world.portal.clickToCall({ userId: 11, phone: '101' });
  await vi.waitFor(() => expect(world.placed).toHaveLength(2), { timeout: 5000 });
  expect(world.placed[1]).toMatchObject({ extension: '101', number: '101' });
});

test('the call of a click is not registered again, and is finished under the portal’s own id', async () => {
  const world = await clickable('url');
  const callId = world.portal.clickToCall({ userId: 12, phone: known });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  const call = endedCall(
    answeredCall(
      ringingCall({ direction: 'outbound', origin: 'click_to_call', legs: [legOf('102', { role: 'caller' })] }, known),
      '102',
    ),
  );
  world.orders.push({ ...asOrder(world), id: call.id, state: 'answered', reason: null });
  world.sent();
  await world.deliver('ended', call);
  expect(world.sent().filter((method) => method.startsWith('telephony'))).toEqual(['telephony.externalcall.finish']);
  expect(world.portal.state.statistics.all()).toMatchObject([{ callId, userId: 12, code: '200', durationSeconds: 30 }]);
});

test('a call that was clicked for during another one, and joined with it, is finished with that', async () => {
  const world = await clickable('url');
  const call = ringingCall({}, '+79261000002');
  await world.deliver('card', call);
  const callId = world.portal.clickToCall({ userId: 11, phone: known });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  world.orders.push({ ...asOrder(world), id: call.id, state: 'answered', reason: null });
  world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.finish', times: 1, after: 1 });
  expect(await world.deliver('ended', endedCall(answeredCall(call)))).toMatchObject({ outcome: 'done', attempts: 2 });
  expect(world.portal.counters()).toMatchObject({ finished: 2, activities: 2, live: 0 });
  expect(world.portal.state.statistics.all()[1]).toMatchObject({ callId, userId: 11, code: '200', type: 1 });
});

test('a click in a finished lead makes no new one', async () => {
  const world = await clickable('url');
  const number = '+79031119911';
  world.portal.addEntity('LEAD', { TITLE: 'Lost', STATUS_ID: 'JUNK' }, [number]);
  world.portal.clickToCall({ userId: 12, phone: number });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  const call = endedCall(
    ringingCall({ direction: 'outbound', origin: 'click_to_call', legs: [legOf('102', { role: 'caller' })] }, number),
  );
  world.orders.push({ ...asOrder(world), id: call.id, reason: null });
  await world.deliver('ended', call);
  expect(world.portal.counters()).toMatchObject({ leads: 2, finished: 1, live: 0 });
  // The same client calls: he is unknown again.
  await world.deliver('ended', endedCall(ringingCall({}, number)));
  expect(world.portal.counters()).toMatchObject({ leads: 3, activities: 1 });
});

test.each([
  ['no-answer', '603-S'],
  ['rejected', '603-S'],
  ['busy', '486'],
  ['unavailable', '480'],
  ['not-allowed', '403'],
  ['pbx-down', '503'],
])('an order that failed for %s closes the portal’s call with %s and tells who clicked', async (reason, status) => {
  const world = await clickable('url');
  world.portal.clickToCall({ userId: 12, phone: known });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  world.orders.push({ ...asOrder(world), reason });
  world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.finish', times: 1 });
  const about = { callId: 'order:order-1', payload: { orderId: 'order-1' } };
  expect(await world.deliver('order-failed', null, about)).toMatchObject({ outcome: 'done', attempts: 2 });
  expect(world.portal.state.statistics.all()).toMatchObject([{ code: status, userId: 12, durationSeconds: 0 }]);
  expect(world.portal.state.notes.all()).toMatchObject([{ userId: 12, message: expect.stringContaining(known) }]);
});

test.each([
  ['no-answer', 'click_to_call', '603-S'],
  ['rejected', 'click_to_call', '603-S'],
  ['busy', 'click_to_call', '486'],
  ['busy', 'callback', '304'],
] as const)(
  'an ordered call whose operator’s phone said %s, %s, is finished with %s and told',
  async (outcome, kind, status) => {
    const world = await clickable('url');
    world.portal.clickToCall({ userId: 12, phone: known });
    await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
    const legs = [legOf('102', { role: 'caller', outcome })];
    const line = { number: null, trunk: null };
    const call = endedCall(ringingCall({ direction: 'outbound', origin: 'click_to_call', line, legs }, known));
    world.orders.push({ ...asOrder(world), id: call.id, state: 'placed', reason: null, kind });
    await world.deliver('ended', call);
    expect(world.portal.state.statistics.all()).toMatchObject([{ code: status, userId: 12, durationSeconds: 0 }]);
    expect(world.portal.state.notes.all()).toMatchObject([{ userId: 12, message: expect.stringContaining('телефон') }]);
  },
);

test.each([
  ['Asterisk said that he did', 'answered', null],
  ['a trunk was taken for the client', 'placed', 'trunk'],
] as const)('an operator who did answer is not told that he did not: %s', async (_, state, trunk) => {
  const world = await clickable('url');
  world.portal.clickToCall({ userId: 12, phone: known });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  const legs = [legOf('102', { role: 'caller', outcome: 'busy' })];
  const ringing = ringingCall({ direction: 'outbound', origin: 'click_to_call', legs }, known);
  const call = { ...endedCall(ringing), line: { number: null, trunk } };
  world.orders.push({ ...asOrder(world), id: call.id, state, reason: null });
  await world.deliver('ended', call);
  expect(world.portal.state.statistics.all()).toMatchObject([{ code: '304', userId: 12 }]);
  expect(world.portal.state.notes.all()).toEqual([]);
});

test('who clicked what the portal itself cannot finish is told all the same', async () => {
  const world = await clickable('url');
  world.refuse = new OrderRefused('This is no number');
  world.portal.clickToCall({ userId: 12, phone: '79161234567,79161234568' });
  await vi.waitFor(() => expect(world.portal.state.notes.all()).toHaveLength(1), { timeout: 5000 });
  expect(world.portal.state.notes.all()[0]?.message).toContain('This is no number');
});

test('a refused click is closed and told at once, and the next click counts', async () => {
  const world = await clickable('url');
  world.refuse = new OrderRefused('This number may not be dialled');
  world.portal.clickToCall({ userId: 12, phone: known });
  await vi.waitFor(() => expect(world.portal.state.notes.all()).toHaveLength(1), { timeout: 5000 });
  expect(world.portal.state.notes.all()[0]?.message).toContain('This number may not be dialled');
  expect(world.portal.state.statistics.all()).toMatchObject([{ code: '603-S', userId: 12 }]);
  world.refuse = null;
  world.portal.clickToCall({ userId: 12, phone: known });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
});

test('who has no extension is told so', async () => {
  const world = await clickable('url');
  world.portal.clickToCall({ userId: 15, phone: known });
  await vi.waitFor(() => expect(world.portal.state.notes.all()).toHaveLength(1), { timeout: 5000 });
  expect(world.portal.state.notes.all()[0]).toMatchObject({
    userId: 15,
    message: expect.stringContaining('внутренний'),
  });
  expect(world.placed).toEqual([]);
});

test('clicks that waited while we were away are not dialled', async () => {
  let skewMs = 0;
  const world = await portalWorld({
    isApplication: true,
    settings: { events: 'poll' },
    now: () => Date.now() + skewMs,
  });
  const bound = { event: 'ONEXTERNALCALLSTART', event_type: 'offline' };
  const app = world.portal.app().clientId;
  world.portal.state.handlers.add({
    id: 1,
    appId: app,
    event: bound.event,
    url: '',
    userId: 0,
    offline: true,
    connector: '',
  });
  world.portal.clickToCall({ userId: 12, phone: known });
  skewMs = 10 * 60_000;
  world.connection.start();
  await vi.waitFor(() => expect(world.portal.state.notes.all()).toHaveLength(1), { timeout: 5000 });
  expect(world.placed).toEqual([]);
  expect(world.portal.counters()).toMatchObject({ live: 0, finished: 1 });
});

test.each([
  ['the client’s responsible', { phone: known, entity: { type: 'CONTACT' as const, id: 1 } }, '101'],
  ['the line’s first responsible', { phone: '+79031117788', line: '+74950000001' }, '103'],
  ['the default', { phone: '+79031117789' }, '104'],
])('a wish to be called back goes to %s', async (_, form, extension) => {
  const world = await clickable('url', {
    directory: {
      lines: [{ id: 'main', name: 'Main', numbers: ['+74950000001'], firstResponsible: 'user-13' }],
      policies: [{ id: crm, defaultOperator: 'user-14' }],
    },
  });
  world.portal.callbackForm(form);
  world.portal.callbackForm(form);
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  await world.portal.eventsSettled();
  const [live] = world.portal.state.live.all();
  expect(world.placed).toMatchObject([{ kind: 'callback', extension, number: form.phone, crmCallId: live?.callId }]);
  expect(live).toMatchObject({ type: 4, userId: Number(extension) - 90, phone: form.phone });
});

test('a wish to be called back is registered once though the answer is lost, and fulfilled though the portal does not take it', async () => {
  const directory = { policies: [{ id: crm, defaultOperator: 'user-14' }] };
  const lost = await clickable('poll', { directory });
  lost.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.register', times: 1 });
  lost.portal.callbackForm({ phone: '+79031117789' });
  await vi.waitFor(() => expect(lost.placed).toHaveLength(1), { timeout: 10_000 });
  expect(lost.portal.state.live.all().map(({ callId }) => callId)).toEqual([lost.placed[0]?.crmCallId]);

  const refusing = await clickable('url', { directory });
  for (const method of ['telephony.externalcall.searchcrmentities', 'telephony.externalcall.register'])
    refusing.portal.unkind.add({ kind: 'refuse', method, error: { code: '', description: 'CRM is not installed.' } });
  refusing.portal.callbackForm({ phone: '+79031117789' });
  await vi.waitFor(() => expect(refusing.placed).toHaveLength(1), { timeout: 10_000 });
  expect(refusing.placed[0]).toMatchObject({ kind: 'callback', crmCallId: null, extension: '104' });
}, 20_000);

test.each([
  ['a line that is none of ours', { phone: known, line: 'Отдел продаж' }, { number: known, line: null }],
  ['an extension behind it', { phone: '+7 926 100-00-01,,123', line: '' }, { number: known, line: null }],
])('a number with %s is dialled all the same', async (_, click, expected) => {
  const world = await clickable('url');
  world.portal.clickToCall({ userId: 12, ...click });
  await vi.waitFor(() => expect(world.placed).toHaveLength(1), { timeout: 5000 });
  expect({ ...world.placed[0], number: world.placed[0]?.number.replaceAll(/[ -]/g, '') }).toMatchObject(expected);
});

test('whose working day is closed is not rung for a callback; with nobody left it is a missed callback', async () => {
  const world = await clickable('url', { settings: { workingDay: true } });
  const user = world.portal.state.users.get(11);
  if (user) user.timeman = 'CLOSED';
  world.portal.callbackForm({ phone: known });
  await vi.waitFor(() => expect(world.portal.counters()['finished']).toBe(1), { timeout: 5000 });
  expect(world.placed).toEqual([]);
  expect(world.portal.state.statistics.all()).toMatchObject([{ type: 4, code: '304' }]);
});

test('an event of somebody else is not taken', async () => {
  const world = await clickable('url');
  const body =
    'event=ONEXTERNALCALLSTART&data[CALL_ID]=x&data[USER_ID]=12&data[PHONE_NUMBER]=1&auth[application_token]=wrong';
  const request = {
    path: '/event',
    method: 'POST',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(body),
  };
  expect(await world.connection.receive?.(request)).toMatchObject({ status: 403 });
  expect(await world.connection.receive?.({ ...request, method: 'GET' })).toMatchObject({ status: 405 });
  expect(await world.connection.receive?.({ ...request, path: '/other' })).toMatchObject({ status: 404 });
  expect(world.placed).toEqual([]);
});
