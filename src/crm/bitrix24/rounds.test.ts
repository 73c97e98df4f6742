import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silent } from '../testing/network.ts';
import { PortalError } from './portal.ts';
import { Rounds } from './rounds.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('it is done at once and again, soon after a failure, which is known until it is done', async () => {
  const rounds = new Rounds(silent);
  let done = 0;
  let error: Error | null = new PortalError('down', 'X', 'Away', { mend: 'Wait' });
  rounds.add('users', 300_000, async () => {
    if (error) throw error;
    done += 1;
  });
  await vi.advanceTimersByTimeAsync(0);
  expect(rounds.trouble('users')).toEqual({ message: 'X: Away', mend: 'Wait' });
  error = null;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(rounds.trouble('users')).toBeNull();
  expect(done).toBe(1);
  await vi.advanceTimersByTimeAsync(300_000);
  expect(done).toBe(2);
  await rounds.stop();
  await vi.advanceTimersByTimeAsync(900_000);
  expect(done).toBe(2);
});

test('work may say when it wants to run next, and is not hurried against the portal’s will', async () => {
  const rounds = new Rounds(silent);
  const error = new PortalError('limit', 'X', 'Later', { retryAfterMs: 120_000 });
  const atMs: number[] = [];
  rounds.add('poll', 2000, async () => {
    atMs.push(Date.now());
    if (atMs.length === 2) throw error;
    return 1000;
  });
  await vi.advanceTimersByTimeAsync(200_000);
  await rounds.stop();
  const [first = 0, second, third] = atMs;
  expect(second).toBe(first + 1000);
  expect(third).toBe(first + 121_000);
});
