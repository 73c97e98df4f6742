// What becomes of a delivery after its worker is through with it. Pure.
import type { Delivery } from '../store/delivery.ts';
import { backoffMs, retryLimits } from './backoff.ts';
import type { Ending } from './finish.ts';
import { DeliveryError, type Outcome } from './worker.ts';

export function endingOf(outcome: Outcome): Ending {
  if (outcome.outcome === 'dropped') return { to: 'dropped', note: outcome.note };
  return { to: 'done', note: outcome.note ?? null, follows: outcome.then ?? [] };
}

/** @param about.retries how often it failed by itself before, in a row */
export function endingAfter(
  error: unknown,
  delivery: Delivery,
  about: { nowMs: number; retries: number; random: number },
): Ending {
  const { kind, message, mend, retryAfterMs } = failureOf(error);
  if (kind === 'down') return { to: 'again', note: message, mend, dueAtMs: about.nowMs };
  if (delivery.live) return { to: 'dropped', note: message };
  if (kind === 'rejected') return { to: 'rejected', note: message, mend };
  const waitMs = backoffMs(about.retries + 1, retryLimits, about.random, retryAfterMs);
  return { to: 'retry', note: message, mend, dueAtMs: about.nowMs + waitMs };
}

export function failureOf(error: unknown): Pick<DeliveryError, 'kind' | 'message' | 'mend' | 'retryAfterMs'> {
  if (error instanceof DeliveryError) return error;
  // a fault of ours: its words may hold anything, and are for the log
  return { kind: 'retry', message: 'Patchcord failed here; see its log.', mend: null, retryAfterMs: null };
}

/** Of a call that was absorbed only this is still worked: taking back what was shown, and what is not about the call as it is now. */
export function droppedByMerge(delivery: Delivery, absorbedBy: string | null): Ending | null {
  if (absorbedBy === null || ['merged', 'event', 'order-failed'].includes(delivery.kind)) return null;
  return { to: 'dropped', note: `the call is a part of call ${absorbedBy} now, which is sent instead` };
}
