// A call's numbers and ids in the form that the portal takes.
import { createHash } from 'node:crypto';
import type { Call } from '../../calls/call.ts';
import type { Decision } from '../../rules/decision.ts';

/** The portal's column for PHONE_NUMBER; a longer one makes `finish` fail after it has made the activity. */
const PHONE_MAX = 20;
/** The same for EXTERNAL_CALL_ID. */
const EXTERNAL_ID_MAX = 64;

/** PHONE_NUMBER: the client's, of an internal call the colleague's who was called. Null when withheld, or when it is no number. */
export function phoneOf({ clientNumber }: Pick<Decision, 'clientNumber'>): string | null {
  if (clientNumber === null || !/^[0-9+*# ().-]*[0-9][0-9+*# ().-]*$/.test(clientNumber)) return null;
  return clientNumber.replaceAll(/[ ().-]/g, '').slice(0, PHONE_MAX);
}

/**
 * EXTERNAL_CALL_ID: our id, without which the portal takes two calls of one client within half an hour for one.
 * @param again 0, or how often the call was registered anew
 */
export function externalId(callId: string, again: number): string {
  const id = again === 0 ? callId : `${callId}#${again}`;
  return id.length <= EXTERNAL_ID_MAX ? id : createHash('sha256').update(id).digest('hex');
}

/** ISO-8601 with an offset: without one the portal takes it for its own time. */
export function startDate(call: Pick<Call, 'startedAt'>): string {
  return call.startedAt.replace(/\.[0-9]+Z$/, '+00:00');
}

/** TYPE of register. A redirected call (3) would not count as missed, so every inbound one is 2. */
export function typeOf(call: Pick<Call, 'direction' | 'origin'>): 1 | 2 | 4 {
  if (call.direction === 'inbound') return 2;
  return call.origin === 'callback' ? 4 : 1;
}
