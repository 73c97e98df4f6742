// Calls that a real Asterisk records, until somebody listens to them: one mp3 for a call, as long as the talk.
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { lines } from '../../lab/company.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { Dialplan } from '../../lab/config/server.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { clientTalksTo, pause, ringMs } from '../../lab/scenarios/scenario.ts';
import { code } from '../../lab/scenarios/transfer-steps.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import type { Call } from '../../src/calls/call.ts';
import { Mp3Frames } from '../../src/recordings/mp3-frames.ts';
import { FreeStages } from './support/free-stages.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './support/patchcord.ts';
import { allWell, describeWithAsterisk } from './support/scenario-suite.ts';

/** Between the talk that the tracker counts and the sound in the file: what MixMonitor buffers, and LAME's padding. */
const toleranceMs = 700;

/** Where the dialplans put what they record. */
const recordedFile: Record<Dialplan, RegExp> = {
  plain: /\/monitor\/in-[^/]*\.wav$/,
  freepbx: /\/monitor\/\d{4}\/\d\d\/\d\d\/in-[^/]*\.wav$/,
};
/** FreePBX records every call by itself. */
const formats: Record<Dialplan, string[]> = {
  plain: ['gsm', 'wav49', 'ulaw', 'alaw', 'sln', 'sln16', 'wav16', ''],
  freepbx: [],
};

const waiting = (timeoutMs: number) => ({ timeout: timeoutMs, interval: 250 });
const deliveriesOf = (call: Call): string =>
  `/deliveries?${new URLSearchParams({ crm: 'recordings', call: call.id }).toString()}`;

