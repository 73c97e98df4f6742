// Transfers: who gave the client to whom, by what means, and whether it worked.
import type { TransferType } from './call.ts';
import type { CallState, Channel, LegState, TransferState } from './model.ts';
import type { Registry } from './registry.ts';
import { legOf } from './legs.ts';
import { localNumber, MAX_DEPTH } from './channel-name.ts';

/** A hold that ends in the moment of a transfer was the transfer's own: `##` and phones send Hold, and Unhold just before it. */
const SAME_MOMENT_MS = 1000;

function forgetHold(call: CallState, leg: LegState | null, atMs: number): void {
  if (leg === null || leg.resumedAtMs === null || atMs - leg.resumedAtMs > SAME_MOMENT_MS) return;
  call.holds -= 1;
  leg.resumedAtMs = null;
}

/** The code that aborts a consultation takes effect with its last key (features.conf atxferabort). */
const ABORT_MS = 1500;

function add(
  call: CallState,
  type: TransferType,
  atMs: number,
  fields: {
    by: string | null;
    to: string | null;
    blonde?: boolean;
    completed?: boolean;
    operatorChannel?: string | null;
  },
): TransferState {
  // The one before it can no longer succeed.
  for (const other of call.transfers) other.settled = true;
  const transfer: TransferState = {
    type,
    by: fields.by,
    to: fields.to,
    atMs,
    blonde: fields.blonde ?? false,
    completed: fields.completed ?? false,
    settled: fields.completed ?? false,
    operatorChannel: fields.operatorChannel ?? null,
  };
  call.transfers.push(transfer);
  call.leftOperator = null;
  return transfer;
}

/** Extension or outside number of whoever holds a channel. */
function partyOf(call: CallState, channel: Channel | null): string | null {
  if (!channel) return null;
  const leg = legOf(call, channel);
  return channel.extension ?? leg?.of ?? leg?.number ?? leg?.extension ?? null;
}

function tell(registry: Registry, call: CallState, atMs: number): void {
  registry.fact('call.transferred', call, atMs);
}

export function blindTransfer(
  registry: Registry,
  call: CallState,
  transferer: Channel,
  exten: string,
  atMs: number,
): void {
  const last = call.transfers.at(-1);
  const by = partyOf(call, transferer);
  // The same event twice in a stream.
  if (last && !last.settled && last.type === 'blind' && last.by === by && last.to === exten) return;
  forgetHold(call, legOf(call, transferer), atMs);
  call.consult = null;
  add(call, 'blind', atMs, { by, to: exten });
  tell(registry, call, atMs);
}

export function attendedTransfer(
  registry: Registry,
  call: CallState,
  event: { transferer: Channel; target: Channel | null; threeway: boolean },
  atMs: number,
): void {
  const by = partyOf(call, event.transferer);
  forgetHold(call, legOf(call, event.transferer), atMs);
  const far = event.target && event.target.half !== 0 ? behind(registry, event.target) : event.target;
  const leg = (far && legOf(call, far)) || targetLeg(call, by);
  const to = leg
    ? partyText(leg)
    : (partyOf(call, far) ?? call.consult?.to ?? (event.target ? localNumber(event.target.endpoint) : null));
  const last = call.transfers.at(-1);
  if (
    last &&
    last.type === (event.threeway ? 'threeway' : 'attended') &&
    last.by === by &&
    last.to === to &&
    last.atMs === atMs
  ) {
    return;
  }
  const reached = leg ? leg.upAtMs !== null : far?.state === 'up';
  call.consult = null;
  add(call, event.threeway ? 'threeway' : 'attended', atMs, { by, to, blonde: !reached, completed: reached });
  tell(registry, call, atMs);
}

/** The event of a feature transfer names no target: it is whom the operator consulted, or else whoever came last. */
function targetLeg(call: CallState, by: string | null): LegState | null {
  const open = call.legs.filter((leg) => leg.endedAtMs === null && leg.role !== 'caller' && partyText(leg) !== by);
  return (
    open.findLast((leg) => partyText(leg) === call.consult?.to) ??
    open.findLast((leg) => leg.talkSinceMs === null) ??
    open.at(-1) ??
    null
  );
}

function partyText(leg: LegState): string | null {
  return leg.extension ?? leg.number;
}

