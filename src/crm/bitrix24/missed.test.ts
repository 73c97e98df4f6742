import { expect, test, vi } from 'vitest';
import { answeredCall, crm, endedCall, legOf, portalWorld, ringingCall } from './testing/portal-world.ts';

const known = '+79261000002';
const template = {
  id: 'call-back',
  title: 'Call back {number} {name}',
  text: 'Missed at {time} on {line}',
  deadlineMin: 30,
  schedule: 'office',
};
const schedules = [
  {
    id: 'office',
    name: 'Office',
    timeZone: 'Europe/Moscow',
    week: [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }],
  },
];
const directory = (more: object = {}) => ({
  taskTemplates: [{ ...template, ...more }],
  schedules,
  policies: [{ id: crm, taskTemplate: 'call-back' }],
});

async function missedOnce(world: Awaited<ReturnType<typeof portalWorld>>, number = known, name: string | null = null) {
  const call = endedCall(ringingCall({ client: { number, e164: number, name } }, number));
  await world.deliver('ended', call);
  return { call, outcome: await world.deliver('missed', call) };
}

test('a task for the owner of the client, linked to it, due in working time, and the owner is told', async () => {
  const world = await portalWorld({ directory: directory() });
  const { call, outcome } = await missedOnce(world, known, 'Maria [URL=http://evil]x[/URL]');
  expect(outcome).toMatchObject({ outcome: 'done' });
  const [task] = world.portal.state.tasks.all();
  // The call ended on a Saturday at 12:00 in Moscow.
  expect(task?.fields).toMatchObject({
    TITLE: `Call back ${known} Maria (URL=http://evil)x(/URL)`,
    RESPONSIBLE_ID: '13',
    XML_ID: call.id,
    UF_CRM_TASK: ['C_2'],
    DEADLINE: '2026-11-23T06:30:00+00:00',
  });
  expect(world.tasks).toEqual([{ taskId: '1', callId: call.id, number: known, closedBy: null }]);
  const [note] = world.portal.state.notes.all();
  expect(note).toMatchObject({ userId: 13 });
  expect(note?.message).not.toContain('[URL=http://evil');
  expect(await world.deliver('missed', call)).toMatchObject({ outcome: 'done' });
  expect(world.portal.counters()['tasks']).toBe(1);
});

test('an unknown client: the task hangs on the new lead', async () => {
  const world = await portalWorld({ directory: directory() });
  await missedOnce(world, '+79031115566');
  expect(world.portal.state.tasks.all()[0]?.fields).toMatchObject({ UF_CRM_TASK: ['L_2'], RESPONSIBLE_ID: '11' });
});

test.each([
  ['client', known, true],
  ['lead', known, false],
  ['lead', '+79261000003', true],
  ['unknown', '+79261000003', false],
  ['unknown', '+79031115577', true],
] as const)('a template for %s, called by %s: %s', async (kind, number, wanted) => {
  const world = await portalWorld({ directory: directory({ for: [kind] }) });
  const { outcome } = await missedOnce(world, number);
  expect(outcome.outcome).toBe(wanted ? 'done' : 'dropped');
  expect(world.portal.counters()['tasks']).toBe(wanted ? 1 : 0);
});

test('without a schedule the time of the call is the time here', async () => {
  vi.stubEnv('TZ', 'Asia/Vladivostok');
  const world = await portalWorld({ directory: directory({ schedule: null, title: '{time}' }) });
  await missedOnce(world);
  vi.unstubAllEnvs();
  // 09:00 UTC
  expect(world.portal.state.tasks.all()[0]?.fields['TITLE']).toContain('19:00');
});

test('whose working day is closed gets no task when that is wanted', async () => {
  const world = await portalWorld({ settings: { workingDay: true }, directory: directory() });
  const user = world.portal.state.users.get(13);
  if (user) user.timeman = 'CLOSED';
  await missedOnce(world);
  expect(world.portal.state.tasks.all()[0]?.fields['RESPONSIBLE_ID']).toBe('11');
});

test('when the client is reached the tasks of his calls are done, those done by hand or deleted too', async () => {
  const world = await portalWorld({ directory: directory() });
  await missedOnce(world);
  await missedOnce(world);
  await missedOnce(world);
  world.portal.state.tasks.remove(2);
  const back = endedCall(
    answeredCall(ringingCall({ direction: 'outbound', legs: [legOf('101', { role: 'caller' })] }, known)),
  );
  expect(await world.deliver('reached', back)).toMatchObject({ outcome: 'done', note: 'Done: 1, 2, 3' });
  expect(world.portal.state.tasks.all().map(({ fields }) => fields['STATUS'])).toEqual(['5', '5']);
  expect(world.tasks.map(({ closedBy }) => closedBy)).toEqual([back.id, back.id, back.id]);
  expect(await world.deliver('reached', back)).toMatchObject({ outcome: 'dropped' });
});

test('a task whose answer was lost is found, not made again', async () => {
  const world = await portalWorld({ directory: directory() });
  const call = endedCall(ringingCall({}, known));
  await world.deliver('ended', call);
  world.portal.unkind.add({ kind: 'cut-after', method: 'tasks.task.add', times: 1 });
  expect(await world.deliver('missed', call)).toMatchObject({ outcome: 'done', attempts: 2 });
  expect(world.portal.counters()['tasks']).toBe(1);
  expect(world.tasks).toHaveLength(1);
});

test('no task is made for a client who was reached since, and one that may be there already is done', async () => {
  const world = await portalWorld({ directory: directory() });
  const [first, second] = [endedCall(ringingCall({}, known)), endedCall(ringingCall({}, known))];
  world.reachedAfter.push(first.id);
  await world.deliver('ended', first);
  expect(await world.deliver('missed', first)).toMatchObject({ outcome: 'dropped' });
  await world.deliver('ended', second);
  world.portal.unkind.add({ kind: 'cut-after', method: 'tasks.task.add', times: 1 });
  await expect(world.attempt('missed', second)).rejects.toMatchObject({ kind: 'retry' });
  world.reachedAfter.push(second.id);
  expect(await world.deliver('missed', second)).toMatchObject({ outcome: 'dropped' });
  expect(world.portal.state.tasks.all().map(({ fields }) => fields['STATUS'])).toEqual(['5']);
});
