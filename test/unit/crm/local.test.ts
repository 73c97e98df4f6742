// The built-in CRM, worked as the outbox works it, on each database.
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { Connection, Opening } from '../../../src/crm/contract.ts';
import { taskBook } from '../../../src/crm/task-book.ts';
import { localAdapter } from '../../../src/crm/local/adapter.ts';
import { findActivities } from '../../../src/crm/local/activities.ts';
import { addEntities, entitiesByNumber, findEntities } from '../../../src/crm/local/entities.ts';
import { findTasks } from '../../../src/crm/local/tasks.ts';
import type { Outcome } from '../../../src/outbox/worker.ts';
import { directorySchemas, type Directory } from '../../../src/people/directory.ts';
import { decide } from '../../../src/rules/decide.ts';
import type { DeliveryKind } from '../../../src/store/delivery.ts';
import { markOf, openMarks } from '../../../src/store/marks.ts';
import type { Store } from '../../../src/store/store.ts';
import { aDelivery } from '../../../src/outbox/testing/workers.ts';
import { aBatch, aCall, aLeg } from '../../store/a-call.ts';
import { onEachDatabase } from '../../store/each-database.ts';

const number = '+79161234567';
const nowMs = Date.parse('2026-03-01T10:05:00.000Z');

function directoryWith(policy: object = {}): Directory {
  const operator = (id: string, extension: string) =>
    directorySchemas.operators.parse({ id, name: `Operator ${extension}`, extensions: [extension] });
  return {
    operators: [operator('anna', '101'), operator('boris', '102'), operator('chief', '103')],
    groups: [],
    schedules: [],
    lines: [
      directorySchemas.lines.parse({
        id: 'ads',
        name: 'Advertising',
        numbers: ['74951112233'],
        sources: { local: 'ADS' },
      }),
    ],
    taskTemplates: [directorySchemas.taskTemplates.parse({ id: 'back', title: 'Call back {number}', deadlineMin: 30 })],
    lists: [],
    policies: [
      directorySchemas.policies.parse({
        id: 'local',
        defaultOperator: 'chief',
        taskTemplate: 'back',
        missedOwner: 0,
        ...policy,
      }),
    ],
  };
}

function connectionOn(store: Store, directory: Directory): Connection {
  const { database } = store;
  const given: Partial<Opening<Record<string, never>>> = {
    name: 'local',
    settings: {},
    database: store.database,
    region: 'RU',
    directory: () => directory,
    decide: (call) => decide(call, directory, { crm: 'local', region: 'RU' }),
    now: () => nowMs,
    tasks: taskBook(store.database, 'local', () => nowMs),
    mark: (callId) => database.read((db) => markOf(db, callId)),
  };
  return localAdapter.open(given as Opening<Record<string, never>>);
}

async function work(connection: Connection, kind: DeliveryKind, call: Call): Promise<Outcome> {
  return connection.work({
    delivery: {
      id: 1,
      crm: 'local',
      kind,
      callId: call.id,
      number,
      live: false,
      payload: {},
      staleAtMs: null,
      state: 'working',
      attempts: 1,
      createdAtMs: nowMs,
      dueAtMs: nowMs,
      endedAtMs: null,
      note: null,
      mend: null,
    },
    call,
    state: null,
    save: () => Promise.resolve(),
    signal: new AbortController().signal,
  });
}

const missedCall = (id: string): Call =>
  aCall(id, {
    answered: false,
    answeredAt: null,
    lostStage: 'ringing',
    responsible: null,
    talkMs: 0,
    waitMs: 20_000,
    result: { code: 480, cause: 16, dialStatus: 'NOANSWER' },
    legs: [aLeg('101', { outcome: 'no-answer', talkMs: 0 }), aLeg('102', { outcome: 'no-answer', talkMs: 0 })],
  });

