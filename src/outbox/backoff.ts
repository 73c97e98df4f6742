/** How long to wait before the next attempt, in milliseconds. */
export interface BackoffLimits {
  minMs: number;
  maxMs: number;
}

/** Of one delivery that the CRM would not take for now. */
export const retryLimits: BackoffLimits = { minMs: 1_000, maxMs: 300_000 };
/** Of a whole connection that is down: it is looked at often, because everything waits for it. */
export const pauseLimits: BackoffLimits = { minMs: 1_000, maxMs: 60_000 };
/** No server is believed that it wants to be left alone for longer. */
const retryAfterMsMax = 3_600_000;

/**
 * Somewhere between the least and a bound that doubles with every failure, evenly, so that what failed together does not come back together.
 *
 * @param failures in a row, 1 or more
 * @param random from 0 up to 1
 * @param retryAfterMs what the server asked for; not less than that is waited, up to an hour
 */
export function backoffMs(
  failures: number,
  limits: BackoffLimits,
  random: number,
  retryAfterMs: number | null = null,
): number {
  const boundMs = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures, 30));
  const waitMs = Math.round(limits.minMs + random * (boundMs - limits.minMs));
  return Math.max(waitMs, Math.min(retryAfterMs ?? 0, retryAfterMsMax));
}
