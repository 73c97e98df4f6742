import { describe, expect, it } from 'vitest';
import { deliveryHealth, strandedHealth } from './status.ts';

const nowMs = 10_000_000;
const none = { waiting: 0, working: 0, rejected: 0, oldestAtMs: null, rejectedMend: null };
const about = { counts: none, paused: null, owns: true, nowMs };

describe('the status of deliveries', () => {
  it('is well while nothing waits for long', () => {
    expect(deliveryHealth('b24', about)).toEqual({
      part: 'deliveries to b24',
      level: 'ok',
      message: 'nothing waits',
      mend: null,
    });
    const counts = { ...none, waiting: 3, working: 1, oldestAtMs: nowMs - 5_000 };
    expect(deliveryHealth('b24', { ...about, counts, owns: false })).toMatchObject({
      level: 'ok',
      message: '3 wait, the oldest for 5 s, 1 in work; another process works them',
    });
  });

  it('warns of what waits for long and of what was rejected, with the mend', () => {
    const late = { ...none, waiting: 1, oldestAtMs: nowMs - 3 * 3_600_000 };
    expect(deliveryHealth('b24', { ...about, counts: late })).toMatchObject({
      level: 'warning',
      message: '1 wait, the oldest for 3 h, 0 in work',
    });
    const rejected = { ...none, rejected: 2, rejectedMend: 'map the user' };
    expect(deliveryHealth('b24', { ...about, counts: rejected })).toMatchObject({
      level: 'warning',
      mend: expect.stringMatching(/^map the user; /) as string,
    });
    expect(strandedHealth('old', { ...none, waiting: 4 })).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/^4 /) as string,
      mend: expect.stringContaining('`crm`') as string,
    });
  });

  it('is in error while the connection is down, or the database does not say', () => {
    const paused = { sinceMs: nowMs - 240_000, untilMs: nowMs, why: 'no answer', mend: null };
    expect(deliveryHealth('b24', { ...about, paused })).toMatchObject({
      level: 'error',
      message: 'nothing waits; down for 4 min: no answer',
      mend: expect.stringContaining('nothing is lost') as string,
    });
    expect(deliveryHealth('b24', { ...about, counts: null })).toMatchObject({ level: 'ok' });
  });
});
