// Patchcord is killed with -9 between a click in the portal and what the operator does about it: the portal's call ends exactly once.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { companies } from '../../lab/company.ts';
import { freePort } from '../../lab/child.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import { pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import { FakePortal } from '../fakes/bitrix24/portal.ts';
import type { CallView } from '../fakes/bitrix24/view.ts';
import { Patchcord, temporaryFolder } from './faults-support.ts';
import { busySettings, settle } from './support/portal-faults.ts';
import { callsOf, type PortalCalls } from './support/portal-judge.ts';
import { officeUsers, userOf } from './support/portal-office.ts';
import { advisedUser } from './support/patchcord.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

const operatorRingSec = 5;
/** Longer than an order may go on that nothing is heard of: ringing, and 15 s from the connection on. */
const knownMs = 45_000;

describeWithAsterisk('clicks and kill -9', 22, () => {
  const folder = temporaryFolder();
  let lab: Lab;
  let portal: FakePortal;
  let patchcord: Patchcord;

  beforeAll(async () => {
    const user = { ...advisedUser, write: 'system,call,reporting,originate' };
    lab = await openLab({ version: 22, users: [user], companies: companies.slice(0, 4) });
    portal = new FakePortal({ users: officeUsers, entities: [] });
    await portal.listen();
    const plain = busySettings(lab.asterisk, portal, folder.path);
    const [crm, pbx] = [plain['crm'], plain['pbx']] as [object[], object[]];
    const listen = `127.0.0.1:${await freePort()}`;
    patchcord = new Patchcord({
      folder: folder.path,
      settings: {
        ...plain,
        listen,
        crm: crm.map((one) => ({ ...one, events: 'poll', language: 'en' })),
        pbx: pbx.map((one) => ({ ...one, dial: { context: 'c2c', operatorRingSec } })),
      },
    });
    await patchcord.start();
    await patchcord.connected();
    await settle(patchcord, portal);
  });
  afterAll(async () => {
    await patchcord?.kill9();
    await portal?.close();
    await lab?.close();
    folder.remove();
  });

  const click = (stage: Stage, person: number): string =>
    portal.clickToCall({ userId: userOf(stage.company.extension(person)), phone: `+${stage.company.client()}` });
  const finished = (callId: string): Promise<CallView> =>
    vi.waitFor(
      () => {
        const call = portal.calls().find((one) => one.callId === callId);
        expect(call).toMatchObject({ live: false });
        return call!;
      },
      { timeout: knownMs, interval: 100 },
    );

  it('ends each click once, as the phones saw it', async () => {
    await vi.waitFor(() => expect(portal.state.handlers.all()).toHaveLength(2), 20_000);
    const [answered, declined, unanswered, off] = lab.stages as [Stage, Stage, Stage, Stage];
    for (const stage of lab.stages) stage.client().habit = answersAfter(ringMs);
    const ids = new Map([
      [answered, click(answered, 1)],
      [declined, click(declined, 1)],
      [unanswered, click(unanswered, 1)],
      [off, click(off, 4)],
    ]);
    const [atFirst, atSecond] = await Promise.all(
      [answered, declined, unanswered].map((stage) => stage.phone(1).incoming()),
    );
    await patchcord.kill9();
    // The first answers and the second declines while nobody listens; the third one's phone rings out.
    atFirst!.answer();
    atSecond!.reject(603);
    const atClient = await answered.client().incoming();
    await atClient.answered();
    await pause(operatorRingSec * 1000);
    await patchcord.start();
    await patchcord.connected();
    await pause(talkMs);
    atClient.hangup();

    const user = (stage: Stage, person: number): number => userOf(stage.company.extension(person));
    expect(await finished(ids.get(answered)!)).toMatchObject({ code: '200', userId: user(answered, 1) });
    // What the phones did while nobody listened is not known of each; that nobody talked is.
    for (const stage of [declined, unanswered, off]) {
      const call = await finished(ids.get(stage)!);
      expect(call).toMatchObject({ durationSeconds: 0, userId: user(stage, stage === off ? 4 : 1) });
      expect(call.code).not.toBe('200');
    }
    for (const stage of lab.stages) await stage.quiet();
    expect(answered.phone(1).calls).toHaveLength(1);
    expect(answered.client().calls).toHaveLength(1);
    for (const stage of [declined, unanswered, off]) expect(stage.client().calls).toEqual([]);

    // A second start finds nothing to do.
    await patchcord.kill9();
    await patchcord.start();
    await patchcord.connected();
    const office: PortalCalls = { portal };
    for (const [stage, callId] of ids) expect(callsOf(stage.company, office)).toMatchObject([{ callId, live: false }]);
    expect(portal.counters()).toMatchObject({ live: 0, finished: 4 });
    const finishes = portal.requests
      .flatMap(({ methods }) => methods)
      .filter((one) => /externalcall\.finish/.test(one));
    console.log(`four clicks, ${finishes.length} requests to finish, ${portal.counters()['finished']} calls finished`);
  });
});
