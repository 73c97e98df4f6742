import { expect, test } from 'vitest';
import { answeredCall, endedCall, legOf, portalWorld, ringingCall } from './testing/portal-world.ts';

const known = '+79261000001';
const group = () => ringingCall({ legs: [legOf('101'), legOf('102'), legOf('103')] }, known);

const cards = (world: Awaited<ReturnType<typeof portalWorld>>) =>
  [...world.portal.cards()]
    .filter(([, ids]) => ids.length > 0)
    .map(([user]) => user)
    .toSorted((a, b) => a - b);

test('one phone rings: its card is in the very request that registers the call', async () => {
  const world = await portalWorld();
  await world.deliver('card', ringingCall({}, known));
  expect(world.sent()).toEqual(['telephony.externalcall.register']);
  expect(cards(world)).toEqual([11]);
});

test('a group rings: everyone sees the card, keeps it when he answers, loses it when another does', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  expect(world.sent()).toEqual(['telephony.externalcall.register', 'telephony.externalcall.show']);
  expect(cards(world)).toEqual([11, 12, 13]);
  const taken = answeredCall(call, '102');
  await world.deliver('answered', taken);
  expect(world.sent()).toEqual(['telephony.externalcall.hide']);
  expect(cards(world)).toEqual([12]);
  await world.deliver('ended', endedCall(taken));
  expect(world.sent()).toEqual(['telephony.externalcall.finish']);
  expect(cards(world)).toEqual([]);
  expect(world.portal.counters()).toMatchObject({ finished: 1, live: 0 });
});

test('nobody takes it: every card is gone, that of the responsible with the end itself', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  world.sent();
  await world.deliver('ended', endedCall(call));
  expect(world.sent()).toEqual(['crm.contact.get', 'telephony.externalcall.hide', 'telephony.externalcall.finish']);
  expect(cards(world)).toEqual([]);
});

test('who begins to ring later gets the card then, and nobody gets it twice', async () => {
  const world = await portalWorld();
  const call = ringingCall({}, known);
  await world.deliver('card', call);
  expect(await world.deliver('card', call)).toMatchObject({ outcome: 'dropped' });
  await world.deliver('card', { ...call, legs: [...call.legs, legOf('104')] });
  expect(world.portal.state.pushes.map(({ kind, userId }) => [kind, userId])).toEqual([
    ['show', 11],
    ['show', 14],
  ]);
});

test('each operator has it at ring, from the answer on, or never', async () => {
  const of = (user: number, card: string) => ({
    id: `user-${user}`,
    name: 'x',
    extensions: [String(user + 90)],
    crmUsers: { portal: String(user) },
    card,
  });
  const world = await portalWorld({
    directory: { operators: [of(11, 'answer'), of(12, 'ring'), of(13, 'never')] },
  });
  const call = group();
  await world.deliver('card', call);
  expect(cards(world)).toEqual([12]);
  await world.deliver('answered', answeredCall(call, '101'));
  expect(cards(world)).toEqual([11]);
  const other = group();
  await world.deliver('answered', answeredCall(other, '103'));
  expect(cards(world)).toEqual([11]);
});

test('a transfer: the new one sees the card while he rings, the old one until he has left', async () => {
  const world = await portalWorld();
  const call = ringingCall({}, known);
  await world.deliver('card', call);
  const talking = answeredCall(call);
  await world.deliver('answered', talking);
  const offered = { ...talking, legs: [...talking.legs, legOf('102', { role: 'transfer-target' as const })] };
  await world.deliver('card', offered);
  expect(cards(world)).toEqual([11, 12]);
  const [first, second] = offered.legs;
  if (!first || !second) throw new Error('two legs');
  const taken = {
    ...offered,
    responsible: { extension: '102', operatorId: null },
    legs: [
      { ...first, endedAt: call.startedAt },
      { ...second, answeredAt: call.startedAt, outcome: 'answered' as const },
    ],
  };
  await world.deliver('answered', taken);
  expect(cards(world)).toEqual([12]);
  await world.deliver('ended', endedCall(taken));
  expect(world.portal.state.statistics.all()).toMatchObject([{ userId: 12 }]);
});

test('a call that was merged into another loses its cards, also when the history knows it no more', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  await world.deliver('merged', null, { callId: call.id, payload: { into: 'other' } });
  expect(cards(world)).toEqual([]);
  expect(await world.deliver('merged', null, { callId: call.id })).toMatchObject({ outcome: 'dropped' });
});

test('a card whose answer was lost belongs to the same call at the end', async () => {
  const world = await portalWorld();
  const call = group();
  world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.register', times: 1 });
  await expect(world.attempt('card', call)).rejects.toMatchObject({ kind: 'retry' });
  expect(world.portal.counters()['live']).toBe(1);
  await world.deliver('ended', { ...endedCall(call), startedAt: call.startedAt });
  // The portal knows again which call it is only within half an hour of its start; a later repeat leaves a live call that becomes nothing.
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1 });
});

test('a portal that cannot be asked to hide is no reason to hold up the end', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  world.portal.unkind.add({
    kind: 'refuse',
    method: 'telephony.externalcall.hide',
    error: { code: '', description: 'No.' },
  });
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done', attempts: 1 });
});

test('a card of which it is not known whether it was taken away is taken away again before the end', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  world.portal.unkind.add({ kind: 'cut-before', method: 'telephony.externalcall.hide', times: 2 });
  await world.deliver('answered', answeredCall(call, '101'));
  await world.deliver('ended', endedCall(answeredCall(call, '101')));
  expect(world.portal.unkind.struck.get('cut-before')).toBe(2);
  const last = new Map(world.portal.state.pushes.map(({ userId, kind }) => [userId, kind]));
  expect([...last.values()]).toEqual(['hide', 'hide', 'hide']);
});

test('a portal that never answers whether a card was taken away does not hold up the end for ever', async () => {
  const world = await portalWorld();
  const call = group();
  await world.deliver('card', call);
  const error = { code: 'INTERNAL_SERVER_ERROR', description: 'Internal server error', status: 500 };
  world.portal.unkind.add({ kind: 'refuse', method: 'telephony.externalcall.hide', error });
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done', attempts: 9 });
});

test('a card that was shown by a registration whose answer was lost is taken away at the end', async () => {
  const world = await portalWorld();
  const call = group();
  world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.register', times: 1 });
  await world.deliver('card', call);
  const [, ...others] = call.legs;
  // In another order, as CEL may have them.
  await world.deliver('ended', endedCall({ ...call, legs: [...others, call.legs[0]!] }));
  expect(world.portal.counters()).toMatchObject({ finished: 1, live: 0 });
  const last = new Map(world.portal.state.pushes.map(({ userId, kind }) => [userId, kind]));
  expect([...last.values()]).not.toContain('show');
});
