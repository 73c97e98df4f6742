// How channels and calls end, how two calls become one, and how what is left of a call goes on by itself.
import { type CallState, type Channel, type LegState, newCall } from './model.ts';
import type { Registry } from './registry.ts';
import { reached, reconnect, settle } from './audio.ts';
import { dialOver } from './dialling.ts';
import { legIndex, legOf, openLeg, statusOfDial } from './legs.ts';
import { abandonConsult, dropGuess } from './transfers.ts';

/** How the end of one party, seen a moment before the other's, still explains the other's. */
const SAME_MOMENT_MS = 1000;

/** How long after the last Hangup of a call its OriginateResponse may come; both are written in the same few milliseconds. */
const NUMBER_LATE_MS = 500;

/** Dialplan applications by which the PBX turns a caller away. */
const refusals = new Set(['busy', 'congestion', 'hangup']);
/** The hangup causes that Busy() and Congestion() leave behind. */
const refusalCauses = new Set([17, 34]);

export function leaveBridge(registry: Registry, channel: Channel): void {
  const bridge = channel.bridge === null ? undefined : registry.bridges.get(channel.bridge);
  if (bridge) {
    bridge.members = bridge.members.filter((id) => id !== channel.id);
    if (bridge.members.length === 0 && channel.bridge !== null) registry.bridges.delete(channel.bridge);
  }
  channel.bridge = null;
}

/**
 * A person asked to end: the client, or an operator who was talking or calling.
 *
 * @param ended how the channel has ended already: CEL tells who asked only then
 */
export function hangupRequested(
  call: CallState,
  channel: Channel,
  atMs: number,
  ended?: { cause: number | null },
): void {
  if (!channel.person) return;
  channel.hangupRequestedAtMs ??= atMs;
  dropGuess(call, channel.id);
  if (call.hangupBy !== null && atMs - call.hangupByAtMs <= SAME_MOMENT_MS) return;
  if (call.clientChannels.includes(channel.id)) {
    // A trunk that refuses an outbound call has not hung up on anybody.
    if (!call.inbound && call.clientJoinedAtMs === null) return;
    // A client who is turned away by Busy() or Congestion() ends with a request too: the answer to our own 486 or 503.
    const refused = ended ? refusalCauses.has(ended.cause ?? 0) : refusals.has(channel.app.toLowerCase());
    if (call.clientJoinedAtMs === null && refused) return;
    call.hangupBy = 'client';
  } else {
    const leg = legOf(call, channel);
    const callsOut = leg?.role === 'caller' && leg.upAtMs !== null;
    const leftNow = ended !== undefined && leg !== null && hasJustLeft(call, leg, atMs);
    const inTalk = leg !== null && leg.doing !== null && leg.doing !== 'consult';
    const dialsOut = channel.id === call.originChannel && !channel.dialled;
    if (!callsOut && !inTalk && !leftNow && !dialsOut) return;
    call.hangupBy = 'operator';
  }
  call.hangupByAtMs = atMs;
}

/** The talk with the client has ended at this moment, and nobody else goes on with it. */
function hasJustLeft(call: CallState, leg: LegState, atMs: number): boolean {
  if (leg.withClientUntilMs === null || atMs - leg.withClientUntilMs > SAME_MOMENT_MS) return false;
  return call.legs.every((other) => other.doing !== 'talk' && other.doing !== 'hold');
}

export function hangup(
  registry: Registry,
  channel: Channel,
  end: { cause: number | null; source?: string | undefined; dialStatus?: string | undefined },
  atMs: number,
): void {
  const call = registry.callOf(channel);
  settle(call, atMs);
  if (end.source !== undefined && end.source !== '') {
    const by = call.channels.map((id) => registry.channels.get(id)).find((other) => other?.name === end.source);
    // Whoever ended the client's own channel ended the call.
    if (by === channel && call.clientChannels.includes(by.id)) call.hangupBy = null;
    if (by) hangupRequested(call, by, atMs, end);
  }
  if (end.dialStatus !== undefined && end.dialStatus !== '') {
    if (channel.half === 0) call.dialStatus = end.dialStatus;
    else statusOfDial(call, channel, end.dialStatus, atMs);
  }
  dialOver(registry, call, channel, atMs);
  leaveBridge(registry, channel);
  removeChannel(registry, call, channel, atMs);
  const leg = legOf(call, channel);
  if (leg) {
    leg.channels = leg.channels.filter((id) => id !== channel.id);
    if (leg.cause === null || channel.hangupRequestedAtMs !== null || leg.channels.length === 0) leg.cause = end.cause;
    if (leg.channels.length === 0) endLeg(call, leg, atMs);
  }
  if (call.clientChannels.includes(channel.id)) {
    call.clientChannels = call.clientChannels.filter((id) => id !== channel.id);
    call.clientCause = end.cause;
    if (call.clientChannels.length === 0 && (call.inbound || call.clientJoinedAtMs !== null)) {
      call.clientLeft = true;
      call.clientEndedAtMs = call.settledAtMs;
    }
  } else if (channel.id === call.originChannel || call.cause === null) {
    call.cause = end.cause;
  }
  for (const recording of call.recordings) {
    if (recording.channel === channel.id) recording.endedAtMs ??= call.settledAtMs;
  }
  reconnect(registry, call, atMs);
  if (leg?.channels.length === 0) registry.fact('leg.ended', call, atMs, { leg: legIndex(call, leg) });
  finish(registry, call, atMs);
}

