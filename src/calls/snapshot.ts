// The list of living channels that Asterisk gives on connect, reconciled with what the tracker holds as open.
import type { SnapshotChannel } from './events.ts';
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { reconnect, settle } from './audio.ts';
import { hangup } from './lifecycle.ts';

/**
 * What happened while nobody listened cannot be in the list, so it is concluded from its ends: a channel that is not in it any more
 * has ended meanwhile, a new one was created at the second that its Uniqueid begins with.
 *
 * @param gapFromMs when the last event before the gap arrived; null when there was no gap
 */
export function reconcile(
  registry: Registry,
  list: readonly SnapshotChannel[],
  gapFromMs: number | null,
  atMs: number,
  adopt: (channel: Channel, atMs: number) => void,
): void {
  const living = new Set(list.map((item) => item.id));
  const fresh = list.filter((item) => !registry.channels.has(item.id) && !registry.isGone(item.id));
  const fromMs = gapFromMs ?? atMs;
  closeAbsent(registry, living, fresh, fromMs, atMs);
  for (const item of fresh) {
    const bornMs = Math.min(atMs, Math.max(fromMs, bornAt(item, atMs)));
    const channel = registry.alive(item, bornMs);
    if (!channel) continue;
    channel.dialled = item.app === 'AppDial' || item.app === 'AppQueue' || item.app === 'AppDial2';
    adopt(channel, bornMs);
  }
  for (const item of list) placeInBridge(registry, item, fromMs, atMs);
}

/** Uniqueid begins with the second of creation, unless somebody chose it (Originate's ChannelId). */
function bornAt(item: SnapshotChannel, atMs: number): number {
  const second = /(?:^|-)(\d{9,11})\.\d+$/.exec(item.id)?.[1];
  if (second) return Number(second) * 1000;
  return item.ageSec === undefined ? atMs : atMs - item.ageSec * 1000;
}

function closeAbsent(
  registry: Registry,
  living: Set<string>,
  fresh: readonly SnapshotChannel[],
  fromMs: number,
  atMs: number,
): void {
  for (const channel of registry.channels.values()) {
    if (living.has(channel.id) || !registry.channels.has(channel.id)) continue;
    const call = registry.calls.get(channel.callId);
    if (!call) continue;
    call.gap = true;
    // Whoever replaced this party tells when it left at the latest.
    const successor = fresh.find((item) => call.linkedIds.includes(item.linkedId));
    const endedMs = successor ? Math.min(atMs, Math.max(fromMs, bornAt(successor, atMs))) : fromMs;
    guessTransfer(registry, call, channel, fresh, endedMs);
    hangup(registry, channel, { cause: null }, Math.max(endedMs, call.settledAtMs));
  }
}

/** The operator is gone, the client is there and talks with, or waits for, somebody new: a transfer that nobody saw. */
function guessTransfer(
  registry: Registry,
  call: CallState,
  gone: Channel,
  fresh: readonly SnapshotChannel[],
  atMs: number,
): void {
  if (gone.extension === null || call.transfers.some((transfer) => !transfer.settled)) return;
  const target = fresh.find((item) => call.linkedIds.includes(item.linkedId) && !item.name.startsWith('Local/'));
  if (!target) return;
  const [tech = '', rest = ''] = target.name.split('/', 2);
  const to = registry.extensionOf(tech, rest.slice(0, rest.lastIndexOf('-')));
  if (to === null || to === gone.extension) return;
  call.transfers.push({
    type: 'blind',
    by: gone.extension,
    to,
    atMs,
    blonde: false,
    completed: false,
    settled: false,
    operatorChannel: null,
  });
}

function placeInBridge(registry: Registry, item: SnapshotChannel, fromMs: number, atMs: number): void {
  const channel = registry.channels.get(item.id);
  if (!channel || channel.bridge === item.bridge) return;
  const call = registry.callOf(channel);
  const movedMs = Math.max(call.settledAtMs, Math.min(atMs, Math.max(fromMs, channel.createdAtMs)));
  settle(call, movedMs);
  if (channel.bridge !== null) {
    const old = registry.bridges.get(channel.bridge);
    if (old) old.members = old.members.filter((id) => id !== channel.id);
  }
  channel.bridge = item.bridge;
  if (item.bridge !== null) {
    const bridge = registry.bridges.get(item.bridge) ?? { members: [], holding: false, conference: false };
    if (!bridge.members.includes(channel.id)) bridge.members.push(channel.id);
    registry.bridges.set(item.bridge, bridge);
  }
  reconnect(registry, call, movedMs);
}
