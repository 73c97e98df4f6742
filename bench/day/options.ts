import type { DayOptions } from '../../src/demo/day.ts';

/** The busy PBX: a day of a company of 190, the same for the process that plays it and for the one that judges. */
export function busyDay(calls: number, seed: number): DayOptions {
  const gapMs = (24 * 3600 * 1000) / 50_000;
  return {
    seed,
    calls,
    startMs: Date.UTC(2026, 10, 20),
    staff: 190,
    gapMs: [Math.round(gapMs / 2), Math.round(gapMs * 1.5)],
  };
}
