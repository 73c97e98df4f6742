// Sound in a file to samples from -1 to 1, a piece at a time.
import { readSync } from 'node:fs';
import type { Audio } from './audio.ts';
import { GsmDecoder } from './gsm.ts';

/** About a second of telephone sound, so that an hour needs no more memory than a minute. */
const pieceBytes = 16_000;

/**
 * The samples of each channel, piece by piece. The arrays are overwritten by the next piece.
 * @param file an open file
 * @throws NodeJS.ErrnoException when reading fails; ends early when the file is shorter than it was
 */
export function* samplesOf(file: number, audio: Audio): Generator<Float32Array[]> {
  const blocks = Math.max(1, Math.floor(pieceBytes / audio.blockBytes));
  const buffer = Buffer.alloc(blocks * audio.blockBytes);
  const decode = decoderOf(audio, buffer.length);
  const end = audio.offset + audio.bytes;
  for (let at = audio.offset; at < end;) {
    const wanted = Math.min(buffer.length, end - at);
    const got = readWhole(file, buffer, wanted, at);
    const whole = got - (got % audio.blockBytes);
    if (whole > 0) yield split(decode(buffer.subarray(0, whole)), audio.channels);
    if (got < wanted) return;
    at += wanted;
  }
}

function readWhole(file: number, buffer: Buffer, wanted: number, at: number): number {
  let got = 0;
  while (got < wanted) {
    const more = readSync(file, buffer, got, wanted - got, at + got);
    if (more === 0) break;
    got += more;
  }
  return got;
}

/** All channels one after another, as they lie in the file, to one array for each. */
function split(mixed: Float32Array, channels: number): Float32Array[] {
  if (channels === 1) return [mixed];
  return Array.from({ length: channels }, (_, channel) => {
    const own = new Float32Array(mixed.length / channels);
    for (let i = 0; i < own.length; i++) own[i] = mixed[i * channels + channel] ?? 0;
    return own;
  });
}

/** Decodes into the same array again and again: an hour is thousands of pieces. */
function decoderOf(audio: Audio, bytesMax: number): (bytes: Buffer) => Float32Array {
  const out = new Float32Array((bytesMax / audio.blockBytes) * audio.blockSamples * audio.channels);
  if (audio.encoding === 'gsm' || audio.encoding === 'gsm49') return gsm(audio, out);
  if (audio.encoding === 'pcm16') {
    return (bytes) => {
      const count = bytes.length / 2;
      for (let i = 0; i < count; i++) out[i] = bytes.readInt16LE(i * 2) / 32768;
      return out.subarray(0, count);
    };
  }
  const sampleOf = { ulaw: ulawSample, alaw: alawSample, pcm8: (byte: number) => (byte - 128) << 8 }[audio.encoding];
  const table = Float32Array.from({ length: 256 }, (_, byte) => sampleOf(byte) / 32768);
  return (bytes) => {
    for (let i = 0; i < bytes.length; i++) out[i] = table[bytes[i] ?? 0] ?? 0;
    return out.subarray(0, bytes.length);
  };
}

/** ITU-T G.711, µ-law. */
function ulawSample(byte: number): number {
  const code = ~byte & 0xff;
  const size = (((code & 15) << 3) + 132) << ((code >> 4) & 7);
  return code & 128 ? 132 - size : size - 132;
}

/** ITU-T G.711, A-law. */
function alawSample(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const low = ((code & 15) << 4) + 8;
  const size = exponent === 0 ? low : (low + 256) << (exponent - 1);
  return code & 128 ? size : -size;
}

function gsm(audio: Audio, out: Float32Array): (bytes: Buffer) => Float32Array {
  const decoder = new GsmDecoder();
  const samples = new Int16Array(out.length);
  return (bytes) => {
    const blocks = bytes.length / audio.blockBytes;
    for (let block = 0; block < blocks; block++) {
      const frame = bytes.subarray(block * audio.blockBytes, (block + 1) * audio.blockBytes);
      const at = block * audio.blockSamples;
      if (audio.encoding === 'gsm') decoder.frame(frame, samples, at);
      else decoder.pair(frame, samples, at);
    }
    const count = blocks * audio.blockSamples;
    for (let i = 0; i < count; i++) out[i] = (samples[i] ?? 0) / 32768;
    return out.subarray(0, count);
  };
}
