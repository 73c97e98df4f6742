// The PBX's own objects and the events that each primitive step of them sends. What is built of the steps (a dial, a queue, a transfer) is
// beside this file; the order of events inside a step is what a recorded Asterisk 22 sent.
import { Bridge, type BridgeTechnology } from './bridge.ts';
import { Channel, type ChannelState, type Identity, type Place } from './channel.ts';
import { Devices } from './devices.ts';
import { demoEvent, lines, type DemoEvent, type EventClass } from './event.ts';
import type { Company } from '../company.ts';
import type { Random } from '../random.ts';

/** Q.850 causes as Asterisk words them. */
const causeTexts: Record<number, string> = {
  0: 'Unknown',
  1: 'Unallocated (unassigned) number',
  3: 'No route to destination',
  16: 'Normal Clearing',
  17: 'User busy',
  19: 'User alerting, no answer',
  21: 'Call Rejected',
  26: 'Answered elsewhere',
  34: 'Circuit/channel congestion',
  127: 'Interworking, unspecified',
};

/** Why a channel ends: the Q.850 cause and, when the peer said so by SIP, its code. */
export interface Ending {
  readonly cause: number;
  readonly techCause?: number;
}

export const normalClearing: Ending = { cause: 16 };

export class Core {
  readonly random: Random;
  readonly company: Company;
  readonly channels = new Map<string, Channel>();
  readonly bridges = new Map<string, Bridge>();
  readonly devices: Devices;
  /** Parking slots in use. */
  readonly parked = new Map<string, Channel>();
  /** Callers waiting, by queue name. */
  readonly waiting = new Map<string, Channel[]>();
  private readonly stamped: boolean;
  private out: DemoEvent[] = [];
  private channelCount = 0;
  private deviceCount = 0;
  private localCount = 0;
  private optimizations = 0;
  private lot: Bridge | null = null;
  nowMs: number;

  /** @param stamped whether events carry their own time (`timestampevents=yes`). */
  constructor(company: Company, random: Random, startMs: number, stamped: boolean) {
    this.company = company;
    this.random = random;
    this.nowMs = startMs;
    this.stamped = stamped;
    this.devices = new Devices(this);
  }

  /** The events since the last take. */
  take(): DemoEvent[] {
    const events = this.out;
    this.out = [];
    return events;
  }

  emit(name: string, eventClass: EventClass, body: string): void {
    this.out.push(demoEvent(name, eventClass, this.stamped ? this.nowMs : null, body));
  }

  /** A call-class event about one channel. */
  about(name: string, channel: Channel, extra: Readonly<Record<string, string | number>> = {}): void {
    this.emit(name, 'call', channel.headers() + lines(extra));
  }

  nextUniqueid(): string {
    return `${Math.floor(this.nowMs / 1000)}.${this.channelCount++}`;
  }

  /** @param technology `PJSIP/101`; the number after it is added. */
  newChannel(
    device: string,
    state: ChannelState,
    caller: Identity,
    place: Place,
    options: { linkedid?: string; uniqueid?: string } = {},
  ): Channel {
    const uniqueid = options.uniqueid ?? this.nextUniqueid();
    const name = `${device}-${(this.deviceCount++ & 0xffffffff).toString(16).padStart(8, '0')}`;
    return this.register(
      new Channel({
        name,
        uniqueid,
        linkedid: options.linkedid ?? uniqueid,
        state,
        caller,
        place,
        createdAtMs: this.nowMs,
      }),
    );
  }

  /** The two halves of a Local channel, not yet linked: `;1` is on the asking side, `;2` runs the dialplan. */
  newLocalPair(place: Place, linkedid: string): [Channel, Channel] {
    const base = `Local/${place.exten}@${place.context}-${(this.localCount++ & 0xffffffff).toString(16).padStart(8, '0')}`;
    const half = (name: string, state: ChannelState): Channel =>
      this.register(
        new Channel({
          name,
          uniqueid: this.nextUniqueid(),
          linkedid,
          state,
          caller: { num: '', name: '' },
          place,
          createdAtMs: this.nowMs,
        }),
      );
    return [half(`${base};1`, 'Down'), half(`${base};2`, 'Ring')];
  }

  nextOptimizationId(): number {
    return ++this.optimizations;
  }

  private register(channel: Channel): Channel {
    this.channels.set(channel.uniqueid, channel);
    this.about('Newchannel', channel);
    this.devices.refresh(channel);
    return channel;
  }

