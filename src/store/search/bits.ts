// Sets of positions 0..count-1 as bytes. Pure.
// Two forms, the shorter of which is kept: 1 = a bitmap, 2 = the gaps between positions as variable-length integers.

const bitmapForm = 1;
const gapsForm = 2;

/** @param positions rising */
export function packPositions(positions: readonly number[], count: number): Buffer {
  const bitmapBytes = (count + 7) >> 3;
  const gaps: number[] = [gapsForm];
  let last = -1;
  for (const position of positions) {
    let gap = position - last - 1;
    last = position;
    for (; gap > 127; gap = Math.floor(gap / 128)) gaps.push((gap % 128) | 128);
    gaps.push(gap);
    if (gaps.length > bitmapBytes) return packBitmap(positions, bitmapBytes);
  }
  return Buffer.from(gaps);
}

function packBitmap(positions: readonly number[], bytes: number): Buffer {
  const bitmap = Buffer.alloc(bytes + 1);
  bitmap[0] = bitmapForm;
  for (const position of positions) bitmap[1 + (position >> 3)]! |= 1 << (position & 7);
  return bitmap;
}

/** Keeps in `set` (a bitmap without its form byte) only what is in `packed` too. Returns false when nothing is left. */
export function intersect(set: Uint8Array, packed: Uint8Array): boolean {
  let left = 0;
  if (packed[0] === bitmapForm) {
    const length = Math.min(set.length, packed.length - 1);
    for (let at = 0; at < length; at++) left |= set[at]! &= packed[at + 1]!;
    set.fill(0, length);
    return left !== 0;
  }
  const kept = new Uint8Array(set.length);
  for (const position of unpackGaps(packed)) {
    const bit = set[position >> 3]! & (1 << (position & 7));
    kept[position >> 3]! |= bit;
    left |= bit;
  }
  set.set(kept);
  return left !== 0;
}

/** A set that holds everything; the unused bits of the last byte too, which no packed set has. */
export function everything(count: number): Uint8Array {
  return new Uint8Array((count + 7) >> 3).fill(255);
}

/** The positions of a bitmap that are at least `from` and less than `to`, falling. */
export function positionsDown(set: Uint8Array, from: number, to: number): number[] {
  const positions: number[] = [];
  for (let at = Math.min(set.length, (to + 7) >> 3) - 1; at >= from >> 3; at--) {
    const byte = set[at]!;
    if (byte === 0) continue;
    for (let bit = 7; bit >= 0; bit--) {
      const position = at * 8 + bit;
      if ((byte & (1 << bit)) !== 0 && position >= from && position < to) positions.push(position);
    }
  }
  return positions;
}

/** The positions of a packed set, rising. */
export function unpackPositions(packed: Uint8Array): number[] {
  if (packed[0] === gapsForm) return unpackGaps(packed);
  return positionsDown(packed.subarray(1), 0, (packed.length - 1) * 8).reverse();
}

function unpackGaps(packed: Uint8Array): number[] {
  const positions: number[] = [];
  let last = -1;
  let gap = 0;
  let scale = 1;
  for (let at = 1; at < packed.length; at++) {
    const byte = packed[at]!;
    gap += (byte & 127) * scale;
    if (byte > 127) {
      scale *= 128;
    } else {
      last += gap + 1;
      positions.push(last);
      gap = 0;
      scale = 1;
    }
  }
  return positions;
}
