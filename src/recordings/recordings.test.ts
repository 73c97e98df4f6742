// From files that Asterisk left to one mp3, with real files and the real encoder.
import { appendFileSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createEncoder } from './encoder.ts';
import { prepareRecording } from './recordings.ts';
import { recorded, talkedCall } from './testing/call.ts';
import { callWith, monitor, Scene } from './testing/scene.ts';
import { bytesOf, interleaved, tone, toneFile, wav } from './testing/sound.ts';

/** LAME begins with a little silence and ends at a whole frame. */
const paddingMs = 150;

let scene: Scene;

beforeEach(() => {
  scene = new Scene();
});
afterEach(() => scene.remove());

describe('a recording', () => {
  it('becomes an mp3 that lasts as long', async () => {
    toneFile(join(scene.here, 'a.wav'), { ms: 5000 });
    const media = scene.ready(await scene.prepare());
    expect(media).toMatchObject({ state: 'ready', durationMs: 5000, contentType: 'audio/mpeg', note: null });
    expect(media.file).toBe('2026/11/20/20261120-183003_101_79161234567_93747d74.mp3');
    expect(media.frames).toMatchObject({ strayBytes: 0, frame: { rateHz: 16_000, channels: 1, kbitPerSec: 24 } });
    expect(media.frames.durationMs).toBeGreaterThanOrEqual(5000);
    expect(media.frames.durationMs).toBeLessThan(5000 + paddingMs);
    expect(media.bytes).toBe(readFileSync(media.path).length);
    // A tone of half the loudness all the time.
    expect(media.peaks?.length).toBe(800);
    expect(Math.min(...(media.peaks ?? []))).toBeGreaterThan(120);
    expect(Math.max(...(media.peaks ?? []))).toBeLessThan(131);
    expect(scene.kept()).toEqual(['20261120-183003_101_79161234567_93747d74.mp3']);
  });

  it('of several parts is one, in their order', async () => {
    writeFileSync(join(scene.here, 'late.wav'), wav(bytesOf(tone({ hz: 800, ms: 2000, level: 0.9 }))));
    writeFileSync(join(scene.here, 'early.wav'), wav(bytesOf(tone({ hz: 400, ms: 3000, level: 0.1 }))));
    const call = talkedCall({ recordings: [recorded('late.wav', 6, 8), recorded(`${monitor}/early.wav`, 2, 5)] });
    const media = scene.ready(await scene.prepare(call));
    expect(media.durationMs).toBe(5000);
    expect(media.peaks?.[400]).toBeLessThan(40);
    expect(media.peaks?.[500]).toBeGreaterThan(200);
  });

  it('of two channels is mixed, or kept apart when the settings say so', async () => {
    const sides = interleaved(tone({ hz: 400, ms: 2000 }), tone({ hz: 800, ms: 2000 }));
    writeFileSync(join(scene.here, 'a.wav'), wav(bytesOf(sides), { channels: 2 }));
    expect(scene.ready(await scene.prepare()).frames.frame).toMatchObject({ channels: 1, kbitPerSec: 24 });
    expect(scene.ready(await scene.prepare(undefined, { stereo: true })).frames.frame).toMatchObject({
      channels: 2,
      kbitPerSec: 48,
    });
    expect(scene.kept().length).toBe(1);
  });

  it('of one channel stays so whatever the settings say, and parts of two rates are joined', async () => {
    toneFile(join(scene.here, 'a.wav'), { ms: 1000 });
    writeFileSync(join(scene.here, 'b.sln16'), bytesOf(tone({ hz: 440, ms: 1000, rateHz: 16_000 })));
    const call = talkedCall({ recordings: [recorded('a.wav', 2, 3), recorded('b.sln16', 4, 5)] });
    const media = scene.ready(await scene.prepare(call, { stereo: true }));
    expect(media.frames.frame).toMatchObject({ channels: 1, rateHz: 16_000 });
    expect(media.durationMs).toBe(2000);
  });

  it.each([
    ['a', 'a.raw', bytesOf(tone({ hz: 440, ms: 1000 }))],
    ['a.wav49', 'a.WAV', wav(Buffer.alloc(65 * 25), { tag: 0x31, bits: 0 })],
    ['a.gsm', 'a.gsm', Buffer.alloc(33 * 50, 0xd0)],
    ['1795199403.487-in', '1795199403.487-in.wav', wav(bytesOf(tone({ hz: 440, ms: 1000 })))],
  ])('that Asterisk calls %s is found as %s', async (named, file, bytes) => {
    writeFileSync(join(scene.here, file), bytes);
    expect(scene.ready(await scene.prepare(callWith(named))).durationMs).toBe(1000);
  });

  it('that was made an mp3 already is kept as it is', async () => {
    toneFile(join(scene.here, 'a.wav'));
    const made = scene.ready(await scene.prepare());
    writeFileSync(join(scene.here, 'b.mp3'), readFileSync(made.path));
    const media = scene.ready(await scene.prepare(callWith('b.wav')));
    expect(media).toMatchObject({ contentType: 'audio/mpeg', peaks: null, note: 'kept as it was (mp3)' });
    expect(Math.abs((media.durationMs ?? 0) - 3000)).toBeLessThan(paddingMs);
    expect(readFileSync(media.path)).toEqual(readFileSync(join(scene.here, 'b.mp3')));
  });

  it('keeps nothing of an odd ending', async () => {
    const odd = 'a.o"gg; x=1';
    writeFileSync(join(scene.here, odd), 'OggS');
    const media = scene.ready(await scene.prepare(callWith(odd)));
    expect(media.file).toMatch(/^[A-Za-z0-9/+_-]+\.bin$/);
    expect(media.contentType).toBe('application/octet-stream');
  });

  it('in a form that is not known is kept with its type', async () => {
    writeFileSync(join(scene.here, 'a.opus'), 'OggS');
    expect(scene.ready(await scene.prepare())).toMatchObject({
      contentType: 'audio/ogg',
      durationMs: 30_000,
      note: expect.stringContaining('not sent'),
    });
    writeFileSync(join(scene.here, 'b.wav'), wav(Buffer.alloc(1000), { tag: 2 }));
    const media = scene.ready(await scene.prepare(callWith('b.wav')));
    expect(media).toMatchObject({ contentType: 'audio/wav', bytes: 1044 });
    expect(media.file).toMatch(/\.wav$/);
  });
});

