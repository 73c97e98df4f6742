// Pieces of sound brought to the channels and the rate that the encoder was set to.

/** To one channel or two. Of more than two, and of two when one is wanted, all are mixed; one stands on both sides of two. */
export function toChannels(piece: readonly Float32Array[], wanted: 1 | 2): Float32Array[] {
  const [first = new Float32Array(0), second] = piece;
  if (piece.length === 1 || second === undefined) return wanted === 1 ? [first] : [first, first];
  if (piece.length === 2 && wanted === 2) return [first, second];
  const mixed = new Float32Array(first.length);
  for (const channel of piece) {
    for (let i = 0; i < mixed.length; i++) mixed[i] = (mixed[i] ?? 0) + (channel[i] ?? 0) / piece.length;
  }
  return wanted === 1 ? [mixed] : [mixed, mixed];
}

/**
 * From one rate to another by straight lines between the samples: only for a call whose parts differ in rate (LAME itself brings what comes at
 * one rate to the rate of the mp3). One for each channel, because it remembers where the piece before ended.
 */
export class Resampler {
  readonly #step: number;
  /** Of the next sample, counted from the last one of the piece before. */
  #at = 1;
  #last = 0;

  constructor(fromHz: number, toHz: number) {
    this.#step = fromHz / toHz;
  }

  next(piece: Float32Array): Float32Array {
    const out = new Float32Array(Math.max(0, Math.ceil((piece.length + 1 - this.#at) / this.#step)));
    let count = 0;
    while (this.#at <= piece.length) {
      const left = Math.floor(this.#at);
      const a = left === 0 ? this.#last : (piece[left - 1] ?? 0);
      const b = piece[left] ?? a;
      out[count++] = a + (b - a) * (this.#at - left);
      this.#at += this.#step;
    }
    this.#at -= piece.length;
    this.#last = piece.at(-1) ?? this.#last;
    return out.subarray(0, count);
  }
}

/** The loudest moment of each of so many equal stretches, as a byte. */
export class Peaks {
  readonly bytes: Uint8Array;
  readonly #perBucket: number;
  #at = 0;

  /** @param samples how many there will be in all */
  constructor(buckets: number, samples: number) {
    this.bytes = new Uint8Array(buckets);
    this.#perBucket = Math.max(1, samples / buckets);
  }

  add(piece: readonly Float32Array[]): void {
    const length = piece[0]?.length ?? 0;
    for (let i = 0; i < length; i++, this.#at++) {
      const bucket = Math.min(this.bytes.length - 1, Math.floor(this.#at / this.#perBucket));
      for (const channel of piece) {
        const level = Math.min(255, Math.round(Math.abs(channel[i] ?? 0) * 255));
        if (level > (this.bytes[bucket] ?? 0)) this.bytes[bucket] = level;
      }
    }
  }
}
