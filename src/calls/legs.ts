// Legs: one attempt to reach one party on one device, and how each ended.
import type { LegOutcome, LegRole } from './call.ts';
import { type CallState, type Channel, type LegState, newLeg } from './model.ts';
import type { Registry } from './registry.ts';

export function legOf(call: CallState, channel: Channel): LegState | null {
  return channel.leg === null ? null : (call.legs.find((leg) => leg.key === channel.leg) ?? null);
}

export function legIndex(call: CallState, leg: LegState): number {
  return call.legs.indexOf(leg);
}

export function openLeg(
  registry: Registry,
  call: CallState,
  channel: Channel,
  role: LegRole,
  atMs: number,
  party: { extension: string | null; number?: string | null; of?: string | null },
): LegState {
  const leg = newLeg(call.nextLeg++, role, Math.max(atMs, call.startedAtMs));
  leg.extension = party.extension;
  leg.number = party.number ?? null;
  leg.of = party.of ?? null;
  leg.device = `${channel.tech}/${channel.endpoint}`;
  leg.dialer = channel.dialer;
  leg.channels.push(channel.id);
  if (channel.state === 'ringing') leg.ringingAtMs = atMs;
  if (channel.state === 'up') leg.upAtMs = atMs;
  channel.leg = leg.key;
  if (role !== 'caller') registry.announce(call, atMs);
  call.legs.push(leg);
  registry.fact('leg.started', call, atMs, { leg: call.legs.length - 1 });
  return leg;
}

/** Two moments of one teardown lie this close together at most, also in CEL whose times have whole seconds in FreePBX's table. */
const SAME_MOMENT_MS = 1100;

/** The status of a Dial as a whole, for those of its phones whose own was never told (CEL has only this, at the end of the Local half that dialled). */
export function statusOfDial(call: CallState, dialer: Channel, status: string, atMs: number): void {
  if (status === '' || status === 'ANSWER') return;
  for (const leg of call.legs) {
    const recent = leg.endedAtMs === null || atMs - leg.endedAtMs <= SAME_MOMENT_MS;
    if (leg.dialer === dialer.id && leg.status === null && leg.joinedAtMs === null && recent) leg.status = status;
  }
}

/** A phone that the dialplan called and that got no channel, because it is not registered or wants no calls: it never rang. */
export function addSilentLeg(
  registry: Registry,
  call: CallState,
  extension: string,
  role: LegRole,
  atMs: number,
  status = 'CHANUNAVAIL',
) {
  // A queue tries again and again; once says it all. And a Dial that another channel took over has its phone already.
  const known = call.legs.some(
    (leg) =>
      leg.extension === extension &&
      (leg.device === null || leg.endedAtMs === null || atMs - leg.endedAtMs <= SAME_MOMENT_MS),
  );
  if (known) return;
  const leg = newLeg(call.nextLeg++, role, Math.max(atMs, call.startedAtMs));
  leg.extension = extension;
  leg.status = status;
  leg.endedAtMs = leg.startedAtMs;
  registry.announce(call, atMs);
  call.legs.push(leg);
  registry.fact('leg.started', call, atMs, { leg: call.legs.length - 1 });
  registry.fact('leg.ended', call, atMs, { leg: call.legs.length - 1 });
}

/** The role of somebody whom the dialplan calls at this point of the call. */
export function roleNow(call: CallState): LegRole {
  if (call.originated && call.legs.length === 0) return 'caller';
  const parked = call.transfers.at(-1);
  if (parked?.type === 'park' && !parked.settled) return 'park-comeback';
  if (call.consult || call.transfers.some((transfer) => !transfer.settled)) return 'transfer-target';
  if (call.leftOperator && call.answeredAtMs !== null) return 'transfer-target';
  return call.answeredAtMs !== null && call.hasClient ? 'transfer-target' : 'called';
}

/** Hangup causes of a dest that could not be reached at all, other than those with an outcome of their own. */
const failures = new Set([
  1, 2, 3, 5, 6, 22, 25, 27, 28, 29, 34, 38, 41, 42, 44, 50, 57, 58, 65, 66, 69, 79, 88, 95, 111,
]);