/** Clocks are set back; what has begun does not end before. */
function endLeg(call: CallState, leg: LegState, atMs: number): void {
  leg.endedAtMs = Math.max(atMs, call.settledAtMs, leg.joinedAtMs ?? leg.startedAtMs);
}

function removeChannel(registry: Registry, call: CallState, channel: Channel, atMs: number): void {
  registry.bury(channel.id, atMs);
  registry.channels.delete(channel.id);
  if (channel.id === call.originChannel) call.originName = channel.name;
  call.channels = call.channels.filter((id) => id !== channel.id);
  if (channel.half === 0) return;
  const pair = registry.pairs.get(channel.pair);
  if (!pair) return;
  if (channel.half === 1) pair.one = null;
  else pair.two = null;
  if (pair.one === null && pair.two === null) registry.pairs.delete(channel.pair);
}

/** After every change: a call without channels is over; people who go on talking after the client left are a call of their own. */
export function finish(registry: Registry, call: CallState, atMs: number): void {
  if (call.channels.length === 0) {
    if (awaitsItsNumber(call)) registry.held.add(call.id);
    else endCall(registry, call, atMs);
  } else if (call.clientLeft) goOnWithoutClient(registry, call, atMs);
}

/**
 * An Originate whose first party did not answer tells the number that it was to call only in OriginateResponse. Another thread of Asterisk
 * writes that one, so it may come after the last Hangup. After a gap it may never come.
 */
function awaitsItsNumber(call: CallState): boolean {
  const isUnknown = !call.hasClient && !call.inbound && call.clientNumber === null;
  return call.originated && call.announced && isUnknown && !call.originateTold && !call.gap;
}

/**
 * Ends the calls that were held back for a number which has come, or will not come any more at this moment. They end when their last
 * channel did.
 */
export function heldCallsEnd(registry: Registry, atMs: number): void {
  for (const id of registry.held) {
    const call = registry.calls.get(id);
    // Merged into another call, or a channel has come into it since.
    const isOver = !call || call.channels.length > 0;
    // Clocks are set, too: forward or back, the answer is not awaited for long.
    if (!isOver && awaitsItsNumber(call) && Math.abs(atMs - call.settledAtMs) <= NUMBER_LATE_MS) continue;
    registry.held.delete(id);
    if (!isOver) endCall(registry, call, call.settledAtMs);
  }
}

function endCall(registry: Registry, call: CallState, atMs: number): void {
  settle(call, atMs);
  abandonConsult(registry, call);
  if (call.queue?.inside) leaveQueue(call, atMs);
  for (const [index, leg] of call.legs.entries()) {
    leg.doing = null;
    if (leg.endedAtMs !== null) continue;
    endLeg(call, leg, atMs);
    registry.fact('leg.ended', call, atMs, { leg: index });
  }
  for (const recording of call.recordings) recording.endedAtMs ??= call.settledAtMs;
  registry.calls.delete(call.id);
  registry.bury(call.id, atMs);
  for (const id of call.linkedIds) if (registry.linked.get(id) === call.id) registry.linked.delete(id);
  if (!call.announced) return;
  registry.fact('call.ended', call, atMs);
  registry.ended.push(call);
}

export function leaveQueue(call: CallState, atMs: number): void {
  if (!call.queue?.inside) return;
  call.queue.inside = false;
  call.queue.waitMs += Math.max(0, atMs - call.queue.joinedAtMs);
}

/**
 * The client hangs up in a consultation and the two operators talk on, under the client's Linkedid. The client's call is over;
 * the rest is an internal call.
 */
function goOnWithoutClient(registry: Registry, call: CallState, atMs: number): void {
  const living = call.channels.map((id) => registry.channels.get(id)).filter((channel) => channel !== undefined);
  const talker = living.find((channel) => channel.person && reached(registry, channel).length > 1);
  if (!talker) return;
  const rest = newCall(registry.newCallId(call.linkedIds[0] ?? talker.linkedId, talker.id), talker.id, atMs);
  rest.channels = call.channels;
  rest.linkedIds = [...call.linkedIds];
  rest.originChannel = talker.id;
  registry.calls.set(rest.id, rest);
  call.channels = [];
  for (const channel of living) {
    channel.callId = rest.id;
    channel.leg = null;
  }
  endCall(registry, call, atMs);
  for (const id of rest.linkedIds) registry.linked.set(id, rest.id);
  const people = living.filter((channel) => channel.person).sort((a, b) => a.createdAtMs - b.createdAtMs);
  for (const [index, person] of people.entries()) {
    openLeg(registry, rest, person, index === 0 ? 'caller' : 'called', atMs, {
      extension: person.extension,
      number: person.trunk ? person.number : null,
    });
  }
  reconnect(registry, rest, atMs);
}

