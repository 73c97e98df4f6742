// What an error of the portal means for a delivery.
import { DeliveryError, type FailureKind } from '../../outbox/worker.ts';
import { PortalError, type PortalErrorKind } from './portal.ts';

const kinds: Readonly<Record<PortalErrorKind, FailureKind>> = {
  uncertain: 'retry',
  scope: 'retry',
  limit: 'down',
  refused: 'down',
  auth: 'down',
  down: 'down',
  domain: 'rejected',
  bug: 'rejected',
};

/** These concern one delivery alone: a method without time, a file that cannot be read, work that was taken back. */
const ownTrouble: ReadonlySet<string> = new Set(['OPERATION_TIME_LIMIT', 'NO_FILE', 'CANCELLED']);

/** After an uncertain answer the portal may still be at work on it; its own limit of time for a request is 60 s, what it does takes seconds. */
const UNCERTAIN_WAIT_MS = 5000;

/**
 * A missing right holds up only what needs it, and goes through by itself when it is given.
 *
 * @param error whatever was thrown while a delivery was worked; what is none of the portal's is handed back
 */
export function asDeliveryError(error: unknown): unknown {
  if (!(error instanceof PortalError)) return error;
  const about = {
    cause: error,
    ...(error.mend !== null && { mend: error.mend }),
    ...(error.retryAfterMs !== null && { retryAfterMs: error.retryAfterMs }),
  };
  const kind = ownTrouble.has(error.code) ? 'retry' : kinds[error.kind];
  const waitMs = error.kind === 'uncertain' ? { retryAfterMs: UNCERTAIN_WAIT_MS } : {};
  return new DeliveryError(kind, error.message, { ...waitMs, ...about });
}
