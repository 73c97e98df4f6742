/**
 * The tracker: one normalised stream of one PBX in, facts and call objects out.
 *
 * Pure: no I/O, no clock (every event carries its time), no logger. It attaches to a stream at any point, never throws on one, and
 * ends every call exactly once: when no member channel is left.
 */
import type { Call } from './call.ts';
import type { ChannelInfo, PbxEvent } from './events.ts';
import type { Fact } from './facts.ts';
import type { CallState, Channel } from './model.ts';
import { adopt, alive, calledByPbx, callerId, originateTold } from './arrivals.ts';
import { bridgeEnter, bridgeLeave } from './bridging.ts';
import { reached, reconnect, settle } from './audio.ts';
import { dialBegin, dialEnd, dialNamed, dialOver, dialStatus, isNamed, phoneState } from './dialling.ts';
import { legOf } from './legs.ts';
import { hangup, hangupRequested, heldCallsEnd, leaveQueue, mergeCalls } from './lifecycle.ts';
import { Registry, type TrackerOptions } from './registry.ts';
import { reconcile } from './snapshot.ts';
import { enterApp, joinQueue } from './client-stage.ts';
import { enterStage } from './stage.ts';
import { attendedTransfer, blindTransfer, park, unparked } from './transfers.ts';
import { toCall } from './view.ts';

export type { TrackerOptions } from './registry.ts';

/** The tracker's own state of one open call, for storage. */
export interface CallDump {
  call: CallState;
  channels: Channel[];
  bridges: { id: string; members: string[]; holding: boolean; conference: boolean }[];
}

export class Tracker {
  readonly #registry: Registry;
  #ended = new Map<string, Call>();
  #lastAtMs = 0;
  #gapFromMs: number | null = null;
  readonly #suspects = new Set<string>();

  constructor(options: TrackerOptions) {
    this.#registry = new Registry(options);
    this.#registry.merge = (into, from, atMs) => mergeCalls(this.#registry, into, from, atMs);
  }

