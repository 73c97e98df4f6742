// Calls that somebody ordered by a click, and what became of them.
import type { Call } from '../../calls/call.ts';

export type OrderKind = 'click_to_call' | 'callback';

/** `expired`: nobody knows what became of it (Patchcord or Asterisk went away in the middle), and no call came of it. */
export type OrderState = 'placed' | 'answered' | 'failed' | 'expired';

/** Why the operator’s phone was not answered. `unavailable`: it is not signed in, or Asterisk could not call it. */
export type OrderReason = 'no-answer' | 'busy' | 'rejected' | 'unavailable' | 'not-allowed' | 'pbx-down';

export interface Order {
  readonly id: string;
  readonly pbx: string;
  /** The connection that ordered it; null: the API or the command line. */
  readonly crm: string | null;
  /** The call's id in that CRM; null when it has none yet. */
  readonly crmCallId: string | null;
  readonly kind: OrderKind;
  readonly extension: string;
  /** E.164 where it can be told. */
  readonly number: string;
  readonly line: string | null;
  /** The uniqueid of the first channel, which we choose: the call that comes of it has it among its `linkedIds`. */
  readonly channelId: string;
  readonly state: OrderState;
  readonly reason: OrderReason | null;
  readonly requestedBy: string | null;
  readonly placedAtMs: number;
  /** When the operator’s phone was answered, or is known not to be. */
  readonly endedAtMs: number | null;
}

/** What somebody wants. */
export interface NewOrder {
  /** Null: the only PBX that dials, or the one that knows the extension. */
  readonly pbx: string | null;
  readonly crm: string | null;
  readonly crmCallId: string | null;
  readonly kind: OrderKind;
  readonly extension: string;
  /** In any form. */
  readonly number: string;
  /** Our number or trunk by which it goes out; null: as the settings say for the operator. */
  readonly line: string | null;
  /** Who wants it, for the record: a user of the CRM, the name of a token. */
  readonly requestedBy: string | null;
}

export type RefusalCode = 'invalid' | 'off' | 'not-allowed' | 'too-many' | 'repeated';

/** Why an order was not taken: a sentence for whoever clicked, and what the administrator does about it. */
export class OrderRefusal extends Error {
  readonly code: RefusalCode;
  readonly mend: string;

  constructor(code: RefusalCode, message: string, mend: string) {
    super(message);
    this.name = 'OrderRefusal';
    this.code = code;
    this.mend = mend;
  }
}

/** An order is over. `told`: no call tells the CRM of it, so that the order itself has to. */
export interface Settled {
  readonly state: Exclude<OrderState, 'placed'>;
  readonly reason: OrderReason | null;
  readonly told: 'by-call' | 'by-order';
}

/**
 * After Asterisk has said that the operator’s phone was not answered, its call is stored within milliseconds, if there was one: a phone
 * that is not signed in gets no channel. This is for a database that is slow at the moment.
 */
const CALL_LATE_MS = 3_000;

/** From the end of ringing, and from being connected, until whatever there is must have been seen: OriginateResponse, or the call. */
const SEEN_LATE_MS = 15_000;
/** While Asterisk cannot be heard nothing is known; after so long it is not waited for. */
const UNHEARD_MAX_MS = 600_000;

/**
 * What became of an order that is still `placed`, by what is stored; null while it is not known.
 *
 * @param order `reason` and `endedAtMs` are set when Asterisk said that it failed
 * @param call the call that came of it, if any
 * @param about.ringMs how long the operator's phone rings
 * @param about.heardSinceMs since when Asterisk has been connected without a break; null: it is not
 */
export function settle(
  order: Order,
  call: Call | null,
  about: { ringMs: number; heardSinceMs: number | null; nowMs: number },
): Settled | null {
  const { ringMs, heardSinceMs, nowMs } = about;
  if (call) {
    if (call.endedAt === null) return null;
    // What Asterisk said of the operator's phone goes before what the call looks like.
    const isReported = order.endedAtMs !== null;
    const reason = isReported ? outcomeOf(call, order.extension) : notTaken(call, order.extension);
    return { state: reason === null ? 'answered' : 'failed', reason, told: 'by-call' };
  }
  if (order.endedAtMs !== null) {
    if (nowMs - order.endedAtMs < CALL_LATE_MS) return null;
    return { state: 'failed', reason: order.reason ?? 'unavailable', told: 'by-order' };
  }
  // A talk may go on that was not stored when the program ended, and is found again when Asterisk is connected.
  const seenAtMs = Math.max(order.placedAtMs + ringMs, heardSinceMs ?? Infinity) + SEEN_LATE_MS;
  if (nowMs < Math.min(seenAtMs, order.placedAtMs + UNHEARD_MAX_MS)) return null;
  return { state: 'expired', reason: 'pbx-down', told: 'by-order' };
}

/**
 * Why the operator, whose phone rings first, did not take an ordered call that is over; null when he did. That nobody talked is told of his leg
 * as of the client's; a trunk is there only when the client was dialled.
 */
export function notTaken(call: Pick<Call, 'legs' | 'line'>, extension: string): OrderReason | null {
  if (call.line !== null && call.line.trunk !== null) return null;
  return outcomeOf(call, extension);
}

function outcomeOf(call: Pick<Call, 'legs'>, extension: string): OrderReason | null {
  const leg = call.legs.find((one) => one.extension === extension) ?? call.legs[0];
  const reason = reasons[leg?.outcome ?? ''];
  return reason === undefined ? 'unavailable' : reason;
}

const reasons: Readonly<Record<string, OrderReason | null>> = {
  answered: null,
  'no-answer': 'no-answer',
  'caller-cancelled': 'no-answer',
  elsewhere: 'no-answer',
  busy: 'busy',
  rejected: 'rejected',
};
