import { beforeEach, describe, expect, it } from 'vitest';
import { Limiter } from './limiter.ts';

let nowMs = 0;
const clock = () => nowMs;
beforeEach(() => {
  nowMs = 1_000;
});

/** Takes all that there is for the lane. */
function drain(limiter: Limiter, lane: 'live' | 'usual'): number {
  let taken = 0;
  while (limiter.take(lane)) taken += 1;
  return taken;
}

describe('the limiter', () => {
  it('lets 40 through at once when it has rested, but the last 10 only for what a person waits for', () => {
    const limiter = new Limiter(2, clock);
    nowMs += 60_000;
    expect(drain(limiter, 'usual')).toBe(30);
    expect(drain(limiter, 'live')).toBe(10);
    expect(limiter.tokens).toBe(0);
  });

  it('gives 2 a second to others too once the reserve is there again', () => {
    const limiter = new Limiter(2, clock);
    nowMs += 60_000;
    drain(limiter, 'live');
    let usual = 0;
    for (let sec = 0; sec < 60; sec += 1) {
      nowMs += 1_000;
      usual += drain(limiter, 'usual');
    }
    expect(usual).toBe(2 * 60 - 10);
    expect(limiter.waitMs('live')).toBe(0);
  });

  it('says how long to wait', () => {
    const limiter = new Limiter(2, clock);
    nowMs += 60_000;
    drain(limiter, 'live');
    expect(limiter.waitMs('live')).toBe(500);
    nowMs += 500;
    expect(limiter.take('live')).toBe(true);
  });

  it('starts with little, since its forerunner may have filled the portal’s bucket', () => {
    const limiter = new Limiter(2, clock);
    expect(drain(limiter, 'usual')).toBe(10);
    expect(drain(limiter, 'live')).toBe(10);
  });

  it('pauses longer each time that the portal says it was too much, up to 8 s, and starts again when it takes one', () => {
    const limiter = new Limiter(2, clock);
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      limiter.exceeded();
      limiter.exceeded();
      pauses.push(limiter.pausedMs);
      expect(limiter.take('live')).toBe(false);
      nowMs += limiter.pausedMs;
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 8_000]);
    limiter.accepted(nowMs);
    limiter.exceeded();
    expect(limiter.pausedMs).toBe(1_000);
  });

  it('is a tenth slower for a while after that, since a full bucket would stay full', () => {
    const limiter = new Limiter(2, clock);
    limiter.exceeded();
    nowMs += 1_000;
    let live = drain(limiter, 'live');
    for (let sec = 1; sec < 100; sec += 1) {
      nowMs += 1_000;
      live += drain(limiter, 'live');
    }
    expect(live).toBe(1.8 * 100);
    nowMs += 10_000;
    expect(drain(limiter, 'live')).toBe(20);
  });

  it('is not misled by an answer to what was sent before the pause', () => {
    const limiter = new Limiter(2, clock);
    limiter.exceeded();
    limiter.accepted(nowMs - 1);
    nowMs += 1_000;
    limiter.exceeded();
    expect(limiter.pausedMs).toBe(2_000);
  });

  it('never lets more through than a bucket of 50 that loses 2 a second takes', () => {
    const limiter = new Limiter(2, clock);
    let level = 0;
    let highest = 0;
    for (let tenth = 0; tenth < 10 * 600; tenth += 1) {
      nowMs += 100;
      level = Math.max(0, level - 0.2);
      // Quiet for a minute, then for three as much as it lets through, again and again.
      if (tenth % 2_400 < 600) continue;
      level += drain(limiter, tenth % 2 === 0 ? 'live' : 'usual');
      highest = Math.max(highest, level);
    }
    expect(highest).toBeGreaterThan(30);
    expect(highest).toBeLessThan(45);
  });
});
