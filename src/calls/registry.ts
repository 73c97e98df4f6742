// Channels and the calls that they belong to: who exists, and which call a channel is in.
import type { ChannelInfo } from './events.ts';
import type { Fact, FactType } from './facts.ts';
import { guessExtension, parseChannelName } from './channel-name.ts';
import { type CallState, type Channel, newCall } from './model.ts';
import { ownText } from './own-text.ts';

export interface TrackerOptions {
  readonly pbx: string;
  /** Extension that a device stands for; null for a trunk. */
  readonly extensionOf?: (tech: string, endpoint: string) => string | null;
  /** Extension of the employee whose mobile this number is; null when it is nobody's. */
  readonly ownerOf?: (number: string) => string | null;
  /** Id of the operator who has the extension; null when nobody is known for it. */
  readonly operatorOf?: (extension: string) => string | null;
  /** The number in E.164; null when it cannot be told. */
  readonly e164?: (number: string) => string | null;
  /** True for a number that stays inside the PBX; without it every one of up to six digits. */
  readonly internal?: (number: string) => boolean;
  /** True for what stands for a withheld number. */
  readonly anonymous?: (number: string) => boolean;
}

export interface Bridge {
  members: string[];
  holding: boolean;
  conference: boolean;
}

/** How long the uniqueid of a channel that is gone is remembered, so that a late event does not bring it back to life. */
const GONE_MS = 60_000;

const withheld = new Set(['anonymous', 'unknown', 'restricted', 'unavailable', 'private', 'withheld', '<unknown>', '']);

/**
 * The id of the call that began with a Linkedid. Derived from what AMI, CEL and CDR all know, so that each gives the same call the same id;
 * safe in a URL, because a Uniqueid is any text that somebody gave as `ChannelId`.
 */
export function callId(pbx: string, linkedId: string): string {
  const safe = linkedId.replace(/[^\w.-]/g, (c) => `~${c.codePointAt(0)?.toString(16) ?? ''}`).slice(0, 150);
  return `${pbx}-${safe}`;
}

export class Registry {
  readonly channels = new Map<string, Channel>();
  readonly calls = new Map<string, CallState>();
  readonly bridges = new Map<string, Bridge>();
  /** Linkedid to call. */
  readonly linked = new Map<string, string>();
  /** Calls without a channel whose end is held back, by id: see lifecycle's `heldCallsEnd`. */
  readonly held = new Set<string>();
  /** Halves of a Local pair by the name that they share. */
  readonly pairs = new Map<string, { one: string | null; two: string | null }>();
  /** After a gap, until the list of what there is: a call of which we hear first now may have begun unseen. */
  listing = false;
  facts: Fact[] = [];
  /** Calls that ended in this step, as they were. */
  ended: CallState[] = [];
  merge: (into: CallState, from: CallState, atMs: number) => void = () => {};

  readonly pbx: string;
  readonly extensionOf: (tech: string, endpoint: string) => string | null;
  readonly ownerOf: (number: string) => string | null;
  readonly operatorOf: (extension: string) => string | null;
  readonly e164: (number: string) => string | null;
  readonly internal: (number: string) => boolean;
  readonly #anonymous: (number: string) => boolean;
  #gone = new Set<string>();
  #goneBefore = new Set<string>();
  #goneTurnedAtMs = 0;

  constructor(options: TrackerOptions) {
    this.pbx = options.pbx;
    this.extensionOf = options.extensionOf ?? guessExtension;
    this.ownerOf = options.ownerOf ?? (() => null);
    this.operatorOf = options.operatorOf ?? (() => null);
    this.e164 = options.e164 ?? (() => null);
    this.internal = options.internal ?? ((number) => /^\d{1,6}$/.test(number));
    this.#anonymous = options.anonymous ?? ((number) => withheld.has(number.toLowerCase()));
  }

  fact(type: FactType, call: CallState, atMs: number, more?: { leg?: number; into?: string }): void {
    if (!call.announced && type !== 'call.merged') return;
    this.facts.push({ type, callId: call.id, atMs, ...more });
  }

  /** Tells the outside of a call the first time that it is more than a handset off the hook. */
  announce(call: CallState, atMs: number): void {
    if (call.announced) return;
    call.announced = true;
    this.facts.push({ type: 'call.started', callId: call.id, atMs });
    for (const leg of call.legs.keys()) this.tellLeg(call, leg);
  }

  /** Tells of a leg that began before its call was told of, or in another call: all that has become of it. */
  tellLeg(call: CallState, leg: number): void {
    const { startedAtMs, joinedAtMs, endedAtMs } = call.legs[leg] ?? {};
    if (startedAtMs !== undefined) this.fact('leg.started', call, startedAtMs, { leg });
    if (joinedAtMs != null) this.fact('leg.answered', call, joinedAtMs, { leg });
    if (endedAtMs != null) this.fact('leg.ended', call, endedAtMs, { leg });
  }