function recordingsOn(version: AsteriskVersion, dialplan: Dialplan): void {
  describeWithAsterisk(`recordings, ${dialplan} dialplan`, version, () => {
    const recordedLine = dialplan === 'plain' ? lines.recorded : lines.direct(1);
    const cleanings: (() => void)[] = [];
    let lateFolder = '';
    /** What another machine would see of Asterisk's folder: nothing until the test copies it. */
    let mirror = '';
    const stages = new FreeStages();
    let lab: Lab;
    let patchcord: Patchcord;

    async function start(folder: string, here: string): Promise<Patchcord> {
      const settings = labSettings(lab.asterisk, folder);
      const recordings = { folders: [{ asterisk: lab.asterisk.monitorFolder, here }], names: [] };
      const started = await Patchcord.start({
        ...settings,
        pbx: settings.pbx.map((one) => ({ ...one, recordings })),
        recordings: { ...settings.recordings, folder: join(folder, 'recordings') },
      });
      await allWell(started);
      return started;
    }

    beforeAll(async () => {
      const [place, latePlace] = [dataFolder(), dataFolder()];
      cleanings.push(place.remove, latePlace.remove);
      lateFolder = latePlace.folder;
      mirror = join(lateFolder, 'mirror');
      mkdirSync(mirror);
      lab = await openLab({ version, dialplan, users: [advisedUser] });
      for (const stage of lab.stages) stages.giveBack(stage);
      patchcord = await start(place.folder, lab.asterisk.monitorFolder);
    });
    afterAll(async () => {
      await patchcord?.stop();
      await lab?.close();
      for (const clean of cleanings) clean();
    });

    /** Plays with the phones of a firm; gives the call that came of it. */
    async function played(play: (stage: Stage) => Promise<void>, at: () => Patchcord = () => patchcord): Promise<Call> {
      const stage = await stages.take();
      try {
        const client = stage.company.client();
        const from = new Date(Date.now() - 500).toISOString();
        await play(stage);
        await stage.quiet();
        return await vi.waitFor(async () => {
          const calls = await at().calls({ number: client, from });
          const call = calls.find(({ endedAt }) => endedAt !== null);
          if (call === undefined) throw new Error(`no call of ${client} has ended: ${JSON.stringify(calls)}`);
          return call;
        }, waiting(10_000));
      } finally {
        stage.reset();
        stages.giveBack(stage);
      }
    }

    const ask = (at: Patchcord, call: Call, part: string, headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`http://${at.address}/api/v1/calls/${call.id}/${part}`, {
        headers: { authorization: `Bearer ${at.token}`, ...headers },
      });

    /** The mp3 of the call, as soon as there is one. */
    async function recordingOf(call: Call, at: Patchcord = patchcord, timeoutMs = 30_000): Promise<Mp3Frames> {
      await vi.waitFor(async () => {
        const { status } = await ask(at, call, 'recording', { range: 'bytes=1-1' });
        if (status !== 206) throw new Error(`no recording: ${JSON.stringify(await at.get(deliveriesOf(call)))}`);
      }, waiting(timeoutMs));
      const response = await ask(at, call, 'recording');
      expect(response.headers.get('content-type')).toBe('audio/mpeg');
      const frames = new Mp3Frames();
      frames.add(Buffer.from(await response.arrayBuffer()));
      expect(frames).toMatchObject({ strayBytes: 0, frame: { rateHz: 16_000, channels: 1 } });
      return frames;
    }

    function expectLength(frames: Mp3Frames, call: Call): void {
      expect(Math.abs(frames.durationMs - call.talkMs)).toBeLessThan(toleranceMs);
    }

    it.concurrent('a call becomes an mp3 as long as its talk', async () => {
      const call = await played(async (stage) => {
        const { client } = await clientTalksTo(stage, 1, recordedLine);
        await pause(4000);
        client.hangup();
      });
      expect(call.recordings).toEqual([
        expect.objectContaining({ file: expect.stringMatching(recordedFile[dialplan]) }),
      ]);
      expectLength(await recordingOf(call), call);
      const peaks = (await (await ask(patchcord, call, 'peaks')).json()) as { durationMs: number; peaks: number[] };
      expect(peaks.peaks.length).toBe(800);
      expect(Math.abs(peaks.durationMs - call.talkMs)).toBeLessThan(toleranceMs);
      const name = (await ask(patchcord, call, 'recording')).headers.get('content-disposition');
      expect(name).toMatch(new RegExp(`_${call.responsible?.extension}_${call.client?.number}_[0-9a-f]{8}\\.mp3"$`));
    });

    it.concurrent('one that was transferred is one recording, before and after', async () => {
      const call = await played(async (stage) => {
        const { client, operator } = await clientTalksTo(stage, 1, recordedLine);
        stage.phone(2).habit = answersAfter(ringMs);
        await pause(2000);
        await code(operator, '##', stage.company.extension(2));
        await (await stage.phone(2).incoming()).answered();
        await pause(3000);
        client.hangup();
      });
      expect(call.transfers.length).toBe(1);
      const frames = await recordingOf(call);
      // What was said before and after; of the ringing in between at most as long as it took.
      expect(frames.durationMs).toBeGreaterThan(call.talkMs - toleranceMs);
      expect(frames.durationMs).toBeLessThan(call.talkMs + 4000);
    });

    it.concurrent('one that nobody answered has none', async () => {
      const call = await played(async (stage) => {
        stage.phone(1).habit = (ringing) => ringing.ring();
        const client = await stage.client().call(stage.company.line(recordedLine));
        await client.ended();
      });
      expect(call).toMatchObject({ answered: false, recordings: [{ endedAt: expect.any(String) }] });
      await vi.waitFor(
        async () =>
          expect(await patchcord.get(deliveriesOf(call))).toMatchObject({
            deliveries: [{ kind: 'encode', state: 'done', note: 'nobody talked' }],
          }),
        waiting(10_000),
      );
      expect((await ask(patchcord, call, 'recording')).status).toBe(404);
    });

    it.concurrent.each(formats[dialplan])('what Asterisk writes as "%s" is heard', async (format) => {
      const file = format === '' ? 'no-format' : `format.${format}`;
      const call = await played(async (stage) => {
        const { client } = await clientTalksTo(stage, 1);
        const channel = stage.channelWith(stage.company.client());
        await stage.ami.send({ Action: 'MixMonitor', Channel: channel, File: file });
        await pause(3000);
        client.hangup();
      });
      expect(call.recordings.map((one) => basename(one.file))).toEqual([format === 'wav49' ? 'format.WAV' : file]);
      const frames = await recordingOf(call);
      expect(Math.abs(frames.durationMs - 3000)).toBeLessThan(toleranceMs);
    });

    it('one whose file comes 15 s late, in pieces, is whole', async () => {
      const late = await start(lateFolder, mirror);
      try {
        const call = await played(
          async (stage) => {
            const { client } = await clientTalksTo(stage, 1, recordedLine);
            await pause(4000);
            client.hangup();
          },
          () => late,
        );
        const file = call.recordings[0]?.file ?? '';
        const sound = readFileSync(file);
        const copy = join(mirror, relative(lab.asterisk.monitorFolder, file));
        mkdirSync(dirname(copy), { recursive: true });
        await pause(15_000);
        expect((await ask(late, call, 'recording')).status).toBe(404);
        for (let at = 0; at < sound.length; at += 16_000) {
          appendFileSync(copy, sound.subarray(at, at + 16_000));
          await pause(1000);
        }
        expectLength(await recordingOf(call, late, 90_000), call);
      } finally {
        await late.stop();
      }
    });
  });
}

recordingsOn(22, 'plain');
recordingsOn(16, 'plain');
recordingsOn(22, 'freepbx');
