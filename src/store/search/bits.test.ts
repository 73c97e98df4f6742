import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { everything, intersect, packPositions, positionsDown, unpackPositions } from './bits.ts';

const someSet = fc
  .record({ count: fc.integer({ min: 1, max: 3_000 }), oneOf: fc.integer({ min: 1, max: 400 }), seed: fc.nat() })
  .map(({ count, oneOf, seed }) => ({
    count,
    positions: Array.from({ length: count }, (_, at) => at).filter(
      (at) => (Math.imul(at + seed, 0x9e3779b1) >>> 4) % oneOf === 0,
    ),
  }));

it('gives back the positions that were packed, in either form', () => {
  fc.assert(
    fc.property(someSet, ({ count, positions }) => {
      const packed = packPositions(positions, count);
      expect(packed.length).toBeLessThanOrEqual(Math.ceil(count / 32) * 4 + 1);
      expect(unpackPositions(packed, count)).toEqual(positions);
    }),
  );
});

it('keeps the positions that both sets have', () => {
  fc.assert(
    fc.property(someSet, someSet, fc.nat(3_000), fc.nat(3_000), (one, other, from, to) => {
      const count = Math.min(one.count, other.count);
      const both = one.positions.filter((at) => other.positions.includes(at) && at < count);
      const set = everything(count);
      intersect(
        set,
        packPositions(
          one.positions.filter((at) => at < count),
          count,
        ),
      );
      const any = intersect(
        set,
        packPositions(
          other.positions.filter((at) => at < count),
          count,
        ),
      );
      expect(any).toBe(both.length > 0);
      expect(positionsDown(set, 0, count).reverse()).toEqual(both);
      expect(positionsDown(set, from, to).reverse()).toEqual(both.filter((at) => at >= from && at < to));
    }),
  );
});

it('takes large gaps', () => {
  const positions = [0, 127, 128, 129, 300, 16_700, 2_100_000];
  expect(unpackPositions(packPositions(positions, 2_100_001), 2_100_001)).toEqual(positions);
});
