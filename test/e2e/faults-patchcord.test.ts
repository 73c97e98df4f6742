// Patchcord is killed (-9) while people talk, and started again: the history must be as if it had never been away.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { companies } from '../../lab/company.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter, letsRing } from '../../lab/sip/party.ts';
import {
  callWith,
  code,
  expectSound,
  expectSoundLog,
  expectTalk,
  labMissing,
  Patchcord,
  pbxOf,
  temporaryFolder,
} from './faults-support.ts';

const versions: AsteriskVersion[] = [22, 16];

describe.each(versions)('Patchcord killed in mid-call, at Asterisk %i', (version) => {
  const missing = labMissing(version);
  let lab: Lab;
  const folders: { remove(): void }[] = [];
  const started: Patchcord[] = [];

  beforeAll(async () => {
    if (missing === null) lab = await openLab({ version, companies: companies.slice(0, 5) });
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
});
