// Bridges: who enters and leaves, which calls meet there, and what an operator's leaving means.
import type { PbxEvent } from './events.ts';
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { alive } from './arrivals.ts';
import { ownText } from './own-text.ts';
import { reached, reconnect, settle } from './audio.ts';
import { phoneState } from './dialling.ts';
import { legOf } from './legs.ts';
import { finish, leaveBridge } from './lifecycle.ts';
import { beginConsult } from './transfers.ts';

export function bridgeEnter(
  registry: Registry,
  event: Extract<PbxEvent, { type: 'bridge-enter' }>,
  atMs: number,
): void {
  const channel = alive(registry, event.channel, atMs);
  if (!channel) return;
  settle(registry.callOf(channel), atMs);
  if (channel.bridge !== event.bridge) leaveBridge(registry, channel);
  const id = ownText(event.bridge);
  const bridge = registry.bridges.get(id) ?? { members: [], holding: event.holding, conference: event.conference };
  registry.bridges.set(id, bridge);
  if (!bridge.members.includes(channel.id)) bridge.members.push(channel.id);
  channel.bridge = id;
  channel.state = 'up';
  // The hold of a feature is for the bridge that was left; for a three-way call nothing else says so.
  if (channel.held === 'feature') channel.held = null;
  phoneState(registry, registry.callOf(channel), channel, atMs);
  if (!event.holding) meet(registry, channel, atMs);
  const call = registry.callOf(channel);
  noticeConsult(registry, call, channel, bridge.members, atMs);
  reconnect(registry, call, atMs);
  finish(registry, call, atMs);
}

/** People of two calls in one bridge: one call, unless each brings a client of its own (a conference of clients). */
function meet(registry: Registry, channel: Channel, atMs: number): void {
  for (const other of reached(registry, channel)) {
    if (other.callId === channel.callId) continue;
    const mine = registry.callOf(channel);
    const theirs = registry.callOf(other);
    if (!(mine.hasClient && theirs.hasClient)) registry.join(mine, theirs, atMs);
  }
}

/** A feature's consultation: the operator sits with the first half of a Local pair that nobody in the dialplan has dialled. */
function noticeConsult(
  registry: Registry,
  call: CallState,
  channel: Channel,
  members: readonly string[],
  atMs: number,
): void {
  if (call.consult || call.answeredAtMs === null || members.length < 2) return;
  const present = members.map((id) => registry.channels.get(id)).filter((member) => member !== undefined);
  const half = present.find((member) => member.half === 1 && member.dialer === null && member.callId === call.id);
  const operator = present.find((member) => member.person && !call.clientChannels.includes(member.id));
  if (!half || !operator || present.some((member) => call.clientChannels.includes(member.id))) return;
  const leg = legOf(call, operator);
  if (leg && leg.joinedAtMs !== null && half.createdAtMs > leg.joinedAtMs && channel.callId === call.id) {
    beginConsult(call, operator, half, atMs);
  }
}

export function bridgeLeave(registry: Registry, channelId: string, bridgeId: string, atMs: number): void {
  const channel = registry.channels.get(channelId);
  if (!channel || channel.bridge !== bridgeId) return;
  const call = registry.callOf(channel);
  settle(call, atMs);
  if (call.clientChannels.includes(channel.id) && channel.hangupRequestedAtMs === null)
    noticeLeaving(registry, call, channel, atMs);
  leaveBridge(registry, channel);
  reconnect(registry, call, atMs);
  finish(registry, call, atMs);
}

function noticeLeaving(registry: Registry, call: CallState, client: Channel, atMs: number): void {
  const last = call.transfers.at(-1);
  if (last && !last.settled) return;
  const operator = reached(registry, client).find((person) => person !== client && person.extension !== null);
  if (!operator || operator.hangupRequestedAtMs !== null || operator.extension === null) return;
  if (registry.bridges.get(client.bridge ?? '')?.conference) return;
  call.leftOperator = { extension: operator.extension, channel: operator.id, atMs };
}