/** The phone that the other half of a Local pair has called. */
function behind(registry: Registry, half: Channel, depth = 0): Channel | null {
  const other = registry.otherHalf(half);
  if (!other || depth > MAX_DEPTH) return null;
  for (const id of registry.callOf(other).channels) {
    const channel = registry.channels.get(id);
    if (channel?.dialer !== other.id) continue;
    return channel.person ? channel : behind(registry, channel, depth + 1);
  }
  return null;
}

/** An operator has left the client on hold and speaks, through a Local pair of the feature's, to a colleague. */
export function beginConsult(call: CallState, operator: Channel, half: Channel, atMs: number): void {
  const by = partyOf(call, operator);
  if (by === null || call.consult) return;
  call.consult = { by, to: localNumber(half.endpoint), atMs, channel: operator.id };
}

/** The consultation is over and no AttendedTransfer came: its absence is the only sign that the transfer failed. */
export function abandonConsult(registry: Registry, call: CallState): void {
  const consult = call.consult;
  if (!consult) return;
  call.consult = null;
  const pressedAtMs = registry.channels.get(consult.channel)?.digitAtMs ?? null;
  if (pressedAtMs !== null && pressedAtMs > consult.atMs && call.settledAtMs - pressedAtMs <= ABORT_MS) {
    for (const leg of call.legs) leg.givenUp ||= leg.startedAtMs >= consult.atMs && leg.joinedAtMs === null;
  }
  const transfer = add(call, 'attended', consult.atMs, { by: consult.by, to: consult.to });
  transfer.settled = true;
  tell(registry, call, call.lastAtMs);
}

/** The client's channel was taken out of the talk and calls somebody else, with no transfer event: AMI Redirect. */
export function redirect(registry: Registry, call: CallState, to: string | null, atMs: number): void {
  const left = call.leftOperator;
  if (!left) return;
  const channel = registry.channels.get(left.channel);
  call.leftOperator = null;
  if (channel?.hangupRequestedAtMs != null) return;
  add(call, 'redirect', atMs, { by: left.extension, to, operatorChannel: left.channel });
  tell(registry, call, atMs);
}

/** It was the operator who hung up; the dialplan went on by itself. (In CEL who hung up comes later than what followed.) */
export function dropGuess(call: CallState, operatorChannel: string): void {
  call.transfers = call.transfers.filter(
    (transfer) => transfer.type !== 'redirect' || transfer.operatorChannel !== operatorChannel,
  );
  if (call.leftOperator?.channel === operatorChannel) call.leftOperator = null;
}

export function park(registry: Registry, call: CallState, by: string | null, atMs: number): void {
  const last = call.transfers.at(-1);
  if (last?.type === 'park' && !last.settled) return;
  if (last?.type === 'blind' && !last.settled) {
    // A blind transfer to the parking extension is how phones park.
    last.type = 'park';
    last.to = null;
    return;
  }
  add(call, 'park', atMs, { by, to: null });
  tell(registry, call, atMs);
}

/**
 * Who took a parked client. The event comes by another way than those of the bridge and now and then after them (seen on Asterisk 16 and
 * a busy machine): the two talk already.
 */
export function unparked(registry: Registry, call: CallState, retriever: Channel, atMs: number): void {
  const leg = legOf(call, retriever);
  if (leg?.role !== 'transfer-target') return;
  leg.role = 'unpark';
  const parked = call.transfers.at(-1);
  if (parked?.type !== 'park' || parked.completed) return registry.fact('call.changed', call, atMs);
  parked.completed = true;
  parked.to = partyOf(call, retriever);
  tell(registry, call, atMs);
}

/** Somebody has come to the client just now: the transfer that waits has found its target, or the one who gave the client away is back. */
export function settleTransfers(registry: Registry, call: CallState, leg: LegState, atMs: number): void {
  call.leftOperator = null;
  const waiting = call.transfers.at(-1);
  if (!waiting || waiting.settled) return;
  const who = leg.extension ?? leg.of ?? leg.number;
  const back = who === waiting.by && (who !== waiting.to || waiting.type === 'park') && leg.role !== 'unpark';
  waiting.settled = true;
  if (back) return;
  waiting.completed = true;
  // Of several phones that rang when the transferer left nobody could know who would answer.
  const oneOfSeveral = waiting.blonde && leg.startedAtMs <= waiting.atMs;
  if (waiting.type === 'park' || oneOfSeveral) waiting.to = who;
  tell(registry, call, atMs);
}
