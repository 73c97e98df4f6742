// Sets of positions 0..count-1, as bytes in the database and as words of 32 bits in memory. Pure.
// Two forms of bytes, told apart by the last one: a bitmap in whole words (little-endian, as every machine that Node runs on), or the gaps
// between positions as integers of 7 bits a byte. Gaps only where they are half as long at most: a bitmap is quicker.

const bitmapForm = 1;
const gapsForm = 2;

/** @param positions rising */
export function packPositions(positions: readonly number[], count: number): Buffer {
  const bitmapBytes = wordsOf(count) * 4;
  const gaps: number[] = [];
  let last = -1;
  for (const position of positions) {
    let gap = position - last - 1;
    last = position;
    for (; gap > 127; gap >>>= 7) gaps.push((gap & 127) | 128);
    gaps.push(gap);
    if (gaps.length * 2 > bitmapBytes) return packBitmap(positions, bitmapBytes);
  }
  gaps.push(gapsForm);
  return Buffer.from(gaps);
}

function packBitmap(positions: readonly number[], bytes: number): Buffer {
  const bitmap = Buffer.alloc(bytes + 1);
  for (const position of positions) bitmap[position >> 3]! |= 1 << (position & 7);
  bitmap[bytes] = bitmapForm;
  return bitmap;
}

function wordsOf(count: number): number {
  return (count + 31) >>> 5;
}

/** A set that holds everything; the unused bits of the last word too, which no packed set has. */
export function everything(count: number): Uint32Array {
  return new Uint32Array(wordsOf(count)).fill(0xffff_ffff);
}

/** Keeps in `set` only what is in `packed` too. Returns false when nothing is left. */
export function intersect(set: Uint32Array, packed: Uint8Array): boolean {
  return packed.at(-1) === bitmapForm ? intersectBitmap(set, packed) : intersectGaps(set, packed);
}

function intersectBitmap(set: Uint32Array, packed: Uint8Array): boolean {
  // a view on words must begin at a multiple of 4
  const aligned = packed.byteOffset % 4 === 0 ? packed : new Uint8Array(packed);
  return intersectWords(set, new Uint32Array(aligned.buffer, aligned.byteOffset, (packed.length - 1) >> 2));
}

function intersectGaps(set: Uint32Array, packed: Uint8Array): boolean {
  const words = new Uint32Array(set.length);
  const end = packed.length - 1;
  let next = 0;
  let gap = 0;
  let shift = 0;
  for (let at = 0; at < end; at++) {
    const byte = packed[at]!;
    gap |= (byte & 127) << shift;
    if (byte > 127) {
      shift += 7;
      continue;
    }
    next += gap;
    words[next >>> 5]! |= 1 << (next & 31);
    next += 1;
    gap = 0;
    shift = 0;
  }
  return intersectWords(set, words);
}

function intersectWords(set: Uint32Array, words: Uint32Array): boolean {
  const length = Math.min(set.length, words.length);
  let left = 0;
  for (let at = 0; at < length; at++) left |= set[at]! &= words[at]!;
  set.fill(0, length);
  return left !== 0;
}

/** The positions of a set that are at least `from` and less than `to`, falling. */
export function positionsDown(set: Uint32Array, from: number, to: number): number[] {
  const positions: number[] = [];
  for (let at = Math.min(set.length, wordsOf(to)) - 1; at >= from >>> 5; at--) {
    let word = set[at]!;
    while (word !== 0) {
      const bit = 31 - Math.clz32(word);
      word &= ~(1 << bit);
      const position = at * 32 + bit;
      if (position >= from && position < to) positions.push(position);
    }
  }
  return positions;
}

/** How many positions a set has; stops counting at `enough`. */
export function countUpTo(set: Uint32Array, enough: number): number {
  let count = 0;
  for (let at = 0; at < set.length && count < enough; at++) {
    for (let word = set[at]!; word !== 0; word &= word - 1) count += 1;
  }
  return Math.min(count, enough);
}

/** The positions of a packed set of `count`, rising. */
export function unpackPositions(packed: Uint8Array, count: number): number[] {
  const set = everything(count);
  intersect(set, packed);
  return positionsDown(set, 0, count).reverse();
}