  /** Takes one event; gives what was concluded from it, in order. */
  step(event: PbxEvent): Fact[] {
    return this.#concluded(() => {
      // What a held call waits for is never too late for it.
      if (event.type !== 'originated') this.#endHeld(event.atMs);
      this.#take(event);
      if (event.type === 'originated' || event.type === 'gap') this.#endHeld(event.atMs);
      if (event.type !== 'gap') this.#lastAtMs = Math.max(this.#lastAtMs, event.atMs);
    });
  }

  /**
   * Everything that happened up to this moment (unix ms) was told; what a later gap hides came after it. `Infinity`: nothing more will be
   * told. Gives what was concluded from it: the end of calls that waited for a word which has not come.
   */
  heard(atMs: number): Fact[] {
    return this.#concluded(() => {
      this.#endHeld(atMs);
      this.#lastAtMs = Math.max(this.#lastAtMs, atMs);
    });
  }

  /** A call that is open, or that ended in the last step. */
  call(id: string): Call | null {
    const open = this.#registry.calls.get(id);
    return open ? toCall(this.#registry, open) : (this.#ended.get(id) ?? null);
  }

  /** Open calls that the outside has been told of, in order of start. */
  openCalls(): Call[] {
    return [...this.#registry.calls.values()]
      .filter((call) => call.announced)
      .sort((a, b) => a.startedAtMs - b.startedAtMs)
      .map((call) => toCall(this.#registry, call));
  }

  get openCount(): number {
    return this.#registry.calls.size;
  }

  #concluded(how: () => void): Fact[] {
    const registry = this.#registry;
    registry.facts = [];
    registry.ended = [];
    if (this.#ended.size > 0) this.#ended = new Map();
    how();
    for (const call of registry.ended) this.#ended.set(call.id, toCall(registry, call));
    return registry.facts;
  }

  #endHeld(atMs: number): void {
    if (this.#registry.held.size > 0) heldCallsEnd(this.#registry, atMs);
  }

  /** The state of one open call; null when it is not open. */
  dump(id: string): CallDump | null {
    const call = this.#registry.calls.get(id);
    if (!call) return null;
    const channels = call.channels
      .map((channel) => this.#registry.channels.get(channel))
      .filter((c) => c !== undefined);
    const bridges = [...new Set(channels.map((channel) => channel.bridge))]
      .filter((bridge) => bridge !== null)
      .map((bridge) => ({
        id: bridge,
        ...(this.#registry.bridges.get(bridge) ?? { members: [], holding: false, conference: false }),
      }));
    return structuredClone({ call, channels, bridges });
  }

  /** Puts back what `dump` gave, before the first event after a restart; a `gap` and a `snapshot` event should follow. */
  restore(dumps: readonly CallDump[]): void {
    for (const { call, channels, bridges } of structuredClone(dumps)) {
      this.#registry.calls.set(call.id, call);
      for (const id of call.linkedIds) this.#registry.linked.set(id, call.id);
      for (const channel of channels) {
        this.#registry.channels.set(channel.id, channel);
        if (channel.half === 0) continue;
        const pair = this.#registry.pairs.get(channel.pair) ?? { one: null, two: null };
        if (channel.half === 1) pair.one = channel.id;
        else pair.two = channel.id;
        this.#registry.pairs.set(channel.pair, pair);
      }
      if (call.channels.length === 0) this.#registry.held.add(call.id);
      for (const { id, ...bridge } of bridges) this.#registry.bridges.set(id, bridge);
      // Also a channel that nothing had followed when the program ended was told of before the gap.
      this.#lastAtMs = Math.max(this.#lastAtMs, call.lastAtMs, ...channels.map(({ createdAtMs }) => createdAtMs));
    }
  }

  #take(event: PbxEvent): void {
    const registry = this.#registry;
    const { atMs } = event;
    registry.listing = this.#gapFromMs !== null && !beginsCall(event);
    switch (event.type) {
      case 'channel': {
        if (registry.channels.has(event.channel.id)) return;
        const channel = registry.alive(event.channel, atMs);
        if (channel) adopt(this.#registry, channel, event.channel, atMs);
        return;
      }
      case 'state': {
        const channel = alive(this.#registry, event.channel, atMs);
        if (!channel || !event.channel.state) return;
        // Ringing may be told late, after the phone was answered.
        if (channel.state === 'up' && event.channel.state !== 'up') return;
        channel.state = event.channel.state;
        phoneState(registry, registry.callOf(channel), channel, atMs);
        return;
      }
      case 'caller-id':
        return callerId(this.#registry, event.channel, atMs);
      case 'app':
        return this.#app(event, atMs);
      case 'dial-status': {
        const channel = registry.channels.get(event.channelId);
        if (channel) dialStatus(registry, registry.callOf(channel), channel, event.status, atMs);
        return;
      }
      case 'queue-status':
        return this.#queueStatus(event.channelId);
      case 'dial-begin': {
        const caller = event.caller && alive(this.#registry, event.caller, atMs);
        const dest = registry.alive(event.dest, atMs);
        if (dest) dialBegin(registry, registry.callOf(dest), dest, caller, event.dialString, atMs);
        return;
      }
      case 'dial-end': {
        const caller = event.caller && registry.known(event.caller, atMs);
        const dest = registry.known(event.dest, atMs);
        // A ringing call taken by INVITE with Replaces: no Pickup event, only the answer of one whom nobody called.
        if (dest && event.status === 'ANSWER' && !dest.dialled && dest.half === 0) dest.cameBy ??= 'pickup';
        if (dest) dialEnd(registry, registry.callOf(dest), caller, dest, event.status, event.forward, atMs);
        return;
      }
      case 'bridge-enter':
        return bridgeEnter(this.#registry, event, atMs);
      case 'bridge-leave':
        return bridgeLeave(this.#registry, event.channelId, event.bridge, atMs);
      case 'blind-transfer': {
        const transferer = registry.known(event.transferer, atMs);
        if (event.transferee) registry.known(event.transferee, atMs);
        if (!transferer) return;
        const call = registry.callOf(transferer);
        settle(call, atMs);
        blindTransfer(registry, call, transferer, event.exten, atMs);
        return;
      }
      case 'attended-transfer':
        return this.#attendedTransfer(event, atMs);
      case 'pickup':
        return this.#pickup(event.picker, event.target, atMs);
      case 'park': {
        const parkee = registry.known(event.parkee, atMs);
        if (!parkee) return;
        const call = registry.callOf(parkee);
        settle(call, atMs);
        park(registry, call, this.#extensionOfDevice(event.parker), atMs);
        return;
      }
      case 'unpark': {
        const parkee = registry.known(event.parkee, atMs);
        const retriever = event.retriever && registry.alive(event.retriever, atMs);
        if (!retriever) return;
        retriever.cameBy = 'unpark';
        if (parkee && parkee.callId !== retriever.callId) {
          registry.join(registry.callOf(parkee), registry.callOf(retriever), atMs);
        }
        unparked(registry, registry.callOf(retriever), retriever, atMs);
        return;
      }
      case 'hold': {
        const channel = registry.channels.get(event.channelId);
        if (!channel || (channel.held !== null) === event.on) return;
        const call = registry.callOf(channel);
        settle(call, atMs);
        channel.held = event.on ? (event.phone ? 'phone' : 'feature') : null;
        reconnect(registry, call, atMs);
        return;
      }
      case 'music': {
        const channel = registry.channels.get(event.channelId);
        if (!channel || channel.music === event.on) return;
        const call = registry.callOf(channel);
        settle(call, atMs);
        channel.music = event.on;
        if (channel.bridge !== null) reconnect(registry, call, atMs);
        return;
      }
      case 'digit': {
        const channel = registry.channels.get(event.channelId);
        if (channel) channel.digitAtMs = atMs;
        return;
      }
      case 'queue-join': {
        const channel = alive(this.#registry, event.channel, atMs);
        if (channel) joinQueue(registry, registry.callOf(channel), channel, event.queue, atMs);
        return;
      }
      case 'queue-leave': {
        const channel = registry.channels.get(event.channelId);
        if (channel) leaveQueue(registry.callOf(channel), atMs);
        return;
      }
      case 'spy': {
        const spyer = registry.known(event.spyer, atMs);
        const spyee = registry.known(event.spyee, atMs);
        if (!spyee) return;
        const call = registry.callOf(spyee);
        const who = spyer?.extension ?? event.spyer.number ?? null;
        if (who !== null && !call.spiedBy.includes(who)) call.spiedBy.push(who);
        return;
      }
      case 'record-file': {
        const channel = registry.channels.get(event.channelId);
        if (channel) channel.recordFile = event.file;
        return;
      }
      case 'record-start':
        return this.#recordStart(event.channelId, event.file, atMs);
      case 'record-stop': {
        const channel = registry.channels.get(event.channelId);
        if (!channel) return;
        for (const recording of registry.callOf(channel).recordings) {
          if (recording.channel === channel.id) recording.endedAtMs ??= atMs;
        }
        return;
      }
      case 'message-left':
        return this.#messageLeft(event.mailbox);
      case 'originated':
        return originateTold(registry, event);
      case 'hangup-request': {
        const channel = registry.channels.get(event.channelId);
        if (!channel) return;
        const call = registry.callOf(channel);
        settle(call, atMs);
        hangupRequested(call, channel, atMs);
        return;
      }
      case 'hangup': {
        const channel = registry.known(event.channel, atMs);
        if (channel) hangup(registry, channel, event, atMs);
        else if (event.channel.id !== '') registry.bury(event.channel.id, atMs);
        return;
      }
      case 'gap':
        this.#gapFromMs ??= this.#lastAtMs;
        for (const call of registry.calls.values()) call.gap = true;
        return;
      case 'snapshot': {
        const gapFromMs = this.#gapFromMs;
        this.#gapFromMs = null;
        reconcile(registry, event, gapFromMs, this.#suspects, (channel, item, bornMs) =>
          adopt(this.#registry, channel, item, bornMs),
        );
        return;
      }
    }
  }

  #app(event: Extract<PbxEvent, { type: 'app' }>, atMs: number): void {
    const registry = this.#registry;
    const channel = alive(this.#registry, event.channel, atMs);
    if (!channel) return;
    const call = registry.callOf(channel);
    // The Newexten of a channel that is being transferred shows the data of the Dial that it is leaving.
    const stale = channel.bridge !== null;
    const isDial = event.app.toLowerCase() === 'dial';
    if (!stale && !(isDial && isNamed(channel, event.data))) dialOver(registry, call, channel, atMs);
    channel.app = event.app;
    if (registry.internal(event.exten) && event.exten !== channel.exten) channel.shortExten = event.exten;
    if (!stale && isDial) dialNamed(channel, event.data);
    if (event.app === 'AppDial2') calledByPbx(this.#registry, channel, atMs);
    enterApp(registry, call, channel, event, atMs);
  }

  #queueStatus(channelId: string): void {
    const channel = this.#registry.channels.get(channelId);
    if (!channel) return;
    const call = this.#registry.callOf(channel);
    if (call.clientChannels.includes(channelId) && call.clientJoinedAtMs === null) enterStage(call, 'queue');
  }

  #attendedTransfer(event: Extract<PbxEvent, { type: 'attended-transfer' }>, atMs: number): void {
    const registry = this.#registry;
    const transferer = registry.known(event.transferer, atMs);
    const second = event.second && registry.known(event.second, atMs);
    const transferee = event.transferee && registry.known(event.transferee, atMs);
    const target = event.target && registry.known(event.target, atMs);
    const anchor = transferee ?? transferer;
    if (!anchor || !transferer) return;
    for (const other of [transferer, second, target]) {
      if (!other || !registry.channels.has(other.id)) continue;
      const mine = registry.callOf(anchor);
      const theirs = registry.callOf(other);
      if (mine !== theirs) registry.join(mine, theirs, atMs);
    }
    const call = registry.callOf(anchor);
    settle(call, atMs);
    // CEL does not say it: one channel that consulted and is with the client again has joined the two.
    const joined =
      transferer === second && reached(registry, transferer).some((p) => call.clientChannels.includes(p.id));
    attendedTransfer(registry, call, { transferer, target, threeway: event.threeway || joined }, atMs);
  }

  #pickup(pickerInfo: ChannelInfo, targetInfo: ChannelInfo, atMs: number): void {
    const registry = this.#registry;
    const picker = registry.alive(pickerInfo, atMs);
    const target = registry.known(targetInfo, atMs);
    if (!picker) return;
    picker.cameBy = 'pickup';
    if (!target) return;
    const leg = legOf(registry.callOf(target), target);
    if (leg) leg.pickedUp = true;
    if (picker.callId !== target.callId) registry.join(registry.callOf(target), registry.callOf(picker), atMs);
    const call = registry.callOf(target);
    if (picker.extension !== null) call.pickup = { from: target.extension, by: picker.extension };
  }

  #recordStart(channelId: string, named: string | undefined, atMs: number): void {
    const channel = this.#registry.channels.get(channelId);
    const file = named ?? channel?.recordFile;
    if (!channel || !file) return;
    const call = this.#registry.callOf(channel);
    if (call.recordings.some((recording) => recording.file === file && recording.endedAtMs === null)) return;
    call.recordings.push({ file, channel: channel.id, startedAtMs: atMs, endedAtMs: null });
    this.#registry.fact('recording.started', call, atMs);
  }

  #messageLeft(mailbox: string): void {
    const box = mailbox.split('@', 1)[0] ?? '';
    for (const call of this.#registry.calls.values()) {
      if (call.voicemail && call.voicemail.mailbox === box) call.voicemail.leftMessage = true;
    }
  }

  #extensionOfDevice(device: string | null): string | null {
    if (device === null) return null;
    const slash = device.indexOf('/');
    return this.#registry.extensionOf(device.slice(0, Math.max(0, slash)), device.slice(slash + 1));
  }
}

/** The first channel of a call is there: whatever follows of the call is seen. */
function beginsCall(event: PbxEvent): boolean {
  return event.type === 'channel' && [event.channel.id, ''].includes(event.channel.linkedId);
}
