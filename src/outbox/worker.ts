// What the outbox asks of whoever works its deliveries: a CRM's adapter, or our own encoder of recordings.
import type { Call } from '../calls/call.ts';
import type { Delivery, NewDelivery } from '../store/delivery.ts';

/** One delivery being worked, under a lease. */
export interface Work {
  readonly delivery: Delivery;
  /** As it is stored now; null when the history does not know it. */
  readonly call: Call | null;
  /** What this connection remembers of the call (`save`); null when nothing yet. */
  readonly state: unknown;
  /** Remembers it at once (plain JSON), so that it is there when this attempt or this program ends. */
  save(state: unknown): Promise<void>;
  /** Aborted when the program stops or the lease was lost: begin nothing more. */
  readonly signal: AbortSignal;
}

/** `then`: work that follows, made in the same transaction in which this one ends. */
export type Outcome =
  { outcome: 'done'; note?: string; then?: readonly NewDelivery[] } | { outcome: 'dropped'; note: string };

export interface Worker {
  /** The connection's name: `delivery.crm`. */
  readonly name: string;
  /** How many deliveries it works at once. */
  readonly concurrency: number;
  /** @throws DeliveryError; anything else that it throws counts as `retry` and is logged as a fault of ours */
  work(work: Work): Promise<Outcome>;
}

/**
 * - `retry`: this delivery may succeed later; it backs off for ever (a live one is dropped instead).
 * - `down`: nothing can succeed now (the server is away, the limit is used up, the token is revoked): the whole connection pauses, and one
 *   delivery at a time tries whether it is back. Does not count against the delivery.
 * - `rejected`: it will never be taken as it is; waits for a person.
 */
export type FailureKind = 'retry' | 'down' | 'rejected';

export class DeliveryError extends Error {
  readonly kind: FailureKind;
  /** What the administrator does about it; null when waiting is all. */
  readonly mend: string | null;
  /** Not before this long, when the server said so. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: FailureKind,
    message: string,
    about: { mend?: string; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: about.cause });
    this.name = 'DeliveryError';
    this.kind = kind;
    this.mend = about.mend ?? null;
    this.retryAfterMs = about.retryAfterMs ?? null;
  }
}
