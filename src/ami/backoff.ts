/**
 * How long to wait before an attempt, in milliseconds: doubles from `minMs` to `maxMs`, and is spread over its upper
 * half so that many clients of one Asterisk do not come back at the same moment.
 *
 * @param failures attempts that failed in a row, 1 or more
 * @param random a number from 0 up to 1
 */
export function backoffMs(failures: number, limits: { minMs: number; maxMs: number }, random: number): number {
  const wholeMs = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures - 1, 30));
  return Math.round(wholeMs / 2 + (random * wholeMs) / 2);
}