onEachDatabase('the built-in CRM', ({ open }) => {
  it('makes one lead of an unknown client, however often a delivery is worked, and keeps the call', async () => {
    const store = await open();
    const connection = connectionOn(store, directoryWith());
    const call = aCall('main-1');
    for (const kind of ['answered', 'answered', 'ended', 'ended'] as const) await work(connection, kind, call);
    const found = await store.database.read((db) => findEntities(db, { limit: 10 }));
    expect(found).toMatchObject([
      {
        kind: 'lead',
        status: 'open',
        name: 'Anna',
        phones: [number],
        responsible: 'anna',
        source: 'ADS',
        callId: 'main-1',
      },
    ]);
    const calls = await store.database.read((db) => findActivities(db, { entityId: found[0]?.id ?? 0, limit: 10 }));
    expect(calls).toMatchObject([{ callId: 'main-1', status: 200, talkSec: 60, responsible: 'anna', recorded: false }]);
    await work(connection, 'record', call);
    await work(connection, 'ended', call);
    const [again] = await store.database.read((db) => findActivities(db, { limit: 10 }));
    expect(again?.recorded).toBe(true);
  });

  it('keeps the mark of a call, whether it was given before the end or after it', async () => {
    const store = await open();
    const connection = connectionOn(store, directoryWith());
    const [early, late] = [aCall('main-1'), aCall('main-2', { startedAt: '2026-03-01T09:00:00.000Z' })];
    await store.record(aBatch([early, late]));
    let givenAtMs = nowMs;
    const marks = openMarks(
      store,
      (call) => [aDelivery(call.id, { crm: 'local', kind: 'mark' })],
      () => ++givenAtMs,
    );
    const kept = async () =>
      (await store.database.read((db) => findActivities(db, { limit: 10 }))).map(({ callId, mark }) => [callId, mark]);

    expect(await marks.give('main-1', 4)).toEqual({ callId: 'main-1', mark: 4, previous: null });
    expect(await work(connection, 'mark', early)).toMatchObject({ outcome: 'dropped' });
    await work(connection, 'ended', early);
    await work(connection, 'ended', late);
    expect(await kept()).toEqual([
      ['main-1', 4],
      ['main-2', null],
    ]);
    expect(await work(connection, 'mark', late)).toEqual({ outcome: 'dropped', note: 'the call has no mark' });
    expect(await marks.give('main-2', 3)).toEqual({ callId: 'main-2', mark: 3, previous: null });
    expect(await marks.give('main-2', 1)).toEqual({ callId: 'main-2', mark: 1, previous: 3 });
    expect(await marks.give('main-2', 1)).toEqual({ callId: 'main-2', mark: 1, previous: 1 });
    expect(await work(connection, 'mark', late)).toEqual({ outcome: 'done', note: 'mark 1' });
    await work(connection, 'ended', late);
    expect(await kept()).toEqual([
      ['main-1', 4],
      ['main-2', 1],
    ]);
    const made = await store.database.read((db) =>
      db.selectFrom('deliveries').select('call_id').orderBy('id').execute(),
    );
    expect(made.map((row) => row.call_id)).toEqual(['main-1', 'main-2', 'main-2']);
  });

  it('leaves a known client as he is; one lead while one is open, or one per call', async () => {
    const store = await open();
    const { database } = store;
    await database.write((db) => addEntities(db, [{ kind: 'lead', name: 'Old', phones: [number] }], nowMs));
    await work(connectionOn(store, directoryWith()), 'ended', aCall('main-1'));
    expect(await database.read((db) => findEntities(db, { limit: 10 }))).toHaveLength(1);
    await work(connectionOn(store, directoryWith({ leadEach: 'call' })), 'ended', aCall('main-2'));
    await work(connectionOn(store, directoryWith({ leadEach: 'call' })), 'ended', aCall('main-2'));
    expect(await database.read((db) => findEntities(db, { kind: 'lead', limit: 10 }))).toHaveLength(2);
    await database.write((db) => addEntities(db, [{ kind: 'contact', name: 'Client', phones: [number] }], nowMs));
    await work(connectionOn(store, directoryWith({ leadEach: 'call' })), 'ended', aCall('main-3'));
    expect(await database.read((db) => findEntities(db, { kind: 'lead', limit: 10 }))).toHaveLength(2);
    expect((await database.read((db) => entitiesByNumber(db, number)))[0]?.kind).toBe('contact');
  });

  it('makes no task for a client who was reached before there was one', async () => {
    const store = await open();
    const later = aCall('main-2', { endedAt: '2026-03-01T11:00:00.000Z' });
    const deliveries = [aDelivery('main-2', { crm: 'local', kind: 'reached' })];
    await store.record(aBatch([missedCall('main-1'), later], [], { deliveries }));
    await store.database.write((db) => db.updateTable('deliveries').set({ state: 'done' }).execute());
    const outcome = await work(connectionOn(store, directoryWith()), 'missed', missedCall('main-1'));
    expect(outcome).toMatchObject({ outcome: 'dropped' });
  });

  it('makes one task of a missed call, for whom the rules say, and closes it when the client is reached', async () => {
    const store = await open();
    const connection = connectionOn(store, directoryWith({ missedOwner: 1 }));
    const call = missedCall('main-1');
    for (const kind of ['ended', 'missed', 'missed'] as const) await work(connection, kind, call);
    const tasks = (open: boolean) => store.database.read((db) => findTasks(db, { open, limit: 10 }));
    expect(await tasks(true)).toMatchObject([
      {
        title: `Call back ${number}`,
        responsible: 'boris',
        callId: 'main-1',
        deadlineAt: '2026-03-01T10:31:05.000Z',
      },
    ]);
    const [activity] = await store.database.read((db) => findActivities(db, { limit: 10 }));
    expect(activity).toMatchObject({ status: 304, responsible: 'boris', talkSec: 0, waitSec: 20 });

    expect(await work(connection, 'reached', aCall('main-2', { direction: 'outbound' }))).toEqual({
      outcome: 'done',
      note: '1 task(s) closed',
    });
    expect(await tasks(true)).toEqual([]);
    expect(await tasks(false)).toMatchObject([{ closedBy: 'main-2' }]);
  });

  it('gives a missed call of a known client to his responsible, unless he has left', async () => {
    const store = await open();
    const call = missedCall('main-1');
    await store.database.write((db) =>
      addEntities(db, [{ kind: 'contact', name: 'Client', phones: [number], responsible: 'anna' }], nowMs),
    );
    await work(connectionOn(store, directoryWith()), 'missed', call);
    const directory = directoryWith();
    const left = { ...directory, operators: directory.operators.map((one) => ({ ...one, active: one.id !== 'anna' })) };
    await work(connectionOn(store, left), 'missed', missedCall('main-2'));
    const tasks = await store.database.read((db) => findTasks(db, { limit: 10 }));
    expect(tasks.map(({ responsible }) => responsible)).toEqual(['boris', 'anna']);
  });
});

describe('the connection', () => {
  it('drops what is not for it, saying why', async () => {
    const connection = localAdapter.open({
      name: 'local',
      decide: (call: Call) => decide(call, directoryWith(), { crm: 'local', region: 'RU' }),
    } as Opening<Record<string, never>>);
    const internal = aCall('main-1', { direction: 'internal', client: null, line: null });
    expect(await work(connection, 'ended', internal)).toMatchObject({
      outcome: 'dropped',
      note: 'internal calls are not registered (policy internalCalls)',
    });
  });
});