  number(raw: string | null | undefined): string | null {
    if (raw === null || raw === undefined || this.#anonymous(raw)) return null;
    return raw;
  }

  callOf(channel: Channel): CallState {
    const call = this.calls.get(channel.callId);
    if (!call) throw new Error(`channel ${channel.id} belongs to call ${channel.callId}, which is not there`);
    return call;
  }

  isGone(id: string): boolean {
    return this.#gone.has(id) || this.#goneBefore.has(id);
  }

  /** Remembers the id of a channel or of a call that is over. */
  bury(id: string, atMs: number): void {
    if (atMs - this.#goneTurnedAtMs > GONE_MS) {
      this.#goneBefore = this.#gone;
      this.#gone = new Set();
      this.#goneTurnedAtMs = atMs;
    }
    this.#gone.add(id);
  }

  /** The other half of a Local channel. */
  otherHalf(channel: Channel): Channel | null {
    if (channel.half === 0) return null;
    const pair = this.pairs.get(channel.pair);
    const id = channel.half === 1 ? pair?.two : pair?.one;
    return (id && this.channels.get(id)) || null;
  }

  /** The channel of an event that proves nothing about life: a late event of a dead channel finds nobody. */
  known(info: ChannelInfo | null, atMs: number): Channel | null {
    const channel = info && this.channels.get(info.id);
    if (!channel) return null;
    this.#follow(channel, info, atMs);
    return channel;
  }

  /** The channel of an event that only a living channel can cause; it is created when this is the first we hear of it. */
  alive(info: ChannelInfo, atMs: number): Channel | null {
    const channel = this.channels.get(info.id);
    if (channel) {
      this.#follow(channel, info, atMs);
      return channel;
    }
    if (info.id === '' || this.isGone(info.id)) return null;
    return this.#create(ownText(info), atMs);
  }

  /**
   * The Linkedid of a living channel changes without an event of its own (pickup, unpark, REFER with Replaces); it shows in the
   * next event of that channel. Seen on Asterisk 16 and 22.
   */
  #follow(channel: Channel, info: ChannelInfo, atMs: number): void {
    if (info.linkedId === '' || info.linkedId === channel.linkedId) return;
    channel.linkedId = ownText(info.linkedId);
    const call = this.callOf(channel);
    const other = this.calls.get(this.linked.get(info.linkedId) ?? '');
    if (!other) {
      this.linked.set(channel.linkedId, call.id);
      call.linkedIds.push(channel.linkedId);
    } else if (other !== call) {
      this.join(call, other, atMs);
    }
  }

  /** Two calls turn out to be one; the client's goes on, of two without a client the older one. */
  join(a: CallState, b: CallState, atMs: number): CallState {
    const rank = (call: CallState) => (call.hasClient ? (call.inbound ? 2 : 1) : 0);
    const aFirst = rank(a) !== rank(b) ? rank(a) > rank(b) : a.startedAtMs <= b.startedAtMs;
    const [into, from] = aFirst ? [a, b] : [b, a];
    this.merge(into, from, atMs);
    return into;
  }

  #create(info: ChannelInfo, atMs: number): Channel {
    const name = parseChannelName(info.name);
    const extension = name.person ? this.extensionOf(name.tech, name.endpoint) : null;
    const linkedId = info.linkedId || info.id;
    let call = this.calls.get(this.linked.get(linkedId) ?? '');
    if (!call) {
      call = newCall(this.newCallId(linkedId, info.id), info.id, atMs);
      call.gap = this.listing;
      call.linkedIds.push(linkedId);
      this.calls.set(call.id, call);
      this.linked.set(linkedId, call.id);
    }
    const channel: Channel = {
      id: info.id,
      name: info.name,
      linkedId,
      tech: name.tech,
      endpoint: name.endpoint,
      half: name.half,
      pair: name.pair,
      person: name.person,
      extension,
      trunk: name.person && extension === null,
      callId: call.id,
      createdAtMs: atMs,
      state: info.state ?? 'down',
      number: this.number(info.number),
      callerName: info.callerName ?? null,
      exten: info.exten ?? '',
      shortExten: null,
      dialled: false,
      dialer: null,
      bridge: null,
      held: null,
      music: false,
      app: '',
      awaited: [],
      dialEnded: null,
      leg: null,
      cameBy: null,
      hangupRequestedAtMs: null,
      recordFile: null,
      digitAtMs: null,
    };
    this.channels.set(channel.id, channel);
    call.channels.push(channel.id);
    if (channel.half !== 0) {
      const pair = this.pairs.get(channel.pair) ?? { one: null, two: null };
      if (channel.half === 1) pair.one = channel.id;
      else pair.two = channel.id;
      this.pairs.set(channel.pair, pair);
    }
    return channel;
  }

  /**
   * Derived from what both AMI and CEL know, so that both give the same call the same id. A second call under one Linkedid (people who talk
   * on without the client, or what is left of a call that we saw only in part) is told apart by its first channel.
   */
  newCallId(linkedId: string, channelId: string): string {
    const id = callId(this.pbx, linkedId);
    return this.calls.has(id) || this.isGone(id) ? callId(id, channelId) : id;
  }
}
