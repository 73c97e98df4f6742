// Ends an attempt. Every change is fenced: nothing happens when somebody else has claimed the delivery meanwhile.
import { insertDeliveries, releaseQueues } from '../store/deliveries.ts';
import type { Delivery, DeliveryState, NewDelivery } from '../store/delivery.ts';
import type { Db, Dialect } from '../store/dialect.ts';

/**
 * - `retry`: failed by itself, waits for the end of its back-off.
 * - `again`: nothing is wrong with it: the connection is down, or the program stops.
 */
export type Ending =
  | { to: 'done'; note: string | null; follows: readonly NewDelivery[] }
  | { to: 'dropped'; note: string }
  | { to: 'rejected'; note: string; mend: string | null }
  | { to: 'retry'; note: string; mend: string | null; dueAtMs: number }
  | { to: 'again'; note: string | null; mend: string | null; dueAtMs: number };

/** A note is for people; a CRM may answer with a page of HTML. */
const noteMax = 2_000;

/** One attempt at one delivery. */
export interface Attempt {
  delivery: Delivery;
  worker: string;
}

/** Inside a write that took the counter `delivery`. Returns false when the attempt was not ours any more. */
export async function finish(
  dialect: Dialect,
  db: Db,
  attempt: Attempt,
  ending: Ending,
  nowMs: number,
): Promise<boolean> {
  const { delivery } = attempt;
  const changed = await ofAttempt(db, attempt)
    .set((is) => ({
      worker: null,
      lease_until: null,
      note: ending.note === null ? null : cut(ending.note),
      mend: 'mend' in ending && ending.mend !== null ? cut(ending.mend) : null,
      ...stateAfter(ending, nowMs),
      ...(ending.to === 'retry' ? { retries: is('retries', '+', 1) } : {}),
    }))
    .returning('id')
    .execute();
  if (changed.length === 0) return false;
  if (ending.to === 'done' && ending.follows.length > 0) await insertDeliveries(dialect, db, ending.follows, { nowMs });
  if (ending.to === 'done' || ending.to === 'dropped') await releaseQueues(db, [delivery]);
  return true;
}

function stateAfter(ending: Ending, nowMs: number): { state: DeliveryState; due_at?: number; ended_at?: number } {
  if (ending.to === 'retry' || ending.to === 'again') return { state: 'waiting', due_at: ending.dueAtMs };
  // a rejected one has not ended: it stays until a person decides
  return ending.to === 'rejected' ? { state: 'rejected' } : { state: ending.to, ended_at: nowMs };
}

/** Inside a write: whether the attempt is still ours; its lease begins anew. */
export async function stillOurs(db: Db, attempt: Attempt, leaseUntilMs: number): Promise<boolean> {
  const kept = await ofAttempt(db, attempt).set({ lease_until: leaseUntilMs }).returning('id').execute();
  return kept.length > 0;
}

function ofAttempt(db: Db, { delivery, worker }: Attempt) {
  return db
    .updateTable('deliveries')
    .where('id', '=', delivery.id)
    .where('state', '=', 'working')
    .where('worker', '=', worker)
    .where('attempts', '=', delivery.attempts);
}

/** PostgreSQL takes no NUL. */
function cut(text: string): string {
  return text.replaceAll('\0', '').slice(0, noteMax);
}
