// Sound for the tests: tones, and the files that hold them.
import { writeFileSync } from 'node:fs';

/** A sine of half the greatest loudness, 16 bits. */
export function tone(about: { hz: number; ms: number; rateHz?: number; level?: number }): Int16Array {
  const { hz, ms, rateHz = 8000, level = 0.5 } = about;
  const samples = new Int16Array(Math.round((ms * rateHz) / 1000));
  for (let i = 0; i < samples.length; i++) {
    samples[i] = Math.round(Math.sin((2 * Math.PI * hz * i) / rateHz) * level * 32767);
  }
  return samples;
}

/** The channels mixed into one stream, as files hold them. */
export function interleaved(...channels: Int16Array[]): Int16Array {
  const length = Math.min(...channels.map((channel) => channel.length));
  return Int16Array.from({ length: length * channels.length }, (_, at) => {
    return channels[at % channels.length]?.[Math.floor(at / channels.length)] ?? 0;
  });
}

export function bytesOf(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/**
 * A WAV file as Asterisk writes it.
 * @param about.unfinished the sizes are not in the header yet
 */
export function wav(
  sound: Buffer,
  about: { rateHz?: number; channels?: number; bits?: number; tag?: number; unfinished?: boolean; after?: Buffer } = {},
): Buffer {
  const { rateHz = 8000, channels = 1, bits = 16, tag = 1, unfinished = false, after = Buffer.alloc(0) } = about;
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(unfinished ? 0 : 36 + sound.length + after.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(channels, 22);
  head.writeUInt32LE(rateHz, 24);
  head.writeUInt32LE((rateHz * channels * bits) / 8, 28);
  head.writeUInt16LE((channels * bits) / 8, 32);
  head.writeUInt16LE(bits, 34);
  head.write('data', 36);
  head.writeUInt32LE(unfinished ? 0 : sound.length, 40);
  return Buffer.concat([head, sound, after]);
}

/** A WAV file with a tone. */
export function toneFile(path: string, about: { hz?: number; ms?: number; unfinished?: boolean } = {}): void {
  const { hz = 440, ms = 3000, unfinished = false } = about;
  writeFileSync(path, wav(bytesOf(tone({ hz, ms })), { unfinished }));
}

/** How much of a frequency is in the samples, from 0 to 1 of their loudness (Goertzel). */
export function shareOf(samples: Float32Array | Int16Array, hz: number, rateHz = 8000): number {
  let [re, im, all] = [0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const sample = samples[i] ?? 0;
    re += sample * Math.cos((2 * Math.PI * hz * i) / rateHz);
    im += sample * Math.sin((2 * Math.PI * hz * i) / rateHz);
    all += sample * sample;
  }
  return all === 0 ? 0 : (2 * (re * re + im * im)) / (samples.length * all);
}