describe('a recording is waited for', () => {
  const soon = () => utimesSync(join(scene.here, 'a.wav'), scene.nowMs / 1000, scene.nowMs / 1000);

  it('while it grows', async () => {
    const sound = bytesOf(tone({ hz: 440, ms: 15_000 }));
    writeFileSync(join(scene.here, 'a.wav'), wav(Buffer.alloc(0), { unfinished: true }));
    for (let at = 0; at < sound.length; at += 32_000) {
      soon();
      scene.waits = [() => appendFileSync(join(scene.here, 'a.wav'), sound.subarray(at, at + 32_000))];
      expect(await scene.prepare()).toMatchObject({ kind: 'later', message: 'the recording is still being written' });
    }
    // All is there, and Asterisk has not closed it.
    soon();
    expect(await scene.prepare()).toMatchObject({ kind: 'later' });
    expect(scene.kept()).toEqual([]);
    writeFileSync(join(scene.here, 'a.wav'), wav(sound));
    soon();
    expect(scene.ready(await scene.prepare())).toMatchObject({ durationMs: 15_000, note: null });
  });

  it('when its header is finished and somebody still copies it', async () => {
    const whole = wav(bytesOf(tone({ hz: 440, ms: 4000 })));
    writeFileSync(join(scene.here, 'a.wav'), whole.subarray(0, 30_000));
    soon();
    scene.waits = [() => appendFileSync(join(scene.here, 'a.wav'), whole.subarray(30_000))];
    expect(await scene.prepare()).toMatchObject({ kind: 'later' });
    soon();
    expect(scene.ready(await scene.prepare()).durationMs).toBe(4000);
  });

  it('and one that was never finished is taken when it has long been left', async () => {
    toneFile(join(scene.here, 'a.wav'), { ms: 4000, unfinished: true });
    soon();
    expect(await scene.prepare()).toMatchObject({ kind: 'later' });
    scene.nowMs += 120_000;
    const media = scene.ready(await scene.prepare());
    expect(media.durationMs).toBe(4000);
    expect(media.note).toMatch(/never finished/);
  });

  it('and sound without a header until it has been quiet for longer', async () => {
    writeFileSync(join(scene.here, 'a.sln'), bytesOf(tone({ hz: 440, ms: 1000 })));
    utimesSync(join(scene.here, 'a.sln'), scene.nowMs / 1000, scene.nowMs / 1000);
    const before = scene.nowMs;
    scene.ready(await scene.prepare(callWith('a.sln')));
    expect(scene.nowMs - before).toBe(10_000);
  });

  it('when it is late, and given up with what to do about it', async () => {
    const late = await scene.prepare(undefined, { ageMs: 15_000 });
    expect(late).toMatchObject({ kind: 'later', message: 'not there yet: "a.wav"', retryAfterMs: 5000 });
    expect(await scene.prepare(undefined, { ageMs: 10 * 60_000 })).toMatchObject({
      kind: 'later',
      retryAfterMs: 60_000,
    });
    const over = await scene.prepare(undefined, { ageMs: 30 * 60_000 });
    expect(over).toMatchObject({
      kind: 'never',
      message: 'the recording never appeared: "a.wav"',
      media: { state: 'failed' },
    });
    expect(over.kind === 'never' && over.mend).toContain('pbx[].recordings.folders');
    toneFile(join(scene.here, 'a.wav'));
    scene.ready(await scene.prepare(undefined, { ageMs: 30 * 60_000 }));
  });

  it('and a part that never appeared is named while the others are heard', async () => {
    toneFile(join(scene.here, 'a.wav'));
    const call = talkedCall({ recordings: [recorded('a.wav', 2, 5), recorded('b.wav', 6, 8)] });
    expect(await scene.prepare(call)).toMatchObject({ kind: 'later' });
    const media = scene.ready(await scene.prepare(call, { ageMs: 31 * 60_000 }));
    expect(media).toMatchObject({ durationMs: 3000, note: 'a part never appeared: "b.wav"' });
  });

  it('for as long as its folder is not mounted', async () => {
    rmSync(scene.here, { recursive: true });
    const waiting = await scene.prepare(undefined, { ageMs: 24 * 3600_000 });
    expect(waiting).toMatchObject({ kind: 'later', retryAfterMs: 60_000, mend: expect.stringContaining('mount it') });
  });
});