/**
 * How a leg ended. DialStatus alone cannot tell a decline or a wrong number from silence, and behind Local channels CANCEL says nothing
 * (Asterisk 16 and 22: 603 and 404 give NOANSWER, the time-out of an outer Dial gives CANCEL to the phone); the cause of the phone's
 * own Hangup and who else answered at that moment decide.
 */
export function legOutcome(call: CallState, leg: LegState): LegOutcome | null {
  if (leg.role === 'caller') return callerOutcome(call, leg);
  if (leg.joinedAtMs !== null) return 'answered';
  if (leg.forwardedTo !== null) return 'forwarded';
  if (leg.endedAtMs === null) return null;
  if (leg.pickedUp || (leg.cause === 26 && wasAnsweredByAnother(call, leg))) return 'elsewhere';
  if (leg.cause === 17 || leg.status === 'BUSY') return 'busy';
  if (leg.cause === 21) return 'rejected';
  if (leg.status === 'CHANUNAVAIL' || leg.cause === 20) return 'unavailable';
  if (leg.status === 'CONGESTION' || (leg.cause !== null && failures.has(leg.cause))) return 'failed';
  const endedAtMs = leg.endedAtMs;
  const silent = leg.outerStatus === 'NOANSWER' || (leg.outerStatus === null && leg.status === 'NOANSWER');
  if (silent) return 'no-answer';
  const takenElsewhere = call.legs.some(
    (other) =>
      other !== leg &&
      other.role !== 'caller' &&
      other.joinedAtMs !== null &&
      other.joinedAtMs >= leg.startedAtMs &&
      // They rang together; a phone that was called next, after this one had given up, took nothing from it.
      (other.role === 'pickup' || (other.role !== 'transfer-recall' && other.startedAtMs < endedAtMs)) &&
      Math.abs(endedAtMs - other.joinedAtMs) <= SAME_MOMENT_MS,
  );
  if (takenElsewhere) return 'elsewhere';
  // It picked up, heard the question (FollowMe, call confirmation) and did not take the call.
  if (leg.upAtMs !== null) return 'rejected';
  return callerGaveUp(call, leg, endedAtMs) ? 'caller-cancelled' : 'no-answer';
}

/** Dial's and Queue's "mark answered elsewhere" puts cause 26 on every phone that they stop ringing, also when nobody has answered. */
function wasAnsweredByAnother(call: CallState, leg: LegState): boolean {
  return call.legs.some(
    (other) =>
      other !== leg && other.role !== 'caller' && other.joinedAtMs !== null && other.joinedAtMs >= leg.startedAtMs,
  );
}

/** The client hung up while the phone rang, or the operator who wanted to consult went back to the client. */
function callerGaveUp(call: CallState, leg: LegState, endedAtMs: number): boolean {
  const left = call.hangupBy !== null && call.hangupByAtMs >= leg.startedAtMs;
  return leg.givenUp || (left && Math.abs(endedAtMs - call.hangupByAtMs) <= SAME_MOMENT_MS);
}

/** The calling side: what became of its attempt. */
function callerOutcome(call: CallState, leg: LegState): LegOutcome | null {
  if (leg.joinedAtMs !== null) return 'answered';
  if (leg.endedAtMs === null) return null;
  if (call.originated && leg.upAtMs === null) {
    // Click-to-call whose operator never picked up: the phone's own fate.
    if (leg.cause === 17) return 'busy';
    if (leg.cause === 21) return 'rejected';
    if (leg.status === 'CHANUNAVAIL' || leg.cause === 20) return 'unavailable';
    return 'no-answer';
  }
  switch ((call.hasClient ? call.clientCause : call.cause) ?? 0) {
    case 17:
      return 'busy';
    case 21:
      return 'rejected';
    case 18:
    case 19:
      return 'no-answer';
    case 1:
    case 3:
    case 20:
    case 27:
    case 28:
    case 34:
    case 38:
    case 41:
    case 42:
    case 44:
      return 'failed';
    default:
      if (call.dialStatus === 'CHANUNAVAIL' || call.dialStatus === 'CONGESTION') return 'failed';
      if (call.dialStatus === 'BUSY') return 'busy';
      if (call.dialStatus === 'NOANSWER') return 'no-answer';
      return call.hangupBy === 'operator' ? 'caller-cancelled' : 'no-answer';
  }
}
