// What the world does to a stream: events of different channels in another order, twice, mixed with other calls, with a gap.
import type { ChannelInfo, PbxEvent, SnapshotChannel } from '../../../src/calls/events.ts';

/** The channels that an event speaks of; null when it is about the whole PBX. */
export function channelsOf(event: PbxEvent): string[] | null {
  if (event.type === 'gap' || event.type === 'snapshot' || event.type === 'message-left') return null;
  const ids: string[] = [];
  for (const [key, value] of Object.entries(event) as [string, unknown][]) {
    if (key === 'channelId' && typeof value === 'string') ids.push(value);
    else if (value !== null && typeof value === 'object' && 'id' in value) ids.push((value as ChannelInfo).id);
  }
  return ids;
}

/** An object without some of its fields. */
export function without(object: object, ...keys: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/** How far apart two events of different channels may be for Asterisk to send them in the other order. */
const RACE_MS = 2;

/** Whether two neighbours may come in the other order: they speak of different channels, and nothing in Asterisk orders them. */
export function maySwap(a: PbxEvent, b: PbxEvent): boolean {
  const first = channelsOf(a);
  const second = channelsOf(b);
  if (!first || !second || Math.abs(b.atMs - a.atMs) > RACE_MS) return false;
  // Coming and going of one bridge is told under its lock; a channel is born after the one that it was made for, a Local pair at once.
  if ('bridge' in a && 'bridge' in b && a.bridge === b.bridge) return false;
  if (a.type === 'channel' && b.type === 'channel' && a.channel.linkedId === b.channel.linkedId) return false;
  return !first.some((id) => second.includes(id));
}

/** The same stream of another call: every uniqueid, channel name and bridge is its own. */
export function renamed(events: readonly PbxEvent[], mark: string, laterMs = 0): PbxEvent[] {
  return events.map((event) => rename(event, mark, laterMs) as PbxEvent);
}

const ids = new Set(['id', 'linkedId', 'channelId', 'bridge']);

function rename(value: unknown, mark: string, laterMs: number, key = ''): unknown {
  if (typeof value === 'string') {
    if (ids.has(key)) return value === '' ? '' : `${mark}-${value}`;
    // PJSIP/101-0000002a, Local/102@x-00000006;1: the part after the dash is the channel's own.
    if (key === 'name' || key === 'source') return value.replace(/-(?=[^-]*$)/, `-${mark}`);
    return value;
  }
  if (typeof value === 'number' && key === 'atMs') return value + laterMs;
  if (Array.isArray(value)) return value.map((item) => rename(item, mark, laterMs));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, rename(item, mark, laterMs, name)]));
}

/** Several streams as one, by time; the order inside each is kept. */
export function merged(streams: readonly (readonly PbxEvent[])[]): PbxEvent[] {
  const all = streams.flatMap((events, stream) => events.map((event, at) => ({ event, stream, at })));
  return all
    .sort((a, b) => a.event.atMs - b.event.atMs || (a.stream === b.stream ? a.at - b.at : a.stream - b.stream))
    .map(({ event }) => event);
}

/** The list of living channels that Asterisk would give after these events. */
export function snapshotAfter(events: readonly PbxEvent[], atMs: number): PbxEvent {
  const living = new Map<string, SnapshotChannel>();
  for (const event of events) {
    if (event.type === 'hangup') living.delete(event.channel.id);
    else if (event.type === 'bridge-leave') {
      const channel = living.get(event.channelId);
      if (channel?.bridge === event.bridge) living.set(channel.id, { ...channel, bridge: null });
    } else if (event.type === 'dial-begin') {
      const channel = living.get(event.dest.id);
      if (channel) living.set(channel.id, { ...channel, app: event.caller ? 'AppDial' : 'AppDial2' });
    }
    if (event.type !== 'channel' && event.type !== 'state' && event.type !== 'bridge-enter') continue;
    const before = living.get(event.channel.id);
    const bridge = event.type === 'bridge-enter' ? event.bridge : (before?.bridge ?? null);
    if (before || event.type === 'channel') {
      living.set(event.channel.id, { app: '', appData: '', ...before, ...event.channel, bridge });
    }
  }
  return { type: 'snapshot', atMs, first: true, channels: [...living.values()] };
}
