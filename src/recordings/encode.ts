// The parts of a call to one mp3. Reads, works and writes in one go, so it runs in a thread of its own (encode-thread.ts).
import { closeSync, constants, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { createMp3Encoder } from 'wasm-media-encoders';
import { type Audio, samplesIn } from './audio.ts';
import { Peaks, Resampler, toChannels } from './mixing.ts';
import { samplesOf } from './samples.ts';

/**
 * Of the mp3. MPEG-2 knows 16 kHz, whereas 8 kHz is only in "MPEG-2.5", which no standard has; and telephones that speak wideband need it.
 */
const mp3RateHz = 16_000;

/** What LAME takes at most. */
const encoderRateHzMax = 48_000;
const peakCount = 800;

export interface EncodeJob {
  /** In the order in which they are heard. */
  parts: readonly { path: string; audio: Audio }[];
  /** A file that does not exist yet. */
  out: string;
  /** Two channels, when any part has two. */
  stereo: boolean;
  /** Of one channel; constant, so that a player finds a moment by the size alone. */
  kbitPerSec: Mp3KbitPerSec;
}

const mp3KbitPerSec = [16, 24, 32, 40, 48, 64] as const;
export type Mp3KbitPerSec = (typeof mp3KbitPerSec)[number];

export interface Encoded {
  bytes: number;
  durationMs: number;
  /** The loudest moment of each of 800 equal stretches, 0 to 255. */
  peaks: Uint8Array;
}

/**
 * Writes the mp3 and gives it to the disk (fsync). What was begun stays there when it throws: the caller removes it.
 * @throws NodeJS.ErrnoException
 */
export async function encode(job: EncodeJob): Promise<Encoded> {
  const rateHz = Math.min(encoderRateHzMax, Math.max(...job.parts.map(({ audio }) => audio.rateHz)));
  const channels = job.stereo && job.parts.some(({ audio }) => audio.channels === 2) ? 2 : 1;
  const kbitPerSec = doubled(job.kbitPerSec, channels);
  const encoder = await createMp3Encoder();
  encoder.configure({ sampleRate: rateHz, channels, bitrate: kbitPerSec, outputSampleRate: mp3RateHz });
  const expected = job.parts.reduce((sum, { audio }) => sum + (samplesIn(audio) * rateHz) / audio.rateHz, 0);
  const peaks = new Peaks(peakCount, expected);
  const out = openSync(job.out, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o640);
  let samples = 0;
  let bytes = 0;
  try {
    for (const { path, audio } of job.parts) {
      for (const piece of piecesOf(path, audio, { rateHz, channels })) {
        peaks.add(piece);
        samples += piece[0]?.length ?? 0;
        bytes += writeWhole(out, encoder.encode(piece));
      }
    }
    bytes += writeWhole(out, encoder.finalize());
    fsyncSync(out);
  } finally {
    closeSync(out);
  }
  return { bytes, durationMs: Math.round((samples * 1000) / rateHz), peaks: peaks.bytes };
}

function* piecesOf(path: string, audio: Audio, wanted: { rateHz: number; channels: 1 | 2 }): Generator<Float32Array[]> {
  // Not through a link that appeared since the path was checked, and not held up by a pipe.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) throw new Error('is no file any more');
    const resamplers = Array.from({ length: wanted.channels }, () => new Resampler(audio.rateHz, wanted.rateHz));
    for (const read of samplesOf(file, audio)) {
      const piece = toChannels(read, wanted.channels);
      yield audio.rateHz === wanted.rateHz
        ? piece
        : piece.map((channel, at) => resamplers[at]?.next(channel) ?? channel);
    }
  } finally {
    closeSync(file);
  }
}

function writeWhole(file: number, bytes: Uint8Array): number {
  let done = 0;
  while (done < bytes.length) done += writeSync(file, bytes, done);
  return bytes.length;
}

/** Two channels get twice as much, so that each sounds as it would alone. */
function doubled(kbitPerSec: Mp3KbitPerSec, channels: 1 | 2): Mp3KbitPerSec | 80 | 96 | 128 {
  if (channels === 1) return kbitPerSec;
  return ({ 16: 32, 24: 48, 32: 64, 40: 80, 48: 96, 64: 128 } as const)[kbitPerSec];
}
