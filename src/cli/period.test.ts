import { describe, expect, it } from 'vitest';
import { CommandFailure } from './failure.ts';
import { periodOf } from './period.ts';

const nowMs = new Date(2026, 10, 20, 15, 30).getTime();
const local = (...parts: [number, number, number, number?, number?]) => new Date(...parts).toISOString();

describe('a period', () => {
  it.each([
    [{}, {}],
    [{ from: 'today' }, { from: local(2026, 10, 20) }],
    [
      { from: 'yesterday', to: 'yesterday' },
      { from: local(2026, 10, 19), to: local(2026, 10, 20) },
    ],
    [
      { from: '2026-11-01', to: '2026-11-30' },
      { from: local(2026, 10, 1), to: local(2026, 11, 1) },
    ],
    [{ from: '2026-11-20T09:30' }, { from: local(2026, 10, 20, 9, 30) }],
    [{ from: '2026-11-20 09:30' }, { from: local(2026, 10, 20, 9, 30) }],
    [{ from: '2026-11-20T09:30:00Z' }, { from: '2026-11-20T09:30:00.000Z' }],
    [{ from: '2026-11-20T09:30:00+03:00' }, { from: '2026-11-20T06:30:00.000Z' }],
    [{ from: '3h' }, { from: local(2026, 10, 20, 12, 30) }],
    [
      { from: '2d', to: 'now' },
      { from: new Date(nowMs - 48 * 3_600_000).toISOString(), to: new Date(nowMs).toISOString() },
    ],
  ])('%j', (given, period) => {
    expect(periodOf(given, nowMs)).toEqual(period);
  });

  it.each(['tomorrow-ish', '2026-13-01', '2026-02-30', '20.11.2026', '2026-11-20T25:00', '', '1y', '9'.repeat(1000)])(
    '%j is none',
    (from) => {
      expect(() => periodOf({ from }, nowMs)).toThrow(CommandFailure);
    },
  );

  it('does not end before it begins', () => {
    expect(() => periodOf({ from: 'today', to: 'yesterday' }, nowMs)).toThrow('--to is not after --from');
  });
});
