// The connection to Asterisk is cut anywhere, or held half-open: it is noticed, made anew, and the history is right afterwards.
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, talkMs } from '../../lab/scenarios/scenario.ts';
import type { SipCall } from '../../lab/sip/call.ts';
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
import { Proxy } from './proxy.ts';

const versions: AsteriskVersion[] = [22, 16];

/** After so long without a byte Asterisk is asked, at the next look; and it has as long again to answer. */
const keepAliveMs = 10_000;
/** Calls of other tests at the same Asterisk. */
const isOf = (stages: readonly Stage[]) => {
  const clients = new Set(stages.flatMap((stage) => [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => stage.company.client(n))));
  return (call: { client: { number: string | null } | null }): boolean => clients.has(call.client?.number ?? '');
};

describe.each(versions)('the connection to Asterisk %i', { concurrent: true }, (version) => {
  const missing = labMissing(version);
  let lab: Lab;
  const cleanings: (() => void | Promise<void>)[] = [];

  beforeAll(async () => {
    if (missing === null) lab = await openLab({ users: [advisedUser], version });
  });
  afterAll(async () => {
    for (const clean of cleanings.reverse()) await clean();
    await lab?.close();
  });

  async function patchcordBehindProxy(): Promise<{ one: Patchcord; proxy: Proxy }> {
    const proxy = await Proxy.open({ host: lab.asterisk.amiHost, port: lab.asterisk.amiPort });
    const folder = temporaryFolder();
    const one = new Patchcord({ folder: folder.path, settings: { pbx: [pbxOf(lab.asterisk, proxy)] } });
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
    const talks: { client: string; call: SipCall; sinceMs: number }[] = [];
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
          return { client: number, call, sinceMs: Date.now() };
        }),
      );
      talks.push(...begun);
      // The bytes of the calls may not have reached the offset yet: then it is the next ones that do.
      if (proxy.accepted === before) proxy.cut();
      await proxy.connections(before + 1);
      await one.liveWhere(
        (calls) => begun.every(({ client }) => calls.some((call) => call.client?.number === client)),
        20_000,
      );
      await wait(talkMs);
      for (const talk of begun) talk.call.hangup();
      for (const talk of begun) talk.sinceMs = (talk.call.record.ended! - talk.call.record.answered!) * 1000;
    }
    const isOurs = isOf(stages);
    const calls = await one.historyWhere(
      (all) => all.filter((call) => isOurs(call) && call.endedAt !== null).length >= talks.length,
    );
    const own = calls.filter(isOurs);
    expect(own.length, `cut at ${offsets.join(', ')}`).toBe(talks.length);
    expectSound(own);
    for (const { client, sinceMs } of talks) {
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
      expectTalk(call, sinceMs, 2_500);
    }
    const ids = new Set(own.map(({ id }) => id));
    expectSoundLog(await one.events(), own, (id) => ids.has(id));
  });

  it.skipIf(missing)('is held half-open: noticed within the keep-alive deadline', async () => {
    const [staying, leaving] = lab.stages.slice(4) as [Stage, Stage];
    const { one, proxy } = await patchcordBehindProxy();
    const stays = await clientTalksTo(staying, 1);
    const leaves = await clientTalksTo(leaving, 1);
    await one.liveCall(leaving.company.client(), (call) => call.answered);
    const ids = await Promise.all([staying, leaving].map(async (s) => (await one.liveCall(s.company.client())).id));
    await wait(talkMs);

    proxy.hold();
    const heldAtMs = Date.now();
    leaves.client.hangup();
    await clientTalksTo(staying, 2, 102).catch(() => undefined);
    await proxy.connections(2, 3 * keepAliveMs + 3000);
    await one.connected();
    expect(Date.now() - heldAtMs).toBeLessThan(3 * keepAliveMs + 4000);

    const left = (
      await one.historyWhere((all) => all.some(({ id, endedAt }) => id === ids[1] && endedAt !== null))
    ).find(({ id }) => id === ids[1])!;
    expect(left).toMatchObject({ answered: true, responsible: { extension: leaving.company.extension(1) }, gap: true });
    // Proved to be heard every 5 s.
    expectTalk(left, (leaves.client.record.ended! - leaves.client.record.answered!) * 1000, 5000);
    const live = (await one.live()).filter(isOf([staying, leaving]));
    expect(live.map(({ id }) => id)).toContain(ids[0]);

    stays.client.hangup();
    await stays.operator.ended();
    staying.reset();
    const isOurs = isOf([staying, leaving]);
    const own = (
      await one.historyWhere(
        (all) => all.filter(isOurs).length === 3 && all.filter(isOurs).every((c) => c.endedAt !== null),
      )
    ).filter(isOurs);
    expectSound(own);
    const stayed = own.find(({ id }) => id === ids[0])!;
    expect(stayed).toMatchObject({ answered: true, hangupBy: 'client' });
    expectTalk(stayed, (stays.client.record.ended! - stays.client.record.answered!) * 1000);
  });
});