/** Makes `from` a part of `into`. */
export function mergeCalls(registry: Registry, into: CallState, from: CallState, atMs: number): void {
  const nowMs = Math.max(atMs, into.settledAtMs, from.settledAtMs);
  settle(into, nowMs);
  settle(from, nowMs);
  for (const id of from.channels) {
    const channel = registry.channels.get(id);
    if (channel) channel.callId = into.id;
    into.channels.push(id);
  }
  for (const id of from.linkedIds) {
    registry.linked.set(id, into.id);
    if (!into.linkedIds.includes(id)) into.linkedIds.push(id);
  }
  const told = into.announced ? into.legs.length : null;
  mergeLegs(registry, into, from);
  if (from.announced) {
    registry.announce(into, atMs);
    registry.facts.push({ type: 'call.merged', callId: from.id, atMs, into: into.id });
  }
  if (told !== null) for (let leg = told; leg < into.legs.length; leg++) registry.tellLeg(into, leg);
  if (from.hasClient) adoptClient(registry, into, from, atMs);
  into.recordings.push(...from.recordings);
  into.transfers.push(...from.transfers);
  for (const extension of from.spiedBy) if (!into.spiedBy.includes(extension)) into.spiedBy.push(extension);
  into.gap ||= from.gap;
  registry.calls.delete(from.id);
  registry.bury(from.id, atMs);
  reconnect(registry, into, atMs);
  registry.fact('call.changed', into, atMs);
}

/** Two clients in one call: the second is the party whom the first was transferred to. */
function adoptClient(registry: Registry, into: CallState, from: CallState, atMs: number): void {
  if (!into.hasClient) {
    into.hasClient = true;
    into.inbound = from.inbound;
    into.clientChannels = from.clientChannels;
    into.clientNumber = from.clientNumber;
    into.clientName = from.clientName;
    into.lineNumber = from.lineNumber;
    into.trunk = from.trunk;
    into.clientJoinedAtMs = from.clientJoinedAtMs;
    return;
  }
  for (const id of from.clientChannels) {
    const channel = registry.channels.get(id);
    if (!channel || channel.leg !== null) continue;
    openLeg(registry, into, channel, 'transfer-target', Math.min(atMs, channel.createdAtMs), {
      extension: null,
      number: from.clientNumber,
      of: registry.ownerOf(from.clientNumber ?? ''),
    });
  }
}

function mergeLegs(registry: Registry, into: CallState, from: CallState): void {
  const consultation = into.hasClient && !from.hasClient;
  for (const leg of from.legs) {
    const channels = leg.channels.map((id) => registry.channels.get(id)).filter((channel) => channel !== undefined);
    const same =
      leg.role === 'caller' && !from.originated
        ? into.legs.find(
            (other) => other.extension === leg.extension && other.joinedAtMs !== null && other.endedAtMs === null,
          )
        : undefined;
    if (same) {
      // The second line of the operator who consults.
      same.consultMs += leg.talkMs + leg.consultMs;
      same.channels.push(...leg.channels);
      for (const channel of channels) channel.leg = same.key;
      continue;
    }
    if (leg.role === 'caller' && leg.joinedAtMs === null) {
      // A handset that dialled a pickup code, a parking slot or a room: its part begins when it meets the client.
      for (const channel of channels) {
        channel.leg = null;
        channel.cameBy ??= from.originated ? 'recall' : 'itself';
      }
      continue;
    }
    const key = into.nextLeg++;
    for (const channel of channels) channel.leg = key;
    into.legs.push({ ...since(leg, into, consultation), key });
  }
}

/** What a leg of another call is in the one that it becomes a part of: nothing of it is older than that call. */
function since(leg: LegState, into: CallState, consultation: boolean): LegState {
  const notBefore = <T extends number | null>(atMs: T): T =>
    atMs === null ? atMs : (Math.max(atMs, into.startedAtMs) as T);
  const startedAtMs = notBefore(leg.startedAtMs);
  const endedAtMs = notBefore(leg.endedAtMs);
  const livedMs = Math.max(0, (endedAtMs ?? into.settledAtMs) - startedAtMs);
  const talkMs = consultation ? 0 : Math.min(leg.talkMs, livedMs);
  return {
    ...leg,
    startedAtMs,
    endedAtMs,
    joinedAtMs: notBefore(leg.joinedAtMs),
    role: consultation && (leg.role === 'called' || leg.role === 'caller') ? 'transfer-target' : leg.role,
    talkMs,
    holdMs: Math.min(leg.holdMs, livedMs - talkMs),
    consultMs: Math.min(consultation ? leg.consultMs + leg.talkMs : leg.consultMs, livedMs),
    talkSinceMs: consultation ? null : leg.talkSinceMs,
    lastTalkAtMs: consultation ? null : leg.lastTalkAtMs,
  };
}
