// Channels as they arrive: a client calling in, an operator calling out, somebody whom the PBX calls; and whose number came later.
import type { ChannelInfo } from './events.ts';
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { toldLater } from './dialling.ts';
import { openLeg } from './legs.ts';

export function alive(registry: Registry, info: ChannelInfo, atMs: number): Channel | null {
  const isNew = !registry.channels.has(info.id);
  const channel = registry.alive(info, atMs);
  if (!channel) return null;
  // chan_sip, chan_iax2, chan_sccp and analogue lines create the channel of a caller as down and let it ring a moment later.
  const rings = channel.state === 'down' && info.state === 'ring';
  if (rings) channel.state = 'ring';
  if (isNew || rings) adopt(registry, channel, info, atMs);
  return channel;
}

/** What a channel is when it is first seen: a client calling in, an operator calling out, or somebody whom the PBX calls. */
export function adopt(registry: Registry, channel: Channel, info: ChannelInfo, atMs: number): void {
  const call = registry.callOf(channel);
  const calledIn = info.state === 'ring' || (info.state === 'up' && !channel.dialled);
  const first = channel.id === channel.linkedId;
  if (!first || !calledIn || channel.dialled) return;
  if (channel.trunk && !call.hasClient) {
    call.inbound = true;
    call.hasClient = true;
    call.clientChannels.push(channel.id);
    call.clientNumber = channel.number;
    // FreePBX writes the number into the name.
    call.clientName = channel.callerName === channel.number ? null : channel.callerName;
    call.lineNumber = info.dnid || channel.exten || null;
    call.trunk = channel.endpoint;
    registry.announce(call, atMs);
  } else if (channel.extension !== null && channel.leg === null && call.legs.length === 0) {
    const leg = openLeg(registry, call, channel, 'caller', atMs, { extension: channel.extension });
    leg.upAtMs = null;
  }
}

export function callerId(registry: Registry, info: ChannelInfo, atMs: number): void {
  const channel = registry.known(info, atMs);
  const number = registry.number(info.number);
  if (!channel || number === null) return;
  const call = registry.callOf(channel);
  if (channel.number === null) {
    channel.number = number;
    if (
      call.clientChannels.includes(channel.id) &&
      call.clientNumber === null &&
      call.inbound &&
      call.legs.length === 0
    ) {
      call.clientNumber = number;
    }
  } else if (
    channel.id === call.originChannel &&
    channel.extension !== null &&
    channel.state !== 'ring' &&
    !registry.internal(number)
  ) {
    // Originate puts its CallerID, usually the client's number, on the operator's own channel before it rings.
    if (channel.state === 'down') channel.number = number;
    if (call.originated && !call.hasClient) call.clientNumber ??= number;
  }
  toldLater(call, channel, number);
}

/** CEL tells only after the fact that the first channel did not call us but was called (Originate). */
export function calledByPbx(registry: Registry, channel: Channel, atMs: number): void {
  const call = registry.callOf(channel);
  if (channel.id !== call.originChannel || channel.dialled || channel.half !== 0) return;
  channel.dialled = true;
  call.originated = true;
  call.origin = 'click_to_call';
  call.inbound = false;
  if (channel.trunk) call.lineNumber = null;
  registry.announce(call, atMs);
}

/**
 * The number that an Originate was to call, told when its first party has answered or not. On failure there is no Uniqueid, unless
 * the order gave one (`ChannelId`), and the channel is named without its serial (`PJSIP/101`, `Local/101@from-internal`): it is one that waits for nothing else, or the latest one
 * that the PBX called so.
 */
export function originateTold(
  registry: Registry,
  told: { channelId: string | null; channelName: string; exten: string },
): void {
  const call = told.channelId === null ? failedCall(registry, told.channelName) : callFrom(registry, told.channelId);
  if (!call) return;
  call.originateTold = true;
  if (!call.hasClient && /^\+?\d{7,}$/.test(told.exten)) call.clientNumber ??= told.exten;
}

function callFrom(registry: Registry, channelId: string): CallState | undefined {
  const channel = registry.channels.get(channelId);
  if (channel) return registry.callOf(channel);
  return [...registry.calls.values()].find((call) => call.originChannel === channelId);
}

function failedCall(registry: Registry, channelName: string): CallState | undefined {
  const named = [...registry.calls.values()].filter((call) => {
    const name = registry.channels.get(call.originChannel)?.name ?? call.originName;
    return call.originated && !call.originateTold && name?.startsWith(`${channelName}-`);
  });
  return named.find((call) => registry.held.has(call.id)) ?? named.at(-1);
}
