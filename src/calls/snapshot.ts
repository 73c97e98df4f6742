// The list of living channels that Asterisk gives on connect, reconciled with what the tracker holds as open.
import type { SnapshotChannel } from './events.ts';
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { reconnect, settle } from './audio.ts';
import { enterApp, joinQueue, queueOf } from './client-stage.ts';
import { dialBegin } from './dialling.ts';
import { hangup } from './lifecycle.ts';
import { stageOfApp } from './stage.ts';

/**
 * What happened while nobody listened cannot be in the list, so it is concluded from its ends: a channel that is not in it any more
 * has ended meanwhile, a new one was created at the second that its Uniqueid begins with.
 *
 * Asterisk writes the list and the events to the socket by different ways, so a list may be a moment ahead of the events. What the stream
 * itself has told on this connection is therefore doubted only when two lists in a row lack it.
 *
 * @param gapFromMs when the last event before the gap arrived; null when there was none
 * @param suspects channels that the list before lacked; replaced by those that this one lacks
 */
export function reconcile(
  registry: Registry,
  event: { channels: readonly SnapshotChannel[]; first: boolean; atMs: number },
  gapFromMs: number | null,
  suspects: Set<string>,
  adopt: (channel: Channel, item: SnapshotChannel, atMs: number) => void,
): void {
  const { channels: list, atMs } = event;
  const living = new Set(list.map((item) => item.id));
  // A clock that was set back must not end calls in the future.
  const fromMs = Math.min(atMs, gapFromMs ?? atMs);
  // Whoever began a call comes first, so that the call is known as what it is before anybody who was called.
  const fresh = event.first
    ? list
        .filter((item) => !registry.channels.has(item.id) && !registry.isGone(item.id))
        .toSorted((a, b) => Number(b.id === b.linkedId) - Number(a.id === a.linkedId))
    : [];
  closeAbsent(registry, { living, fresh, gapFromMs, suspects }, fromMs, atMs);
  const bornMs = (item: SnapshotChannel): number => Math.min(atMs, Math.max(fromMs, bornAt(item, atMs)));
  for (const item of fresh) {
    const channel = registry.alive(item, bornMs(item));
    if (!channel) continue;
    // How it came here nobody saw.
    registry.callOf(channel).gap = true;
    channel.dialled = isCalled(item);
    adopt(channel, item, bornMs(item));
  }
  if (!event.first) return;
  for (const item of list) placeInDialplan(registry, item, bornMs(item));
  for (const item of list) placeInBridge(registry, item, fromMs, atMs);
  for (const item of fresh) ring(registry, item, list, bornMs(item));
}

/** Whom the PBX calls is in one of these; they are no applications of the dialplan. */
function isCalled(item: SnapshotChannel): boolean {
  return item.app === 'AppDial' || item.app === 'AppQueue' || item.app === 'AppDial2';
}

/** Where in the dialplan a client is who talks with nobody. */
function placeInDialplan(registry: Registry, item: SnapshotChannel, atMs: number): void {
  const channel = registry.channels.get(item.id);
  if (!channel || isCalled(item) || item.bridge !== null) return;
  const call = registry.callOf(channel);
  if (call.stage === stageOfApp(item.app)) return;
  enterApp(registry, call, channel, { app: item.app, data: item.appData }, Math.max(atMs, call.settledAtMs));
  if (call.inbound && item.app === 'Queue') joinQueue(registry, call, channel, queueOf(item.appData), atMs);
}

/** A phone or an outside number that is being called: nobody saw its DialBegin. */
function ring(registry: Registry, item: SnapshotChannel, list: readonly SnapshotChannel[], atMs: number): void {
  const channel = registry.channels.get(item.id);
  if (!channel || !isCalled(item) || item.bridge !== null || channel.leg !== null) return;
  const callers = list.filter(
    ({ id, linkedId, app }) => linkedId === item.linkedId && id !== item.id && (app === 'Dial' || app === 'Queue'),
  );
  const caller = callers.length === 1 ? registry.channels.get(callers[0]?.id ?? '') : undefined;
  dialBegin(registry, registry.callOf(channel), channel, caller ?? null, '', atMs);
}

/** Uniqueid begins with the second of creation, unless somebody chose it (Originate's ChannelId). */
function bornAt(item: SnapshotChannel, atMs: number): number {
  const second = /(?:^|-)(\d{9,11})\.\d+$/.exec(item.id)?.[1];
  if (second) return Number(second) * 1000;
  return item.ageSec === undefined ? atMs : atMs - item.ageSec * 1000;
}

function closeAbsent(
  registry: Registry,
  seen: { living: Set<string>; fresh: readonly SnapshotChannel[]; gapFromMs: number | null; suspects: Set<string> },
  fromMs: number,
  atMs: number,
): void {
  const absent = [...registry.channels.values()].filter((channel) => !seen.living.has(channel.id));
  const before = new Set(seen.suspects);
  seen.suspects.clear();
  for (const channel of absent) {
    const call = registry.calls.get(channel.callId);
    if (!call || !registry.channels.has(channel.id)) continue;
    const missed = seen.gapFromMs !== null && channel.createdAtMs <= seen.gapFromMs;
    if (!missed && !before.has(channel.id)) {
      seen.suspects.add(channel.id);
      continue;
    }
    call.gap = true;
    // Whoever replaced this party tells when it left at the latest.
    const successor = seen.fresh.find((item) => call.linkedIds.includes(item.linkedId));
    const endedMs = successor ? Math.min(atMs, Math.max(fromMs, bornAt(successor, atMs))) : fromMs;
    guessTransfer(registry, call, channel, seen.fresh, endedMs);
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
  if (!channel) return;
  const call = registry.callOf(channel);
  // The number first dialled survives transfers only here.
  if (item.dnid && call.inbound && call.clientChannels.includes(channel.id)) call.lineNumber = item.dnid;
  if (channel.bridge === item.bridge) return;
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
