// Patchcord is killed (-9) while people talk, and started again: the history must be as if it had never been away.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { companies } from '../../lab/company.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { code } from '../../lab/scenarios/transfer-steps.ts';
import { answersAfter, letsRing } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import {
  callWith,
  expectSound,
  expectSoundLog,
  expectTalk,
  labMissing,
  Patchcord,
  pbxOf,
  talkOf,
  temporaryFolder,
} from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';

const versions: AsteriskVersion[] = [22, 16];

describe.each(versions)('Patchcord killed in mid-call, at Asterisk %i', (version) => {
  const missing = labMissing(version);
  let lab: Lab;
  const folders: { remove(): void }[] = [];
  const started: Patchcord[] = [];

  beforeAll(async () => {
    if (missing === null) lab = await openLab({ users: [advisedUser], version, companies: companies.slice(0, 5) });
  });
  afterAll(async () => {
    for (const one of started) await one.kill9();
    await lab?.close();
    for (const one of folders) one.remove();
  });

  async function patchcord(more: Record<string, unknown> = {}): Promise<Patchcord> {
    const folder = temporaryFolder();
    folders.push(folder);
    const one = new Patchcord({ folder: folder.path, settings: { pbx: [{ ...pbxOf(lab.asterisk), ...more }] } });
    started.push(one);
    await one.start();
    await one.connected();
    return one;
  }

  it.skipIf(missing)('goes on with every call under its id, whatever it was doing at that moment', async () => {
    const [talking, consulting, passing, leaving, ringing] = lab.stages as [Stage, Stage, Stage, Stage, Stage];
    for (const stage of lab.stages) stage.reset();
    const one = await patchcord();

    const [first, second, third, fourth] = await Promise.all(
      [talking, consulting, passing, leaving].map((stage) => clientTalksTo(stage, 1)),
    );
    const talkSince = Date.now();
    await wait(talkMs);
    consulting.phone(2).habit = answersAfter(ringMs);
    passing.phone(2).habit = letsRing;
    await code(second!.operator, '*2', consulting.company.extension(2));
    await (await consulting.phone(2).incoming()).answered();
    await code(third!.operator, '##', passing.company.extension(2));
    const target = await passing.phone(2).incoming();
    const waiter = await ringing.client().call(ringing.company.line(101));
    const rung = await ringing.phone(1).incoming();
    const ids = new Map<Stage, string>();
    await Promise.all(lab.stages.map(async (stage) => ids.set(stage, (await one.liveCall(stage.company.client())).id)));

    fourth!.client.hangup();
    const leftAfterMs = Date.now() - talkSince;
    await one.kill9();
    const back = one.start().then(() => one.connected());
    // The phones ring for 3 s; who answers does not wait for a program longer than that.
    await Promise.race([back, wait(1000)]);
    target.answer();
    rung.answer();
    await Promise.all([back, target.answered(), waiter.answered()]);
    const live = await one.liveWhere((calls) => calls.length === 4);
    expect(new Set(live.map(({ id }) => id))).toEqual(
      new Set([talking, consulting, passing, ringing].map((stage) => ids.get(stage))),
    );

    second!.operator.hangup();
    await wait(talkMs);
    const talkedMs = Date.now() - talkSince;
    for (const client of [first!.client, second!.client, third!.client, waiter]) client.hangup();

    const calls = await one.ended(5);
    expectSound(calls);
    expectSoundLog(await one.events(), calls);
    for (const stage of lab.stages) expect(callWith(calls, stage.company.client()).id).toBe(ids.get(stage));
    const of = (stage: Stage) => callWith(calls, stage.company.client());
    const firm = (stage: Stage) => ({ first: stage.company.extension(1), second: stage.company.extension(2) });

    expect(of(talking)).toMatchObject({
      answered: true,
      responsible: { extension: firm(talking).first },
      hangupBy: 'client',
      legs: [{ extension: firm(talking).first, outcome: 'answered' }],
      transfers: [],
      gap: true,
    });
    expectTalk(of(talking), talkedMs);

    expect(of(consulting)).toMatchObject({
      answered: true,
      responsible: { extension: firm(consulting).second },
      hangupBy: 'client',
      legs: [
        { extension: firm(consulting).first, outcome: 'answered' },
        { extension: firm(consulting).second, role: 'transfer-target', outcome: 'answered' },
      ],
      transfers: [{ type: 'attended', by: firm(consulting).first, to: firm(consulting).second, completed: true }],
    });

    expect(of(passing)).toMatchObject({
      answered: true,
      responsible: { extension: firm(passing).second },
      legs: [
        { extension: firm(passing).first, outcome: 'answered' },
        { extension: firm(passing).second, role: 'transfer-target', outcome: 'answered' },
      ],
      transfers: [{ type: 'blind', by: firm(passing).first, to: firm(passing).second, completed: true }],
    });

    expect(of(leaving)).toMatchObject({
      answered: true,
      responsible: { extension: firm(leaving).first },
      transfers: [],
    });
    expectTalk(of(leaving), leftAfterMs);

    expect(of(ringing)).toMatchObject({
      answered: true,
      responsible: { extension: firm(ringing).first },
      hangupBy: 'client',
      legs: [{ extension: firm(ringing).first, outcome: 'answered' }],
    });
    await one.stop();
  });

  it.skipIf(missing)('finds in CEL what happened while it was away', async () => {
    const [whole, passed, consulted, taken, left] = lab.stages as [Stage, Stage, Stage, Stage, Stage];
    for (const stage of lab.stages) stage.reset();
    // Asterisk makes the file with its first row.
    await (await whole.client(3).call(whole.company.line(104))).ended();
    const one = await patchcord({ cel: { csv: lab.asterisk.celFile, timeZone: 'UTC' } });
    await one.statusWhere(
      ({ parts }) => parts.some(({ part, message }) => part === 'CEL of lab' && message.startsWith('read to its end')),
      10_000,
    );
    const [passing, consulting, leaving] = await Promise.all(
      [passed, consulted, left].map((stage) => clientTalksTo(stage, 1)),
    );
    const rings = await taken.client().call(taken.company.line(101));
    const rung = await taken.phone(1).incoming();
    const ids = new Map<Stage, string>();
    const open = [passed, consulted, taken, left];
    await Promise.all(open.map(async (stage) => ids.set(stage, (await one.liveCall(stage.company.client())).id)));
    await one.kill9();

    rung.answer();
    const answeredWhole = clientTalksTo(whole, 1);
    const lost = await whole.client(2).call(whole.company.line(103));
    for (const stage of [passed, consulted]) stage.phone(2).habit = answersAfter(ringMs);
    await Promise.all([
      code(passing!.operator, '##', passed.company.extension(2)),
      code(consulting!.operator, '*2', consulted.company.extension(2)),
      lost.ended(),
    ]);
    await Promise.all([passed, consulted].map(async (stage) => (await stage.phone(2).incoming()).answered()));
    await wait(500);
    consulting!.operator.hangup();
    const { client } = await answeredWhole;
    await wait(talkMs);
    for (const call of [client, consulting!.client, leaving!.client, rings]) call.hangup();
    await one.start();
    await one.connected();
    expect((await one.liveCall(passed.company.client())).id).toBe(ids.get(passed));
    await wait(talkMs);
    passing!.client.hangup();
    await one.historyWhere((all) => all.some(({ id, endedAt }) => id === ids.get(passed) && endedAt !== null));
    // What ended a moment ago is left to those who may still be storing it; a start looks again at once.
    await wait(5_500);
    await one.kill9();
    await one.start();

    const isFound = (call: Call): boolean => call.client?.number === whole.company.client(2);
    const isCompleted = (call: Call): boolean => call.id === ids.get(passed) && call.gap === undefined;
    const calls = await one.historyWhere((all) => all.some(isFound) && all.some(isCompleted));
    expect(calls.length).toBe(6);
    expectSound(calls);
    expectSoundLog(await one.events(), calls);
    for (const stage of open) expect(callWith(calls, stage.company.client()).id).toBe(ids.get(stage));
    for (const call of calls) expect({ id: call.id, gap: call.gap }).toEqual({ id: call.id, gap: undefined });

    const talker = (stage: Stage) => ({ extension: stage.company.extension(1), outcome: 'answered' });
    const taker = (stage: Stage) => ({
      extension: stage.company.extension(2),
      outcome: 'answered',
      role: 'transfer-target',
    });
    expect(callWith(calls, whole.company.client())).toMatchObject({
      answered: true,
      responsible: { extension: whole.company.extension(1) },
      hangupBy: 'client',
      legs: [talker(whole)],
    });
    expectTalk(callWith(calls, whole.company.client()), talkOf(client));
    expect(callWith(calls, whole.company.client(2))).toMatchObject({
      answered: false,
      lostStage: 'ringing',
      legs: [{ extension: whole.company.extension(3), outcome: 'no-answer' }],
    });
    for (const [stage, type] of [
      [passed, 'blind'],
      [consulted, 'attended'],
    ] as const) {
      expect(callWith(calls, stage.company.client())).toMatchObject({
        answered: true,
        responsible: { extension: stage.company.extension(2) },
        hangupBy: 'client',
        legs: [talker(stage), taker(stage)],
        transfers: [{ type, by: stage.company.extension(1), to: stage.company.extension(2), completed: true }],
      });
    }
    for (const [stage, call] of [
      [taken, rings],
      [left, leaving!.client],
    ] as const) {
      expect(callWith(calls, stage.company.client())).toMatchObject({
        answered: true,
        responsible: { extension: stage.company.extension(1) },
        hangupBy: 'client',
        legs: [talker(stage)],
        transfers: [],
      });
      expectTalk(callWith(calls, stage.company.client()), talkOf(call));
    }
    await one.stop();
  });
});
