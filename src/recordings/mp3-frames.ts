// The frames of an MPEG audio stream, layer III (ISO 11172-3, 13818-3): how many, how long, of which kind.

const kbitPerSec1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const kbitPerSec2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const rates1 = [44_100, 48_000, 32_000];

export interface Mp3Frame {
  bytes: number;
  samples: number;
  rateHz: number;
  channels: 1 | 2;
  kbitPerSec: number;
}

/** The frame that begins here; null when none does. */
export function mp3FrameAt(bytes: Buffer, at: number): Mp3Frame | null {
  if (at + 4 > bytes.length) return null;
  const header = bytes.readUInt32BE(at);
  const version = (header >>> 19) & 3;
  const layer3 = ((header >>> 17) & 3) === 1;
  const rate1 = rates1[(header >>> 10) & 3];
  const step = (header >>> 12) & 15;
  if (header >>> 21 !== 0x7ff || version === 1 || !layer3 || rate1 === undefined) return null;
  const first = version === 3;
  const kbitPerSec = (first ? kbitPerSec1 : kbitPerSec2)[step] ?? 0;
  if (kbitPerSec === 0) return null;
  const rateHz = first ? rate1 : version === 2 ? rate1 / 2 : rate1 / 4;
  const samples = first ? 1152 : 576;
  const padding = (header >>> 9) & 1;
  return {
    bytes: Math.floor((samples / 8) * ((kbitPerSec * 1000) / rateHz)) + padding,
    samples,
    rateHz,
    channels: ((header >>> 6) & 3) === 3 ? 1 : 2,
    kbitPerSec,
  };
}

/** Counts the frames of a file that comes in pieces. What is no frame (tags) is passed over. */
export class Mp3Frames {
  count = 0;
  durationMs = 0;
  /** Bytes that belonged to no frame. */
  strayBytes = 0;
  /** The last one. */
  frame: Mp3Frame | null = null;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the frame that the pieces so far did not hold whole. */
  #skip = 0;

  add(piece: Buffer): void {
    const bytes = Buffer.concat([this.#rest, piece]);
    let at = this.#skip;
    while (at + 4 <= bytes.length) {
      const frame = mp3FrameAt(bytes, at);
      if (frame === null) {
        this.strayBytes += 1;
        at += 1;
        continue;
      }
      this.frame = frame;
      this.count += 1;
      this.durationMs += (frame.samples * 1000) / frame.rateHz;
      at += frame.bytes;
    }
    this.#skip = Math.max(0, at - bytes.length);
    this.#rest = bytes.subarray(Math.min(at, bytes.length));
  }
}
