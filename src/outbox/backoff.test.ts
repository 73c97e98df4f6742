import { describe, expect, it } from 'vitest';
import { backoffMs, pauseLimits, retryLimits } from './backoff.ts';

describe('the back-off', () => {
  it('lies between the least and a bound that doubles up to the most', () => {
    const bounds = [1, 2, 3, 10, 1_000].map((failures) => [
      backoffMs(failures, retryLimits, 0),
      backoffMs(failures, retryLimits, 1),
    ]);
    expect(bounds).toEqual([
      [1_000, 2_000],
      [1_000, 4_000],
      [1_000, 8_000],
      [1_000, 300_000],
      [1_000, 300_000],
    ]);
    expect(backoffMs(50, pauseLimits, 0.5)).toBe(30_500);
  });

  it('waits as long as the server asked, but not for ever', () => {
    expect(backoffMs(1, retryLimits, 0, 5_000)).toBe(5_000);
    expect(backoffMs(10, retryLimits, 1, 5_000)).toBe(300_000);
    expect(backoffMs(1, retryLimits, 0, 1e12)).toBe(3_600_000);
  });
});
