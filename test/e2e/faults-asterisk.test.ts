// Asterisk dies or is restarted while people talk: open calls are closed once, with what is known, and the next call is tracked.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { companies } from '../../lab/company.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, talkMs } from '../../lab/scenarios/scenario.ts';
import {
  callWith,
  expectSound,
  expectSoundLog,
  expectTalk,
  labMissing,
  Patchcord,
  pbxOf,
  temporaryFolder,
} from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';

const versions: AsteriskVersion[] = [22, 16];

describe.each(versions)('Asterisk %i ends in mid-call', { concurrent: true }, (version) => {
  const missing = labMissing(version);
  const cleanings: (() => void | Promise<void>)[] = [];

  afterAll(async () => {
    for (const clean of cleanings.toReversed()) await clean();
  });

  const ways = [
    {
      how: 'killed (-9) and started again',
      end: (lab: Lab) => lab.asterisk.kill9(),
      start: (lab: Lab) => lab.asterisk.start(),
    },
    {
      how: 'stopped in an orderly way and started again',
      end: (lab: Lab) => lab.asterisk.restart(),
      start: async () => {},
    },
  ];

  it.skipIf(missing).each(ways)('$how', async ({ end, start }) => {
    const lab = await openLab({ users: [advisedUser], version, companies: companies.slice(0, 2) });
    cleanings.push(() => lab.close());
    const folder = temporaryFolder();
    cleanings.push(() => folder.remove());
    const one = new Patchcord({ folder: folder.path, settings: { pbx: [pbxOf(lab.asterisk)] } });
    cleanings.push(() => one.kill9());
    await one.start();
    await one.connected();
    const [talking, ringing] = lab.stages as [Stage, Stage];

    await clientTalksTo(talking, 1);
    const talkSince = Date.now();
    await wait(talkMs);
    await ringing.client().call(ringing.company.line(101));
    await (await ringing.phone(1).incoming()).ringing();
    const ids = await Promise.all([talking, ringing].map(async (s) => (await one.liveCall(s.company.client())).id));
    const talkedMs = Date.now() - talkSince;
    await end(lab);
    await start(lab);

    await one.connected(20_000);
    const calls = await one.ended(2);
    expect(new Set(calls.map(({ id }) => id))).toEqual(new Set(ids));
    expect(await one.live()).toEqual([]);
    const talked = callWith(calls, talking.company.client());
    expect(talked).toMatchObject({ answered: true, responsible: { extension: talking.company.extension(1) } });
    expectTalk(talked, talkedMs);
    const rung = callWith(calls, ringing.company.client());
    expect(rung).toMatchObject({ answered: false, lostStage: 'ringing', responsible: null, talkMs: 0 });

    talking.reset();
    const next = await clientTalksTo(talking, 2);
    await wait(talkMs);
    next.client.hangup();
    const all = await one.ended(3);
    expectSound(all);
    expectSoundLog(await one.events(), all);
    const newest = all.at(-1)!;
    expect(newest).toMatchObject({
      answered: true,
      responsible: { extension: talking.company.extension(2) },
      hangupBy: 'client',
    });
    expect(newest.gap).toBeUndefined();
    expectTalk(newest, talkMs);
    await one.stop();
  });
});
