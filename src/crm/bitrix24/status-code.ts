// What a call's result is called in Bitrix24 (STATUS_CODE of finish), and what is told with it.
import type { Call } from '../../calls/call.ts';
import type { Decision } from '../../rules/decision.ts';
import type { PlacedOrder } from '../contract.ts';

export interface Ending {
  /** STATUS_CODE */
  status: string;
  /** DURATION: seconds of talk. Above 0 the portal counts the call as answered whatever the status says. */
  durationSec: number;
  /** FAILED_REASON, at most 255 characters in the portal; null when it was answered. */
  reason: string | null;
  /** False when the result was none that the table knows, so that only answered or missed could be told. */
  known: boolean;
}

/** Outbound calls that nobody answered, by result in SIP's style (docs/call-results.md). */
const failed: Readonly<Record<number, string>> = {
  404: '404',
  405: '405',
  408: '304',
  480: '304',
  484: '484',
  486: '486',
  488: '484',
  500: '500',
  603: '603',
};

/**
 * The end of a call as `finish` is told it. A missed inbound call is 304 with duration 0 whatever the line said, because only 304 makes
 * the portal count, show and automate it as missed; an answered one is 200 with at least one second, because the duration decides
 * whether the portal's statistics call it answered.
 */
export function endingOf(call: Pick<Call, 'answered' | 'direction' | 'result'>, decision: Decision): Ending {
  const code = decision.resultCode;
  const known = code === 200 || code in failed;
  if (call.answered) return { status: '200', durationSec: Math.max(1, decision.talkSec), reason: null, known };
  const status = call.direction === 'inbound' ? '304' : (failed[code] ?? '304');
  return { status, durationSec: 0, reason: reasonOf(call, code), known };
}

function reasonOf(call: Pick<Call, 'result'>, code: number): string {
  const { cause, dialStatus } = call.result;
  const parts = [`result ${code}`, cause === null ? null : `cause ${cause}`, dialStatus];
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

const orderStatuses: Readonly<Record<string, string>> = {
  // The operator's own phone: cancelled by our side, the client was never dialled.
  'no-answer': '603-S',
  rejected: '603-S',
  busy: '486',
  unavailable: '480',
  'not-allowed': '403',
  'pbx-down': '503',
};

/** The status of a call that was ordered and never came to be. Of a callback nobody heard, and the client waits: it is missed. */
export function orderStatus(order: Pick<PlacedOrder, 'kind' | 'reason'>): string {
  if (order.kind === 'callback') return '304';
  return orderStatuses[order.reason ?? ''] ?? '603-S';
}
