// The connection to Asterisk is cut anywhere, or held half-open: it is noticed, made anew, and the history is right afterwards.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import type { SipCall } from '../../lab/sip/call.ts';
import { answersAfter } from '../../lab/sip/party.ts';
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
import { Proxy } from './proxy.ts';

const versions: AsteriskVersion[] = [22, 16];

/** After so long without a byte Asterisk is asked, at the next look; and it has as long again to answer. */
const keepAliveMs = 10_000;
/** How often it is proved that nothing was missed. */
const provedMs = 5_000;
/** Every Patchcord here sees the calls of all tests: those with these clients are asked about. */
const isWith = (clients: readonly string[]) => {
  const own = new Set(clients);
  return (call: { client: { number: string | null } | null }): boolean => own.has(call.client?.number ?? '');
};

describe.each(versions)('the connection to Asterisk %i', { concurrent: true }, (version) => {
  const missing = labMissing(version);
  let lab: Lab;
  const cleanings: (() => void | Promise<void>)[] = [];

  beforeAll(async () => {
    if (missing !== null) return;
    lab = await openLab({ users: [advisedUser], version });
    // Asterisk makes the file of CEL with its first row.
    const [stage] = lab.stages;
    await (await stage!.client(9).call(stage!.company.line(104))).ended();
  });
  afterAll(async () => {
    for (const clean of cleanings.reverse()) await clean();
    await lab?.close();
  });

  async function patchcordBehindProxy(more: Record<string, unknown> = {}): Promise<{ one: Patchcord; proxy: Proxy }> {
    const proxy = await Proxy.open({ host: lab.asterisk.amiHost, port: lab.asterisk.amiPort });
    const folder = temporaryFolder();
    const one = new Patchcord({ folder: folder.path, settings: { pbx: [{ ...pbxOf(lab.asterisk, proxy), ...more }] } });
    cleanings.push(
      () => folder.remove(),
      () => proxy.close(),
      () => one.kill9(),
    );
    await one.start();
    await one.connected();
    return { one, proxy };
  }

  it.skipIf(missing)('is cut at random bytes while calls begin: each is there once, and right', async () => {
    const stages = lab.stages.slice(0, 4);
    const { one, proxy } = await patchcordBehindProxy();
    const talks: { client: string; call: SipCall; talkedMs: number }[] = [];
    const offsets: number[] = [];
    for (const round of [1, 2, 3]) {
      const before = proxy.accepted;
      // One call makes some 15,000 bytes of events; with four of them the cut falls somewhere between setup and answer.
      offsets.push(Math.floor(Math.random() * 40_000));
      proxy.delay(round === 3 ? 200 : 0);
      proxy.cutAfter(offsets.at(-1)!);
      const begun = await Promise.all(
        stages.map(async (stage, index) => {
          await wait(index * 150);
          stage.phone(round).habit = (call) => {
            call.ring();
            setTimeout(() => call.answer(), 400);
          };
          const number = stage.company.client(round);
          const call = await stage.client(round).call(stage.company.line(100 + round));
          await call.answered();
          return { client: number, call, talkedMs: 0 };
        }),
      );
      talks.push(...begun);
      // The bytes of the calls may not have reached the offset yet: then it is the next ones that do.
      if (proxy.accepted === before) proxy.cut();
      await proxy.connections(before + 1);
      // All have been answered by now; that Patchcord says so proves that it is back and has understood what it missed.
      await one.liveWhere(
        (calls) => begun.every(({ client }) => calls.some((call) => call.client?.number === client && call.answered)),
        20_000,
      );
      await wait(talkMs);
      for (const talk of begun) talk.call.hangup();
      for (const talk of begun) talk.talkedMs = talkOf(talk.call);
    }
    const isOurs = isWith(talks.map(({ client }) => client));
    const calls = await one.historyWhere(
      (all) => all.filter((call) => isOurs(call) && call.endedAt !== null).length >= talks.length,
    );
    const own = calls.filter(isOurs);
    expect(own.length, `cut at ${offsets.join(', ')}`).toBe(talks.length);
    expectSound(own);
    for (const { client, talkedMs } of talks) {
      const call = callWith(own, client);
      const round = Number(client.at(-1));
      const extension = stages.find((stage) => stage.company.client(round) === client)!.company.extension(round);
      expect(call, `cut at ${offsets.join(', ')}`).toMatchObject({
        direction: 'inbound',
        answered: true,
        responsible: { extension },
        transfers: [],
        legs: [{ extension, outcome: 'answered' }],
      });
      // An answer that nobody saw counts from the moment when the connection was there again, or from the cut.
      expectTalk(call, talkedMs, 2_500);
    }
    const ids = new Set(own.map(({ id }) => id));
    expectSoundLog(await one.events(), own, (id) => ids.has(id));
  });

  it.skipIf(missing)('is held half-open: noticed within the keep-alive deadline', async () => {
    const [staying, leaving] = lab.stages.slice(4) as [Stage, Stage];
    const { one, proxy } = await patchcordBehindProxy({ cel: { csv: lab.asterisk.celFile, timeZone: 'UTC' } });
    const stays = await clientTalksTo(staying, 1);
    const leaves = await clientTalksTo(leaving, 1);
    const ids = await Promise.all(
      [staying, leaving].map(async (s) => (await one.liveCall(s.company.client(), ({ answered }) => answered)).id),
    );
    await wait(talkMs);

    proxy.hold();
    const heldAtMs = Date.now();
    leaves.client.hangup();
    const unseen = await leaving.client(4).call(leaving.company.line(102));
    await unseen.ended();
    await proxy.connections(2, 3 * keepAliveMs + 3000);
    await one.connected();
    expect(Date.now() - heldAtMs).toBeLessThan(3 * keepAliveMs + 4000);
    expect((await one.live()).map(({ id }) => id)).toContain(ids[0]);

    const clients = [staying.company.client(), leaving.company.client(), leaving.company.client(4)];
    const isOurs = isWith(clients);
    // CEL tells what the connection did not.
    const isTold = (call: Call): boolean => call.endedAt !== null && call.gap === undefined;
    await one.historyWhere((all) => all.filter((call) => isOurs(call) && isTold(call)).length === 2);
    stays.client.hangup();
    const own = (
      await one.historyWhere(
        (all) => all.filter(isOurs).length === 3 && all.filter(isOurs).every((c) => c.endedAt !== null),
      )
    ).filter(isOurs);
    expectSound(own);
    const own3 = new Set(own.map(({ id }) => id));
    expectSoundLog(await one.events(), own, (id) => own3.has(id));
    for (const [client, id, phone] of [
      [clients[0]!, ids[0], stays.client],
      [clients[1]!, ids[1], leaves.client],
    ] as const) {
      const call = callWith(own, client);
      expect(call).toMatchObject({ id, answered: true, hangupBy: 'client', legs: [{ outcome: 'answered' }] });
      expectTalk(call, talkOf(phone));
    }
    expect(callWith(own, clients[2]!)).toMatchObject({ answered: false, lostStage: 'ringing' });
  });

  it.skipIf(missing)(
    'carries nothing in a long talk: its length is known all the same when its end is missed',
    async () => {
      const stage = lab.stages[4]!;
      const { one } = await patchcordBehindProxy();
      stage.phone(3).habit = answersAfter(ringMs);
      const client = await stage.client(3).call(stage.company.line(103));
      await client.answered();
      await wait(2 * provedMs + talkMs);
      await one.kill9();
      client.hangup();
      await one.start();
      const isOurs = isWith([stage.company.client(3)]);
      const [call] = (await one.historyWhere((all) => all.some((c) => isOurs(c) && c.endedAt !== null))).filter(isOurs);
      expect(call).toMatchObject({ answered: true, gap: true, responsible: { extension: stage.company.extension(3) } });
      expectTalk(call!, talkOf(client), provedMs);
    },
  );
});
