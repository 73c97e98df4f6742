// What an error of the portal means for a delivery.
import { DeliveryError } from '../../outbox/worker.ts';
import { PortalError } from './portal.ts';

/** After an uncertain answer the portal may still be at work on it; its own limit of time for a request is 60 s, what it does takes seconds. */
const UNCERTAIN_WAIT_MS = 5000;

/**
 * A missing right holds up only what needs it, and goes through by itself when it is given; without telephony nothing can go through.
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
  switch (error.kind) {
    case 'uncertain':
      return new DeliveryError('retry', error.message, { retryAfterMs: UNCERTAIN_WAIT_MS, ...about });
    case 'limit':
      return new DeliveryError(error.code === 'OPERATION_TIME_LIMIT' ? 'retry' : 'down', error.message, about);
    case 'scope':
      return new DeliveryError('retry', error.message, about);
    case 'refused':
    case 'auth':
    case 'down':
      return new DeliveryError('down', error.message, about);
    case 'domain':
    case 'bug':
      return new DeliveryError('rejected', error.message, about);
  }
}
