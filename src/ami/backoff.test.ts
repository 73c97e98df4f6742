import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

const limits = { minMs: 500, maxMs: 30_000 };

it('doubles from the shortest to the longest', () => {
  const waits = [1, 2, 3, 7, 8, 1_000].map((failures) => backoffMs(failures, limits, 1));
  expect(waits).toEqual([500, 1_000, 2_000, 30_000, 30_000, 30_000]);
});

it('spreads over the upper half', () => {
  expect(backoffMs(3, limits, 0)).toBe(1_000);
  expect(backoffMs(3, limits, 0.5)).toBe(1_500);
});
