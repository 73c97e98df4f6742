// Every request of a call's way, one after the other, goes wrong in every way; what the portal has afterwards is the same each time.
import { expect, test } from 'vitest';
import type { Call } from '../../calls/call.ts';
import { DeliveryError } from '../../outbox/worker.ts';
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
const known = '+79261000001';
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

/**
 * Live deliveries are dropped when they go wrong, as the outbox does; the others are repeated, by a program that begins anew.
 * @returns errors by which the outbox would not have tried again
 */
async function play(world: World, call: Call, steps: readonly Step[]): Promise<unknown[]> {
  for (const [kind, at] of steps) {
    const isLive = kind === 'card' || kind === 'answered';
    for (let attempt = 1; ; attempt++) {
      try {
        await world.attempt(kind, at(call));
        break;
      } catch (error) {
        const isDead = error instanceof Error && error.message === 'The program has died';
        const mayPass = error instanceof DeliveryError && error.kind !== 'rejected';
        if (attempt === 10 || (!isDead && !mayPass)) return [error];
        if (isLive && !isDead) break;
        await world.connection.stop();
        world.reopen();
      }
    }
  }
  return [];
}

/** All that must be the same whatever went wrong. */
function whatIsThere({ portal }: World, call: Call): object {
  const { finished, activities, leads, contacts, deals, records, tasks, missed, live } = portal.counters();
  const rows = portal.state.statistics.all();
  return {
    counters: { finished, activities, leads, contacts, deals, records, tasks, missed, live },
    rows: rows.map(({ userId, code, durationSeconds }) => ({ userId, code, durationSeconds })),
    ours: rows.every(({ externalCallId }) => externalCallId === call.id),
    bindings: portal.state.activities.all().map(({ bindings }) => bindings),
    owners: ['LEAD', 'DEAL'].flatMap((type) =>
      portal.state.entities[type as 'LEAD' | 'DEAL'].all().map(({ fields }) => fields['ASSIGNED_BY_ID']),
    ),
  };
}

test.each(flows)(
  '$name: whatever goes wrong at whichever request',
  async ({ steps, portal, expected }) => {
    const clean = await begin(portal);
    await play(clean.world, clean.call, steps);
    const requests = clean.world.portal.requests.flatMap(({ methods }) => methods[0] ?? []);
    const right = whatIsThere(clean.world, clean.call);
    expect(right).toMatchObject({ counters: { ...expected, live: 0 }, ours: true });
    const suffer = async (kind: UnkindKind, after: number): Promise<object> => {
      const { world, call } = await begin(portal);
      world.portal.unkind.add({ kind, after, times: 1, ...(kind === 'refuse' && { error: serverFault }) });
      const errors = await play(world, call, steps);
      const struck = world.portal.unkind.struck.get(kind);
      return { kind, request: after + 1, errors, struck, ...whatIsThere(world, call) };
    };
    for (const kind of misfortunes) {
      // An upload is refused in no words of its own.
      const met = kind === 'refuse' ? requests.filter((method) => method !== 'upload') : requests;
      const all = met.map((_, after) => after);
      const found = await Promise.all(all.map((after) => suffer(kind, after)));
      expect(found).toEqual(all.map((after) => ({ kind, request: after + 1, errors: [], struck: 1, ...right })));
    }
  },
  120_000,
);

test.each(flows)('$name: the program dies at whichever moment at which it remembers', async ({ steps, portal }) => {
  const clean = await begin(portal);
  await play(clean.world, clean.call, steps);
  const right = whatIsThere(clean.world, clean.call);
  const all = Array.from({ length: clean.world.saves }, (_, n) => n);
  expect(all.length).toBeGreaterThan(3);
  const die = async (diesAtSave: number): Promise<object> => {
    const { world, call } = await begin(portal);
    world.diesAtSave = diesAtSave;
    const errors = await play(world, call, steps);
    return { diesAtSave, errors, ...whatIsThere(world, call) };
  };
  const found = await Promise.all(all.map(die));
  expect(found).toEqual(all.map((diesAtSave) => ({ diesAtSave, errors: [], ...right })));
});

const ordered: [string, DeliveryKind, (call: Call) => Call | null][] = [
  ['a click whose operator did not pick up', 'order-failed', () => null],
  ['a click that became a talk', 'ended', (call) => call],
];

test.each(ordered)(
  '%s: whatever goes wrong at whichever request',
  async (_, kind, callOf) => {
    const suffer = async (strike: UnkindKind | null, after = 0) => {
      const directory = { policies: [{ id: crm, moveExisting: true }] };
      const world = await portalWorld({ directory, settings: { fields: { result: 'UF_CRM_RESULT' } } });
      const crmCallId = world.portal.clickToCall({ userId: 12, phone: known });
      const legs = [legOf('102', { role: 'caller' })];
      const talk = answeredCall(ringingCall({ direction: 'outbound', origin: 'click_to_call', legs }, known), '102');
      const call = callOf(endedCall(talk));
      const id = call?.id ?? 'order';
      const order = { id, crm, crmCallId, kind: 'click_to_call', extension: '102', number: known, line: null } as const;
      world.orders.push({ ...order, state: 'failed', reason: 'busy', placedAtMs: 0 });
      world.sent();
      const error = strike === 'refuse' && { error: serverFault };
      if (strike !== null) world.portal.unkind.add({ kind: strike, after, times: 1, ...error });
      const { outcome } = await world.deliver(kind, call, { callId: id, payload: { orderId: id } });
      const { finished, activities, leads, live } = world.portal.counters();
      const rows = world.portal.state.statistics
        .all()
        .map(({ callId, code, userId }) => [callId === crmCallId, code, userId]);
      const owner = world.portal.state.entities.CONTACT.get(1)?.fields;
      const there = { finished, activities, leads, live, rows, owner: owner?.['ASSIGNED_BY_ID'] };
      return { requests: world.sent(), result: { outcome, ...there } };
    };
    const clean = await suffer(null);
    expect(clean.result).toMatchObject({ outcome: 'done', finished: 1, activities: 1, leads: 1, live: 0 });
    for (const strike of misfortunes) {
      const found = await Promise.all(clean.requests.map((_method, after) => suffer(strike, after)));
      expect(found.map(({ result }) => result)).toEqual(clean.requests.map(() => clean.result));
    }
  },
  60_000,
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

test.each(['none', 'own'] as const)(
  'a call that is nobody’s is finished once though the answer is lost and nothing shows it (right to see statistics: %s)',
  async (rights) => {
    const world = await portalWorld({ directory: { policies: [{ id: crm, lead: 'never' }] } });
    const user = world.portal.state.users.get(1);
    if (user) user.statisticRights = rights;
    world.portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.finish', times: 1 });
    const call = endedCall(answeredCall(ringingCall({}, unknown)));
    expect(await world.deliver('ended', call)).toMatchObject({ outcome: 'done', attempts: 2 });
    expect(world.portal.counters()).toMatchObject({ finished: 1, activities: 0, live: 0 });
  },
);

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
