// Patchcord that comes in the middle of calls, leaves them and comes back: they are found, and go on under the same ids.
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { lines } from '../../lab/company.ts';
import { type Lab, openLab } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, pause, talkMs } from '../../lab/scenarios/scenario.ts';
import { letsRing } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './support/patchcord.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

const versions: AsteriskVersion[] = [22, 16];

for (const version of versions) {
  describeWithAsterisk('Patchcord that comes and goes', version, () => {
    let lab: Lab;

    beforeAll(async () => {
      lab = await openLab({ version, users: [advisedUser] });
    });
    afterAll(() => lab?.close());

    it('finds a talk, a waiting client and an outbound call that it did not see begin, and keeps them', async () => {
      const place = dataFolder();
      onTestFinished(() => place.remove());
      const [talking, waiting, outbound, left] = lab.stages;
      const talk = await clientTalksTo(talking!, 1);
      const inQueue = await waiting!.client().call(waiting!.company.line(lines.queue));
      await waiting!.phone(1).incoming();
      outbound!.client().habit = letsRing;
      const out = await outbound!.phone(1).call(outbound!.company.client());
      const ringing = await outbound!.client().incoming();
      const toEnd = await clientTalksTo(left!, 2);

      const first = await Patchcord.start(labSettings(lab.asterisk, place.folder));
      const found = await callsOf(first, 4);
      const [talkCall, waitingCall, outCall, endedCall] = [talking!, waiting!, outbound!, left!].map(({ company }) =>
        found.find((call) => call.client?.number === company.client()),
      );
      expect(talkCall).toMatchObject({
        direction: 'inbound',
        line: { number: talking!.company.line(lines.direct(1)), trunk: 'trunk' },
        answered: true,
        stage: 'talking',
        responsible: { extension: talking!.company.extension(1) },
        legs: [{ extension: talking!.company.extension(1), outcome: 'answered', endedAt: null }],
        gap: true,
      });
      expect(waitingCall).toMatchObject({
        direction: 'inbound',
        line: { number: waiting!.company.line(lines.queue) },
        answered: false,
        stage: 'queue',
      });
      expect(outCall).toMatchObject({
        direction: 'outbound',
        answered: false,
        responsible: { extension: outbound!.company.extension(1) },
      });
      await first.stop();

      // while nobody listens one talk ends and the outbound client answers
      toEnd.client.hangup();
      await left!.quiet();
      ringing.answer();
      await out.answered();

      const second = await Patchcord.start(labSettings(lab.asterisk, place.folder));
      const kept = await callsOf(second, 3);
      expect(kept.map(({ id }) => id).toSorted()).toEqual(
        [talkCall, waitingCall, outCall].map((c) => c?.id ?? '').toSorted(),
      );
      expect(kept.find(({ id }) => id === outCall?.id)).toMatchObject({ answered: true, stage: 'talking' });
      await pause(talkMs);
      talk.client.hangup();
      out.hangup();
      inQueue.hangup();
      await vi.waitFor(async () => expect((await second.live()).calls).toEqual([]), 10_000);

      const history = await second.calls();
      expect(history).toHaveLength(4);
      const ended = (call: Call | undefined): Call | undefined => history.find(({ id }) => id === call?.id);
      expect(ended(talkCall)).toMatchObject({ answered: true, hangupBy: 'client', gap: true });
      expect(ended(talkCall)?.talkMs).toBeGreaterThan(talkMs);
      expect(ended(outCall)).toMatchObject({ answered: true, hangupBy: 'operator' });
      expect(ended(waitingCall)).toMatchObject({ answered: false, lostStage: 'queue', hangupBy: 'client' });
      expect(ended(endedCall)).toMatchObject({ answered: true, stage: null });
      await second.stop();
      for (const stage of lab.stages) stage.reset();
      await Promise.all(lab.stages.map((stage) => stage.quiet()));
    });
  });
}

/** Waits until so many calls are in progress. */
async function callsOf(patchcord: Patchcord, count: number): Promise<Call[]> {
  return vi.waitFor(async () => {
    const { calls } = await patchcord.live();
    expect(calls).toHaveLength(count);
    return calls;
  }, 10_000);
}