describe('there is no recording', () => {
  it('where nobody talked, whatever was written', async () => {
    toneFile(join(scene.here, 'a.wav'));
    const call = { ...callWith('a.wav'), talkMs: 0 };
    expect(await scene.prepare(call)).toMatchObject({ kind: 'none', media: { state: 'none', note: 'nobody talked' } });
    scene.ready(await scene.prepare({ ...call, gap: true }));
  });

  it.each([
    ['of a header only', wav(Buffer.alloc(0))],
    ['of nothing', Buffer.alloc(0)],
    ['of a click', wav(bytesOf(tone({ hz: 440, ms: 100 })))],
    ['of garbage', Buffer.from('garbage '.repeat(100))],
  ])('in a file %s', async (_, bytes) => {
    writeFileSync(join(scene.here, 'a.wav'), bytes);
    expect(await scene.prepare()).toMatchObject({ kind: 'none', media: { note: expect.stringContaining('is empty') } });
    expect(scene.kept()).toEqual([]);
  });

  it('where the settings name no folder and the usual one is not there', async () => {
    rmSync(scene.here, { recursive: true });
    const sources = new Map([['main', { ...scene.source, configured: false }]]);
    const prepared = await scene.prepare(undefined, { sources });
    expect(prepared).toMatchObject({
      kind: 'none',
      media: { note: expect.stringContaining('pbx[].recordings.folders') },
    });
  });

  it('of a PBX that is not in the settings', async () => {
    expect(await scene.prepare(talkedCall({ pbx: 'gone' }))).toMatchObject({ kind: 'none' });
  });
});

describe('what is interrupted', () => {
  it('by the end of the thread leaves nothing behind and is done the next time', async () => {
    toneFile(join(scene.here, 'a.wav'), { ms: 120_000 });
    const kill = (thread: Worker): void => {
      const timer = setInterval(() => {
        // As soon as there is something half-written.
        if (scene.kept().length === 0) return;
        clearInterval(timer);
        void thread.terminate();
      }, 1);
    };
    const prepared = await scene.prepare(undefined, { encoder: createEncoder(kill) });
    expect(prepared).toMatchObject({ kind: 'later', message: expect.stringContaining('ended before it was done') });
    expect(scene.kept()).toEqual([]);
    expect(scene.ready(await scene.prepare()).durationMs).toBe(120_000);
  });

  it('by the end of the program leaves a part that the next time removes', async () => {
    toneFile(join(scene.here, 'a.wav'));
    const media = scene.ready(await scene.prepare());
    const base = media.path.slice(dirname(media.path).length + 1, -4);
    writeFileSync(join(dirname(media.path), `.${base}.12345678.part`), 'half');
    writeFileSync(join(dirname(media.path), '.another.12345678.part'), 'half');
    scene.ready(await scene.prepare());
    expect(scene.kept().sort()).toEqual(['.another.12345678.part', `${base}.mp3`]);
  });

  it('on purpose rejects at once', async () => {
    toneFile(join(scene.here, 'a.wav'), { ms: 120_000 });
    const stop = new AbortController();
    const encoder = createEncoder(() => stop.abort());
    await expect(
      prepareRecording({ ...scene.given, encoder }, callWith('a.wav'), scene.nowMs, stop.signal),
    ).rejects.toThrow(/aborted/);
    expect(scene.kept()).toEqual([]);
  });
});

describe('the folder of recordings', () => {
  it('that cannot be written is named, and the recording waits', async () => {
    toneFile(join(scene.here, 'a.wav'));
    writeFileSync(scene.shelf, 'a file in its place');
    const prepared = await scene.prepare();
    expect(prepared).toMatchObject({ kind: 'later', mend: expect.stringContaining('recordings.folder') });
  });

  it('that has less room than is to stay free is left alone', async () => {
    toneFile(join(scene.here, 'a.wav'));
    const prepared = await scene.prepare(undefined, { shelf: { folder: scene.shelf, reserveBytes: 1e15 } });
    expect(prepared).toMatchObject({ kind: 'later', message: expect.stringContaining('full') });
    expect(scene.kept()).toEqual([]);
  });
});
