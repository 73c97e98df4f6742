import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../outbox/worker.ts';
import { judge, retryAfterMs } from './answer.ts';

const now = Date.parse('2026-03-01T10:00:00Z');

function errorOf(status: number, headers: Record<string, string> = {}): DeliveryError | null {
  try {
    judge({ status, headers: new Headers(headers) }, 'hooks', now);
    return null;
  } catch (error) {
    if (error instanceof DeliveryError) return error;
    throw error;
  }
}

describe('the answer', () => {
  it.each([200, 201, 202, 204, 299])('%s is taken', (status) => {
    expect(errorOf(status)).toBeNull();
  });

  it.each([
    [301, 'down', /url of the connection hooks/],
    [401, 'down', /secret of the connection hooks/],
    [403, 'down', /secret of the connection hooks/],
    [404, 'down', /url of the connection hooks/],
    [405, 'down', /url of the connection hooks/],
    [410, 'rejected', /connection hooks/],
    [400, 'rejected', /crm requests/],
    [413, 'rejected', /crm requests/],
    [422, 'rejected', /crm requests/],
  ])('%s is %s and says the mend', (status, kind, mend) => {
    expect(errorOf(status)?.kind).toBe(kind);
    expect(errorOf(status)?.mend).toMatch(mend);
  });

  it.each([
    [408, 'retry'],
    [409, 'retry'],
    [425, 'retry'],
    [500, 'retry'],
    [501, 'retry'],
    [429, 'down'],
    [502, 'down'],
    [503, 'down'],
    [504, 'down'],
  ])('%s is %s, and may say how long to wait', (status, kind) => {
    expect(errorOf(status)).toMatchObject({ kind, retryAfterMs: null });
    expect(errorOf(status, { 'retry-after': '30' })).toMatchObject({ kind, retryAfterMs: 30_000 });
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 01 Mar 2026 10:00:45 GMT', 45_000],
    ['Sun, 01 Mar 2026 09:00:00 GMT', 0],
    ['999999', 3_600_000],
    ['soon', null],
    ['-5', null],
    ['', null],
  ])('%j is %s ms', (value, ms) => {
    expect(retryAfterMs(value, now)).toBe(ms);
  });
});
