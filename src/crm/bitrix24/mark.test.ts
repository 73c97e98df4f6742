import { expect, test } from 'vitest';
import { answeredCall, endedCall, portalWorld, ringingCall, type World } from './testing/portal-world.ts';

const known = '+79261000001';
const finish = 'telephony.externalcall.finish';
const update = 'crm.activity.update';

const talked = () => endedCall(answeredCall(ringingCall({}, known)));
const activityOf = ({ portal }: World) => portal.state.activities.all()[0];
const voteOf = ({ portal }: World) => portal.state.statistics.all()[0]?.vote;

test.each([
  [1, '1'],
  [2, '1'],
  [3, '3'],
  [4, '2'],
  [5, '2'],
])('a mark of %i that is known before the end goes with it', async (given, resultMark) => {
  const world = await portalWorld();
  const call = talked();
  world.marks.set(call.id, given);
  expect(await world.deliver('mark', answeredCall(ringingCall({ id: call.id }, known)))).toMatchObject({
    outcome: 'dropped',
  });
  await world.deliver('ended', call);
  expect(voteOf(world)).toBe(given);
  expect(activityOf(world)?.fields['RESULT_MARK']).toBe(resultMark);
  world.sent();
  expect(await world.deliver('mark', call)).toMatchObject({ outcome: 'done', note: 'The portal has it already' });
  expect(world.sent()).toEqual([]);
});

test.each([
  [1, '1'],
  [2, '1'],
  [3, '3'],
  [4, '2'],
  [5, '2'],
])('a mark of %i that comes later is written to the activity, once', async (given, resultMark) => {
  const world = await portalWorld();
  const call = talked();
  await world.deliver('ended', call);
  expect(voteOf(world)).toBe(0);
  world.sent();
  world.marks.set(call.id, given);
  for (let times = 0; times < 2; times++) expect(await world.deliver('mark', call)).toMatchObject({ outcome: 'done' });
  expect(world.sent()).toEqual([update]);
  expect(activityOf(world)?.fields).toMatchObject({ RESULT_MARK: resultMark, RESULT_VALUE: String(given) });
});

test('another mark after the first takes its place', async () => {
  const world = await portalWorld();
  const call = talked();
  world.marks.set(call.id, 5);
  await world.deliver('ended', call);
  world.marks.set(call.id, 1);
  await world.deliver('mark', call);
  expect(activityOf(world)?.fields).toMatchObject({ RESULT_MARK: '1', RESULT_VALUE: '1' });
  world.marks.set(call.id, 5);
  await world.deliver('mark', call);
  expect(activityOf(world)?.fields).toMatchObject({ RESULT_MARK: '2', RESULT_VALUE: '5' });
});

test.each(['cut-before', 'cut-after'] as const)('%s in finish: a mark given meanwhile is not lost', async (kind) => {
  const world = await portalWorld();
  const call = talked();
  world.marks.set(call.id, 4);
  world.portal.unkind.add({ kind, method: finish, times: 1 });
  await expect(world.attempt('ended', call)).rejects.toMatchObject({ kind: expect.stringMatching(/retry|down/) });
  world.marks.set(call.id, 2);
  world.reopen();
  await world.deliver('ended', call);
  expect(voteOf(world)).toBe(4);
  expect(await world.deliver('mark', call)).toMatchObject({ outcome: 'done' });
  expect(activityOf(world)?.fields).toMatchObject({ RESULT_MARK: '1', RESULT_VALUE: '2' });
});

test.each(['cut-before', 'cut-after', 'html', 'limit'] as const)('%s in the update: it is there', async (kind) => {
  const world = await portalWorld();
  const call = talked();
  await world.deliver('ended', call);
  world.marks.set(call.id, 5);
  world.portal.unkind.add({ kind, method: update, times: 1 });
  expect(await world.deliver('mark', call)).toMatchObject({ outcome: 'done' });
  expect(activityOf(world)?.fields).toMatchObject({ RESULT_MARK: '2', RESULT_VALUE: '5' });
});

test('nothing is asked of the portal where nothing can hold the mark, and the reason is told', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: 'portal', lead: 'never' }] } });
  const unknown = endedCall(answeredCall(ringingCall({}, '+79031230000')));
  await world.deliver('ended', unknown);
  expect(await world.deliver('mark', unknown)).toMatchObject({ outcome: 'dropped', note: 'The call has no mark' });
  world.marks.set(unknown.id, 5);
  world.sent();
  expect(await world.deliver('mark', unknown)).toMatchObject({
    outcome: 'dropped',
    note: expect.stringContaining('no activity'),
  });
  expect(world.sent()).toEqual([]);
});

test('a mark that the portal does not take holds up nothing: the reason is told', async () => {
  const world = await portalWorld();
  const call = talked();
  await world.deliver('ended', call);
  world.portal.state.activities.remove(activityOf(world)?.id ?? 0);
  world.marks.set(call.id, 5);
  expect(await world.deliver('mark', call)).toMatchObject({
    outcome: 'dropped',
    note: expect.stringMatching(/did not take the mark: .*Activity is not found/),
  });
});
