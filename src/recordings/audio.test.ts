import { mkdtempSync, openSync, closeSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Audio, durationMsOf, probe } from './audio.ts';
import { Peaks, Resampler, toChannels } from './mixing.ts';
import { samplesOf } from './samples.ts';
import { bytesOf, interleaved, shareOf, tone, wav } from './testing/sound.ts';

const folder = mkdtempSync(join(tmpdir(), 'patchcord-audio-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function heard(bytes: Buffer, audio: Audio): Float32Array[] {
  const path = join(folder, 'sound');
  writeFileSync(path, bytes);
  const file = openSync(path, 'r');
  const pieces = [...samplesOf(file, audio)].map((piece) => piece.map((channel) => channel.slice()));
  closeSync(file);
  return Array.from({ length: audio.channels }, (_, channel) =>
    Float32Array.from(pieces.flatMap((piece) => [...(piece[channel] ?? [])])),
  );
}

function audioIn(bytes: Buffer, extension = 'wav'): Audio {
  const seen = probe(bytes.subarray(0, 65_536), bytes.length, extension);
  if (seen.kind !== 'audio') throw new Error(`is ${seen.kind}`);
  return seen.audio;
}

const second = tone({ hz: 440, ms: 1000 });

/** G.711's µ-law and A-law by the standards' definition, sample by sample: the other way round than the decoder. */
const nearest = (table: (byte: number) => number, samples: Int16Array): Buffer => {
  const values = Array.from({ length: 256 }, (_, byte) => table(byte));
  return Buffer.from(
    samples.map((sample) => {
      let best = 0;
      for (let byte = 1; byte < 256; byte++) {
        if (Math.abs((values[byte] ?? 0) - sample) < Math.abs((values[best] ?? 0) - sample)) best = byte;
      }
      return best;
    }),
  );
};
const ulaw = (byte: number): number => {
  const code = 255 - byte;
  const size = (2 ** ((code >> 4) & 7) * (2 * (code & 15) + 33) - 33) * 4;
  return code & 128 ? -size : size;
};
const alaw = (byte: number): number => {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const size = exponent === 0 ? 2 * (code & 15) + 1 : 2 ** (exponent - 1) * (2 * (code & 15) + 33);
  return (code & 128 ? 8 : -8) * size;
};

describe('a file of sound', () => {
  it.each([
    ['wav', wav(bytesOf(second)), 'pcm16'],
    ['wav', wav(Buffer.from(second.map((sample) => (sample >> 8) + 128)), { bits: 8 }), 'pcm8'],
    ['wav', wav(nearest(ulaw, second), { bits: 8, tag: 7 }), 'ulaw'],
    ['wav', wav(nearest(alaw, second), { bits: 8, tag: 6 }), 'alaw'],
    ['ulaw', nearest(ulaw, second), 'ulaw'],
    ['alaw', nearest(alaw, second), 'alaw'],
    ['sln', bytesOf(second), 'pcm16'],
    ['raw', bytesOf(second), 'pcm16'],
  ])('.%s is heard (%#)', (extension, bytes, encoding) => {
    const audio = audioIn(bytes, extension);
    expect(audio).toMatchObject({ encoding, rateHz: 8000, channels: 1 });
    expect(durationMsOf(audio)).toBe(1000);
    const [sound = new Float32Array()] = heard(bytes, audio);
    expect(sound.length).toBe(8000);
    expect(shareOf(sound, 440)).toBeGreaterThan(0.99);
    expect(Math.max(...sound)).toBeCloseTo(0.5, 1);
    expect(sound.reduce((sum, sample) => sum + sample, 0) / 8000).toBeCloseTo(0, 2);
  });

  it('of two channels keeps them apart', () => {
    const bytes = wav(bytesOf(interleaved(second, tone({ hz: 1000, ms: 1000 }))), { channels: 2 });
    const [left = new Float32Array(), right = new Float32Array()] = heard(bytes, audioIn(bytes));
    expect(shareOf(left, 440)).toBeGreaterThan(0.99);
    expect(shareOf(right, 1000)).toBeGreaterThan(0.99);
  });

  it('tells its rate by its name where it has no header', () => {
    expect(audioIn(bytesOf(second), 'sln16').rateHz).toBe(16_000);
    expect(audioIn(bytesOf(second), 'sln44').rateHz).toBe(44_100);
  });

  it('is finished when its header says how much there is', () => {
    const of = (bytes: Buffer) => probe(bytes, bytes.length, 'wav');
    expect(of(wav(bytesOf(second)))).toMatchObject({ finished: true });
    expect(of(wav(bytesOf(second), { unfinished: true }))).toMatchObject({ finished: false, audio: { bytes: 16_000 } });
    expect(of(wav(bytesOf(second)).subarray(0, 5000))).toMatchObject({ finished: false, audio: { bytes: 4956 } });
    expect(of(wav(Buffer.alloc(0)))).toMatchObject({ finished: false, audio: { bytes: 0 } });
    const list = Buffer.concat([Buffer.from('LIST'), Buffer.alloc(100)]);
    expect(of(wav(bytesOf(second), { after: list }))).toMatchObject({ finished: true, audio: { bytes: 16_000 } });
    expect(probe(bytesOf(second), 16_000, 'sln')).toMatchObject({ finished: true });
  });

  it('that is none is not taken for one', () => {
    expect(probe(Buffer.alloc(0), 0, 'wav')).toEqual({ kind: 'nothing', finished: false });
    expect(probe(Buffer.from('RIFF'), 4, 'wav')).toEqual({ kind: 'nothing', finished: false });
    expect(probe(Buffer.alloc(0), 0, 'sln')).toEqual({ kind: 'nothing', finished: false });
    expect(probe(Buffer.from('ID3'), 3, 'mp3')).toEqual({ kind: 'other', finished: true });
    expect(probe(wav(bytesOf(second), { tag: 2 }), 16_044, 'wav')).toEqual({ kind: 'other', finished: true });
    for (const odd of [{ channels: 0 }, { rateHz: 0 }, { channels: 99 }, { bits: 12 }]) {
      expect(probe(wav(bytesOf(second), odd), 16_044, 'wav')).toEqual({ kind: 'other', finished: true });
    }
    for (let length = 0; length < 44; length++) {
      expect(probe(wav(bytesOf(second)).subarray(0, length), length, 'wav').finished).toBe(false);
    }
  });

  it('that becomes shorter while it is read ends where it ends', () => {
    const audio = audioIn(wav(bytesOf(second)));
    const [sound] = heard(wav(bytesOf(second)).subarray(0, 1045), audio);
    expect(sound?.length).toBe(500);
  });
});

describe('mixing', () => {
  it('makes one of two and two of one', () => {
    const [one, two] = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect(toChannels([one, two], 1)).toEqual([Float32Array.of(0.5, 0.5)]);
    expect(toChannels([one], 2)).toEqual([one, one]);
    expect(toChannels([one, two], 2)).toEqual([one, two]);
    expect(toChannels([one, two, one, two], 2)[0]).toEqual(Float32Array.of(0.5, 0.5));
  });

  it.each([
    [8000, 16_000],
    [16_000, 8000],
    [44_100, 48_000],
    [8000, 48_000],
    [192_000, 48_000],
  ])('brings %i to %i without a seam between pieces', (from, to) => {
    const sound = Float32Array.from(tone({ hz: 300, ms: 1000, rateHz: from }), (sample) => sample / 32_768);
    const resampler = new Resampler(from, to);
    const out: number[] = [];
    for (let at = 0; at < sound.length; at += 777) out.push(...resampler.next(sound.subarray(at, at + 777)));
    expect(Math.abs(out.length - to)).toBeLessThan(3 + to / from);
    expect(shareOf(Float32Array.from(out), 300, to)).toBeGreaterThan(0.99);
  });

  it('finds the loudest moment of each stretch', () => {
    const peaks = new Peaks(4, 8);
    peaks.add([Float32Array.of(0, 0.5, -1, 0)]);
    peaks.add([Float32Array.of(0, 0, 0.25), Float32Array.of(0, 0, -0.5)]);
    peaks.add([Float32Array.of(2, 1)]);
    expect([...peaks.bytes]).toEqual([128, 255, 0, 255]);
  });
});
