// Every request of a call's way, one after the other, goes wrong in every way; what the portal has afterwards is the same each time.
import { expect, test } from 'vitest';
import type { Call } from '../../calls/call.ts';
import type { DeliveryKind } from '../../store/delivery.ts';
import type { UnkindKind } from '../../../test/fakes/bitrix24/unkindness.ts';
import {
  answeredCall,
  crm,
  endedCall,
  legOf,
  portalWorld,
  recordingOf,
  ringingCall,
  type World,
} from './testing/portal-world.ts';

const unknown = '+79031230000';
const misfortunes: UnkindKind[] = ['cut-before', 'cut-after', 'html', 'truncate', 'limit', 'limit-empty', 'refuse'];
const serverFault = { code: 'INTERNAL_SERVER_ERROR', description: 'Internal server error', status: 500 };

type Step = [DeliveryKind, (call: Call) => Call];

interface Flow {
  name: string;
  steps: Step[];
  portal?: object;
  expected: Record<string, number>;
}

/** Inbound from an unknown number to a group, with a transfer after the talk; recorded. */
const ring = (call: Call) => call;
const talk = (call: Call) => answeredCall(call, '101');
const talkedOut = (call: Call) => {
  const taken = talk(call);
  const moved = legOf('102', { role: 'transfer-target', answeredAt: taken.answeredAt, outcome: 'answered' });
  return endedCall({ ...taken, responsible: { extension: '102', operatorId: null }, legs: [...taken.legs, moved] });
};

const flows: Flow[] = [
  {
    name: 'ring, answer, transfer, end, record',
    steps: [
      ['card', ring],
      ['answered', talk],
      ['ended', talkedOut],
      ['record', talkedOut],
    ],
    expected: { finished: 1, activities: 1, leads: 2, contacts: 2, deals: 1, records: 1, missed: 0 },
  },
  {
    name: 'end and task of a missed call that nobody saw',
    steps: [
      ['ended', endedCall],
      ['missed', endedCall],
    ],
    expected: { finished: 1, activities: 1, leads: 2, contacts: 2, deals: 1, tasks: 1, missed: 1 },
  },
  {
    name: 'end without leads in the portal',
    steps: [['ended', talkedOut]],
    portal: { crmMode: 'simple' },
    expected: { finished: 1, activities: 1, leads: 1, contacts: 3, deals: 2 },
  },
];

const begin = async (portal: object = {}): Promise<{ world: World; call: Call }> => {
  const world = await portalWorld({
    portal,
    directory: {
      taskTemplates: [{ id: 'back', title: 'Call back {number}' }],
      policies: [{ id: crm, taskTemplate: 'back' }],
    },
  });
  // The portal takes a repeat for the same call within half an hour of its start, so that the call has to be of now.
  const startedAt = new Date(Date.now() - 1000).toISOString();
  const call = ringingCall({ startedAt, legs: [legOf('101'), legOf('102'), legOf('103')] }, unknown);
  world.media.set(call.id, recordingOf(call.id));
  return { world, call };
};

/** Live deliveries are dropped when they go wrong, as the outbox does; the others are repeated, by a program that begins anew. */
async function play(world: World, call: Call, steps: readonly Step[]): Promise<void> {
  for (const [kind, at] of steps) {
    const isLive = kind === 'card' || kind === 'answered';
    for (let attempt = 1; ; attempt++) {
      try {
        await world.attempt(kind, at(call));
        break;
      } catch (error) {
        const isDead = error instanceof Error && error.message === 'The program has died';
        if (!isDead) expect(error).toMatchObject({ kind: expect.stringMatching(/^(retry|down)$/) });
        if (isLive && !isDead) break;
        expect(attempt).toBeLessThan(10);
        await world.connection.stop();
        world.reopen();
      }
    }
  }
}

test.each(flows)(
  '$name: whatever goes wrong at whichever request',
  async ({ steps, portal, expected }) => {
    const clean = await begin(portal);
    await play(clean.world, clean.call, steps);
    const requests = clean.world.portal.requests.length;
    expect(clean.world.portal.counters()).toMatchObject({ ...expected, live: 0 });
    const suffer = async (kind: UnkindKind, after: number) => {
      const { world, call } = await begin(portal);
      world.portal.unkind.add({ kind, after, times: 1, ...(kind === 'refuse' && { error: serverFault }) });
      await play(world, call, steps);
      const where = `${kind} at request ${after + 1} of ${requests}`;
      expect(world.portal.unkind.struck.get(kind), where).toBe(1);
      expect(world.portal.counters(), where).toMatchObject({ ...expected, live: 0 });
      const [row] = world.portal.state.statistics.all();
      // Who talked last, or who rang last.
      expect(row, where).toMatchObject({ userId: expected['missed'] === 1 ? 13 : 12, externalCallId: call.id });
      const [activity] = world.portal.state.activities.all();
      expect(activity?.bindings.at(-1)?.id, where).toBeGreaterThan(1);
    };
    for (const kind of misfortunes)
      await Promise.all(Array.from({ length: requests }, (_, after) => suffer(kind, after)));
  },
  120_000,
);

test.each(flows)(
  '$name: the program dies at whichever moment at which it remembers',
  async ({ steps, portal, expected }) => {
    const clean = await begin(portal);
    await play(clean.world, clean.call, steps);
    const { saves } = clean.world;
    expect(saves).toBeGreaterThan(3);
    const die = async (diesAtSave: number) => {
      const { world, call } = await begin(portal);
      world.diesAtSave = diesAtSave;
      await play(world, call, steps);
      expect(world.portal.counters(), `at save ${diesAtSave}`).toMatchObject({ ...expected, live: 0 });
    };
    await Promise.all(Array.from({ length: saves }, (_, n) => die(n)));
  },
);

test('a call that the portal has forgotten is registered anew, once', async () => {
  const { world, call } = await begin();
  await world.deliver('card', call);
  world.portal.state.live.remove(1);
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done', attempts: 1 });
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1 });
  expect(world.portal.state.statistics.all()[0]?.externalCallId).toBe(`${call.id}#1`);
});

test('a call that was finished by an attempt whose memory is lost is found by our own id', async () => {
  const { world, call } = await begin();
  await world.deliver('ended', endedCall(call));
  world.states.clear();
  world.sent();
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done' });
  expect(world.sent()).toEqual(['voximplant.statistic.get']);
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1, leads: 2 });
});

test('without the right to see statistics a lost answer is looked for among the activities', async () => {
  const { world, call } = await begin();
  const user = world.portal.state.users.get(1);
  if (user) user.statisticRights = 'none';
  world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.finish', times: 1 });
  expect(await world.deliver('ended', endedCall(call))).toMatchObject({ outcome: 'done', attempts: 2 });
  expect(world.sent().slice(-2)).toEqual(['voximplant.statistic.get', 'crm.activity.list']);
  expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 1, leads: 2 });
});

test('many calls at once travel in few requests, and every one is there once', async () => {
  const { world } = await begin();
  const all = Array.from({ length: 100 }, (_, n) =>
    endedCall(answeredCall(ringingCall({}, `+7903123${String(n).padStart(4, '0')}`))),
  );
  world.requests();
  await Promise.all(all.map((call) => world.deliver('ended', call)));
  expect(world.requests()).toBeLessThan(40);
  expect(world.portal.counters()).toMatchObject({ finished: 100, activities: 100, leads: 101, live: 0 });
});