  setState(channel: Channel, state: ChannelState): void {
    if (channel.state === state) return;
    channel.state = state;
    this.about('Newstate', channel);
    this.devices.refresh(channel);
  }

  /** The channel reaches a step of the dialplan. */
  step(channel: Channel, application: string, data: string, place: Partial<Place> = {}): void {
    channel.goTo(place);
    this.running(channel, application, data);
  }

  /** The channel runs an application at its present place. */
  running(channel: Channel, application: string, data: string): void {
    channel.application = application;
    channel.applicationData = data;
    const extra = lines({ Extension: channel.place.exten, Application: application, AppData: data });
    this.emit('Newexten', 'dialplan', channel.headers() + extra);
  }

  setVar(channel: Channel, variable: string, value: string): void {
    this.emit('VarSet', 'dialplan', channel.headers() + lines({ Variable: variable, Value: value }));
  }

  setCaller(channel: Channel, caller: Identity): void {
    channel.caller = caller;
    this.about('NewCallerid', channel, { 'CID-CallingPres': '0 (Presentation Allowed, Not Screened)' });
  }

  setConnected(channel: Channel, connected: Identity): void {
    channel.connected = connected;
    this.about('NewConnectedLine', channel);
  }

  newBridge(technology: BridgeTechnology = 'simple_bridge'): Bridge {
    const bridge = new Bridge(this.random.uuid(), technology);
    this.bridges.set(bridge.uniqueid, bridge);
    this.emit('BridgeCreate', 'call', bridge.headers());
    return bridge;
  }

  /** The bridge of everybody who is parked: made at the first parking, and there ever since. */
  parkingLot(): Bridge {
    this.lot ??= this.newBridge('holding_bridge');
    return this.lot;
  }

  /** @param swap the channel whose place is taken: it has left already, or leaves right after. */
  enter(channel: Channel, bridge: Bridge, swap?: Channel): void {
    bridge.channels.push(channel);
    channel.bridge = bridge;
    this.emit(
      'BridgeEnter',
      'call',
      bridge.headers() + channel.headers() + (swap ? lines({ SwapUniqueid: swap.uniqueid }) : ''),
    );
    const [first, second] = bridge.channels;
    if (first && second && bridge.technology !== 'holding_bridge') {
      this.setVar(first, 'BRIDGEPEER', second.name);
      this.setVar(second, 'BRIDGEPEER', first.name);
    }
    bridge.settle();
  }

  /** The bridge is destroyed by the caller, when it is empty and not wanted again. */
  leave(channel: Channel): void {
    const bridge = channel.bridge;
    if (!bridge) return;
    bridge.channels.splice(bridge.channels.indexOf(channel), 1);
    channel.bridge = null;
    if (bridge.technology !== 'holding_bridge') this.setVar(channel, 'BRIDGEPEER', '');
    this.emit('BridgeLeave', 'call', bridge.headers() + channel.headers());
    if (bridge.technology === 'native_rtp') bridge.technology = 'simple_bridge';
  }

  destroyIfEmpty(bridge: Bridge | null): void {
    if (!bridge || bridge === this.lot || bridge.channels.length > 0 || !this.bridges.delete(bridge.uniqueid)) return;
    this.emit('BridgeDestroy', 'call', bridge.headers());
  }

  /** The peer of the channel asked to end it. Its Cause is often absent. */
  hangupRequest(channel: Channel, ending?: Ending): void {
    this.about('HangupRequest', channel, endingHeaders(ending));
  }

  /** Nearly every channel with a dialplan sends one at its end; it says nothing about who. */
  softHangup(channel: Channel, techCause?: number): void {
    this.about(
      'SoftHangupRequest',
      channel,
      endingHeaders(techCause === undefined ? normalClearing : { cause: 16, techCause }),
    );
  }

  hangup(channel: Channel, ending: Ending = normalClearing): void {
    if (!channel.alive) return;
    channel.alive = false;
    this.channels.delete(channel.uniqueid);
    const text = { Cause: ending.cause, 'Cause-txt': causeTexts[ending.cause] ?? 'Unknown' };
    this.about('Hangup', channel, ending.techCause === undefined ? text : { ...text, TechCause: ending.techCause });
    this.devices.refresh(channel);
  }
}

function endingHeaders(ending: Ending | undefined): Record<string, number> {
  if (!ending) return {};
  return ending.techCause === undefined
    ? { Cause: ending.cause }
    : { Cause: ending.cause, TechCause: ending.techCause };
}
