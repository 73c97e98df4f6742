import { describe, expect, it } from 'vitest';
import { Pause } from './pause.ts';

const about = { why: 'away', mend: null, retryAfterMs: null };

describe('the pause of a connection', () => {
  it('lets nothing begin, and then one at a time', () => {
    const pause = new Pause(() => 0);
    expect(pause.room(0, [0, 0])).toBe(Infinity);
    pause.down({ ...about, begunAtMs: 0, nowMs: 100 });
    expect(pause.because).toEqual({ sinceMs: 100, untilMs: 1_100, why: 'away', mend: null });
    expect([pause.room(1_099, []), pause.blockedUntilMs(1_099)]).toEqual([0, 1_100]);
    // what was begun before the pause is no attempt to end it
    expect([pause.room(1_100, [0]), pause.blockedUntilMs(1_100)]).toEqual([1, null]);
    expect(pause.room(1_200, [0, 1_150])).toBe(0);
  });

  it('grows with each attempt that fails, not with what was in work together', () => {
    const pause = new Pause(() => 1);
    for (let n = 0; n < 10; n++) pause.down({ ...about, begunAtMs: 0, nowMs: 100 });
    expect(pause.because?.untilMs).toBe(2_100);
    pause.down({ ...about, begunAtMs: 2_100, nowMs: 2_200 });
    expect(pause.because).toMatchObject({ sinceMs: 100, untilMs: 6_200 });
    for (let n = 0; n < 10; n++) {
      const begunAtMs = pause.because?.untilMs ?? 0;
      pause.down({ ...about, begunAtMs, nowMs: begunAtMs });
    }
    const last = pause.because?.untilMs ?? 0;
    pause.down({ ...about, begunAtMs: last, nowMs: last });
    expect(pause.because?.untilMs).toBe(last + 60_000);
  });

  it('ends with an answer to what was begun since', () => {
    const pause = new Pause(() => 0);
    pause.down({ ...about, begunAtMs: 0, nowMs: 100 });
    expect(pause.up(50)).toBe(false);
    expect(pause.up(1_100)).toBe(true);
    expect(pause.because).toBeNull();
    expect(pause.up(1_200)).toBe(false);
  });
});
