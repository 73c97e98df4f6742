// What a file of sound holds, told from its header or, where it has none, from its name.

export type Encoding = 'pcm8' | 'pcm16' | 'alaw' | 'ulaw' | 'gsm' | 'gsm49';

/** Sound as it lies in a file. */
export interface Audio {
  encoding: Encoding;
  rateHz: number;
  channels: number;
  /** Where the sound begins, in bytes. */
  offset: number;
  /** A whole number of blocks. */
  bytes: number;
  blockBytes: number;
  /** Of one channel. */
  blockSamples: number;
}

/**
 * - `audio`: sound that is decoded here; `other`: sound in a form that is not; `nothing`: no sound yet, or none at all.
 * - `finished`: the header tells of as much sound as there is, or there is no header to tell.
 */
export type Probe =
  | { kind: 'audio'; audio: Audio; finished: boolean }
  | { kind: 'other'; finished: boolean }
  | { kind: 'nothing'; finished: false };

/** Samples of one channel. */
export function samplesIn(audio: Audio): number {
  return (audio.bytes / audio.blockBytes) * audio.blockSamples;
}

export function durationMsOf(audio: Audio): number {
  return Math.round((samplesIn(audio) * 1000) / audio.rateHz);
}

/** Sound of one encoding, cut to whole blocks. */
function audioOf(about: {
  encoding: Encoding;
  rateHz: number;
  channels: number;
  offset: number;
  bytes: number;
}): Audio {
  const { blockBytes, blockSamples } = blockOf(about.encoding, about.channels);
  const bytes = Math.max(0, about.bytes - (about.bytes % blockBytes));
  return { ...about, bytes, blockBytes, blockSamples };
}

function blockOf(encoding: Encoding, channels: number): { blockBytes: number; blockSamples: number } {
  // GSM 06.10: 160 samples in 33 bytes; in a WAV file two frames share 65 bytes.
  if (encoding === 'gsm') return { blockBytes: 33, blockSamples: 160 };
  if (encoding === 'gsm49') return { blockBytes: 65, blockSamples: 320 };
  return { blockBytes: (encoding === 'pcm16' ? 2 : 1) * channels, blockSamples: 1 };
}

/** The extensions under which Asterisk writes sound without a header (its format_*.c), in small letters. */
const headerless: Record<string, { encoding: Encoding; rateHz: number }> = {
  ulaw: { encoding: 'ulaw', rateHz: 8000 },
  ul: { encoding: 'ulaw', rateHz: 8000 },
  mu: { encoding: 'ulaw', rateHz: 8000 },
  ulw: { encoding: 'ulaw', rateHz: 8000 },
  pcm: { encoding: 'ulaw', rateHz: 8000 },
  alaw: { encoding: 'alaw', rateHz: 8000 },
  al: { encoding: 'alaw', rateHz: 8000 },
  alw: { encoding: 'alaw', rateHz: 8000 },
  gsm: { encoding: 'gsm', rateHz: 8000 },
  raw: { encoding: 'pcm16', rateHz: 8000 },
  sln: { encoding: 'pcm16', rateHz: 8000 },
  ...Object.fromEntries(
    [12, 16, 24, 32, 44, 48, 96, 192].map((k) => [
      `sln${k}`,
      { encoding: 'pcm16', rateHz: k === 44 ? 44_100 : k * 1000 },
    ]),
  ),
};

/**
 * What a file holds.
 * @param head its first bytes, 64 KiB or all
 * @param bytes its size
 * @param extension without the dot
 */
export function probe(head: Buffer, bytes: number, extension: string): Probe {
  const wav = probeWav(head, bytes);
  if (wav) return wav;
  const raw = headerless[extension.toLowerCase()];
  if (raw && bytes > 0)
    return { kind: 'audio', audio: audioOf({ ...raw, channels: 1, offset: 0, bytes }), finished: true };
  // A WAV file is made with its header; without it nothing has been written yet.
  return bytes === 0 || /^wav/i.test(extension)
    ? { kind: 'nothing', finished: false }
    : { kind: 'other', finished: true };
}

/** What may follow the sound in a finished file. */
const smallChunks = 4096;

/** Microsoft's and IBM's RIFF WAVE; null when it is none. */
function probeWav(head: Buffer, bytes: number): Probe | null {
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') {
    return null;
  }
  let format: Buffer | null = null;
  let at = 12;
  while (at + 8 <= head.length) {
    const id = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    if (id === 'fmt ') format = head.subarray(at + 8, at + 8 + size);
    if (id === 'data') return wavSound(format, at + 8, size, bytes);
    at += 8 + size + (size % 2);
  }
  return { kind: 'nothing', finished: false };
}

function wavSound(format: Buffer | null, offset: number, declared: number, fileBytes: number): Probe {
  const there = Math.max(0, fileBytes - offset);
  // Asterisk writes the sizes when it closes the file: until then they are 0. Behind the sound there may be a small chunk such as LIST.
  const finished = declared > 0 && declared <= there && there - declared < smallChunks;
  if (!format || format.length < 16) return { kind: 'other', finished };
  const channels = format.readUInt16LE(2);
  const rateHz = format.readUInt32LE(4);
  const bits = format.readUInt16LE(14);
  const tag = format.readUInt16LE(0);
  // WAVE_FORMAT_EXTENSIBLE: the real tag begins the GUID behind the mask of channels.
  const encoding = encodingOf(tag === 0xfffe && format.length >= 26 ? format.readUInt16LE(24) : tag, bits);
  const possible = channels >= 1 && channels <= 8 && rateHz >= 4000 && rateHz <= 192_000;
  if (!encoding || !possible || (encoding === 'gsm49' && channels !== 1)) {
    return { kind: 'other', finished };
  }
  // When the program that wrote it died, the size in the header is not true, and the file's own counts.
  const bytes = finished ? declared : there;
  return { kind: 'audio', audio: audioOf({ encoding, rateHz, channels, offset, bytes }), finished };
}

function encodingOf(tag: number, bits: number): Encoding | null {
  if (tag === 1 && bits === 16) return 'pcm16';
  if (tag === 1 && bits === 8) return 'pcm8';
  if (tag === 6 && bits === 8) return 'alaw';
  if (tag === 7 && bits === 8) return 'ulaw';
  if (tag === 0x31) return 'gsm49';
  return null;
}
