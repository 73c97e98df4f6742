// CEL rows as the normalised stream. CEL has no dial events and no ringing: who called whom is concluded from what is there.
import type { ChannelInfo, PbxEvent } from '../calls/events.ts';
import { guessExtension, localNumber, parseChannelName } from '../calls/channel-name.ts';
import type { CelRow } from './cel-row.ts';

/** What is kept of a living channel between its rows. */
interface Seen {
  id: string;
  name: string;
  linkedId: string;
  exten: string;
  app: string;
  appData: string;
  up: boolean;
  bridged: boolean;
  /** Halves and phones that it has called, to tell the second of two Dials from the first. */
  dialled: number;
  /** A trunk's channel that waits for a row with the number that it was called with. */
  pending: { callerId: string | null; atMs: number } | null;
  dest: boolean;
  number: string;
}

const dialApps = new Set(['dial', 'queue', 'followme', 'retrydial', 'page', 'appqueue']);

export interface CelOptions {
  /** Extension that a device stands for; null for a trunk. */
  extensionOf?: (tech: string, endpoint: string) => string | null;
}

export class CelTranslator {
  readonly #seen = new Map<string, Seen>();
  readonly #linked = new Map<string, string[]>();
  readonly #extensionOf: (tech: string, endpoint: string) => string | null;

  constructor(options: CelOptions = {}) {
    this.#extensionOf = options.extensionOf ?? guessExtension;
  }

  translate(row: CelRow): PbxEvent[] {
    const events: PbxEvent[] = [];
    const info = this.#info(row);
    if (row.uniqueid === '' || row.type === 'LINKEDID_END' || row.type === 'USER_DEFINED') return events;
    if (row.type === 'CHAN_START') {
      this.#start(row, info, events);
      return events;
    }
    const seen = this.#seen.get(row.uniqueid) ?? this.#join(row, info, events);
    if (seen) this.#noticeChanges(row, seen, info, events);
    this.#resolvePending(row, events);
    this.#own(row, seen, info, events);
    return events;
  }

  #info(row: CelRow): ChannelInfo {
    return {
      id: row.uniqueid,
      name: row.channel,
      linkedId: row.linkedid,
      exten: row.exten,
      ...(row.dnid !== '' && { dnid: row.dnid }),
    };
  }

  #start(row: CelRow, base: ChannelInfo, events: PbxEvent[]): void {
    const name = parseChannelName(row.channel);
    const first = row.uniqueid === row.linkedid;
    const extension = name.person ? this.#extensionOf(name.tech, name.endpoint) : null;
    // Originate calls a phone in extension `s`; a phone that calls is in the extension that it dialled.
    const originated = first && ((extension !== null && row.exten === 's') || name.half === 1);
    const callsIn = (first && !originated) || name.half === 2;
    const channel: ChannelInfo = {
      ...base,
      state: callsIn ? 'ring' : 'down',
      number: row.cidNum === '' ? null : row.cidNum,
      callerName: row.cidName === '' ? null : row.cidName,
    };
    const dialer = callsIn || originated ? null : this.#dialerOf(row, name.half === 1);
    const seen = this.#keep(row, !callsIn);
    events.push({ type: 'channel', atMs: row.atMs, channel });
    if (callsIn || (!name.person && name.half === 0)) return;
    if (dialer) dialer.dialled += 1;
    if (name.half === 1 && !originated && !dialer) return;
    const caller = dialer ? { id: dialer.id, name: dialer.name, linkedId: dialer.linkedId } : null;
    const dialString = dialer ? targetIn(dialer.appData, name.tech, name.endpoint) : '';
    if (extension === null && name.person && dialString === '') {
      seen.pending = { callerId: dialer?.id ?? null, atMs: row.atMs };
      return;
    }
    events.push({ type: 'dial-begin', atMs: row.atMs, caller, dest: channel, dialString: dialString || row.cidNum });
    if (!caller) events.push(toldAll(row.atMs, channel));
    // CEL has no ringing: a phone of ours is taken to ring as soon as it is called.
    if (extension !== null) events.push({ type: 'state', atMs: row.atMs, channel: { ...base, state: 'ringing' } });
  }

  #keep(row: CelRow, dest: boolean): Seen {
    const seen: Seen = {
      id: row.uniqueid,
      name: row.channel,
      linkedId: row.linkedid,
      exten: row.exten,
      app: '',
      appData: '',
      up: false,
      bridged: false,
      dialled: 0,
      pending: null,
      dest,
      number: row.cidNum,
    };
    this.#seen.set(seen.id, seen);
    const group = this.#linked.get(row.linkedid) ?? [];
    group.push(seen.id);
    this.#linked.set(row.linkedid, group);
    return seen;
  }

  /** The reading began in the middle of a call: every row but the last ones of a channel proves that it lives. */
  #join(row: CelRow, info: ChannelInfo, events: PbxEvent[]): Seen | null {
    if (row.type === 'HANGUP' || row.type === 'CHAN_END') return null;
    events.push({
      type: 'channel',
      atMs: row.atMs,
      channel: { ...info, number: row.cidNum === '' ? null : row.cidNum },
    });
    return this.#keep(row, row.uniqueid !== row.linkedid);
  }

  /** Who called a new channel: whose running application names it, or the Local half that was made for it. */
  #dialerOf(row: CelRow, half: boolean): Seen | null {
    const group = (this.#linked.get(row.linkedid) ?? [])
      .map((id) => this.#seen.get(id))
      .filter((seen) => seen !== undefined);
    const name = parseChannelName(row.channel);
    const text = `${name.tech}/${name.endpoint}`;
    const naming = group.findLast(
      (seen) => dialApps.has(seen.app.toLowerCase()) && !seen.bridged && names(seen.appData, text),
    );
    if (naming) return naming;
    const halves = group.filter((seen) => seen.name.endsWith(';2') && !seen.up && seen.dialled === 0);
    const made = halves.findLast((seen) => localNumber(parseChannelName(seen.name).endpoint) === name.endpoint);
    if (made && !half) return made;
    const waiting = group.findLast((seen) => dialApps.has(seen.app.toLowerCase()) && !seen.dest && !seen.bridged);
    // While the first channel is in a talk a new Local pair is a feature's: the consultation of an attended transfer.
    const first = group.find((seen) => !seen.dest && !seen.name.startsWith('Local/'));
    if (half) return waiting ?? (first && !first.bridged ? first : null);
    return halves.at(-1) ?? waiting ?? group.findLast((seen) => !seen.dest) ?? null;
  }

  /** A row repeats its channel's application, number and Linkedid: what is new in them is an event. */
  #noticeChanges(row: CelRow, seen: Seen, info: ChannelInfo, events: PbxEvent[]): void {
    seen.linkedId = row.linkedid;
    if (row.cidNum !== '' && row.cidNum !== seen.number) {
      seen.number = row.cidNum;
      events.push({ type: 'caller-id', atMs: row.atMs, channel: { ...info, number: row.cidNum } });
    }
    if (row.app !== '' && row.type !== 'HANGUP' && (row.app !== seen.app || row.appData !== seen.appData)) {
      this.#setApp(row, seen, info, events);
    } else if (row.app === 'AppDial2' && seen.app === '') {
      this.#setApp(row, seen, info, events);
    }
  }

  /**
   * The number that a trunk was called with stands in the data of the Dial, which a later row of the caller shows; the trunk's own rows
   * may show our line instead. They are asked last, when the trunk is in the talk or gone.
   */
  #resolvePending(row: CelRow, events: PbxEvent[]): void {
    for (const id of this.#linked.get(row.linkedid) ?? []) {
      const seen = this.#seen.get(id);
      if (!seen?.pending) continue;
      const name = parseChannelName(seen.name);
      const target = row.uniqueid === id ? '' : targetIn(row.appData, name.tech, name.endpoint);
      const last = row.uniqueid === id && (row.type === 'BRIDGE_ENTER' || row.type === 'HANGUP');
      if (target === '' && !last) continue;
      const caller = this.#seen.get(row.uniqueid === id ? (seen.pending.callerId ?? '') : row.uniqueid);
      const line = caller ? this.#seen.get(caller.linkedId)?.exten : undefined;
      const dest = { id: seen.id, name: seen.name, linkedId: seen.linkedId };
      events.push({
        type: 'dial-begin',
        atMs: seen.pending.atMs,
        caller: caller ? { id: caller.id, name: caller.name, linkedId: caller.linkedId } : null,
        dest,
        dialString: target || (row.cidNum === line ? '' : row.cidNum),
      });
      if (!caller) events.push(toldAll(row.atMs, dest));
      seen.pending = null;
    }
  }

  #setApp(row: CelRow, seen: Seen, info: ChannelInfo, events: PbxEvent[]): void {
    seen.app = row.app;
    seen.appData = row.appData;
    seen.dialled = 0;
    // Only APP_START comes before what the application does; from the second Dial of a channel on there is none.
    const data =
      row.type === 'APP_START' || !dialApps.has(row.app.toLowerCase()) || row.app === 'Queue' ? row.appData : '';
    events.push({ type: 'app', atMs: row.atMs, channel: info, app: row.app, data, exten: row.exten });
    if (row.app === 'AppDial2') events.push(toldAll(row.atMs, info));
    if (row.app === 'MixMonitor') {
      events.push({
        type: 'record-start',
        atMs: row.atMs,
        channelId: row.uniqueid,
        file: row.appData.split(',', 1)[0] ?? '',
      });
    }
    if (row.app === 'Queue') {
      const queue = row.appData.split(',', 1)[0] ?? '';
      events.push({ type: 'queue-join', atMs: row.atMs, channel: info, queue });
    }
    if (row.app === 'ChanSpy' || row.app === 'ExtenSpy') {
      const prefix = `${row.appData.split(',', 1)[0] ?? ''}-`;
      const spied = [...this.#seen.values()].findLast((other) => other.name.startsWith(prefix));
      if (spied) {
        const spyee = { id: spied.id, name: spied.name, linkedId: spied.linkedId };
        events.push({ type: 'spy', atMs: row.atMs, spyer: info, spyee });
      }
    }
  }

  #own(row: CelRow, seen: Seen | null, info: ChannelInfo, events: PbxEvent[]): void {
    const { atMs, extra } = row;
    switch (row.type) {
      case 'ANSWER':
        if (seen) seen.up = true;
        events.push({ type: 'state', atMs, channel: { ...info, state: 'up' } });
        return;
      case 'BRIDGE_ENTER': {
        if (seen) seen.bridged = true;
        const holding = extra.bridge_technology === 'holding_bridge';
        const conference = row.app.toLowerCase() === 'confbridge';
        events.push({ type: 'bridge-enter', atMs, channel: info, bridge: text(extra.bridge_id), holding, conference });
        return;
      }
      case 'BRIDGE_EXIT':
        if (seen) seen.bridged = false;
        events.push({ type: 'bridge-leave', atMs, channelId: row.uniqueid, bridge: text(extra.bridge_id) });
        return;
      case 'APP_END':
        if (row.app === 'Queue') events.push({ type: 'queue-leave', atMs, channelId: row.uniqueid });
        return;
      case 'DTMF':
        events.push({ type: 'digit', atMs, channelId: row.uniqueid });
        return;
      case 'STREAM_BEGIN':
      case 'STREAM_END':
        // Only in 22: music on hold.
        if (row.userDefType.startsWith('MOH')) {
          events.push({ type: 'music', atMs, channelId: row.uniqueid, on: row.type === 'STREAM_BEGIN' });
        }
        return;
      case 'HANGUP':
        this.#hangup(row, info, events);
        return;
      case 'CHAN_END':
        if (seen) this.#hangup(row, info, events);
        return;
      default:
        this.#transfer(row, info, events);
    }
  }

  #hangup(row: CelRow, info: ChannelInfo, events: PbxEvent[]): void {
    const cause = Number(row.extra.hangupcause);
    events.push({
      type: 'hangup',
      atMs: row.atMs,
      channel: info,
      cause: Number.isInteger(cause) ? cause : null,
      ...(row.extra.hangupsource !== undefined && { source: text(row.extra.hangupsource) }),
      ...(row.extra.dialstatus !== undefined && { dialStatus: text(row.extra.dialstatus) }),
    });
    const seen = this.#seen.get(row.uniqueid);
    this.#seen.delete(row.uniqueid);
    for (const linkedId of new Set([row.linkedid, seen?.linkedId ?? row.linkedid])) {
      const group = (this.#linked.get(linkedId) ?? []).filter((id) => this.#seen.has(id));
      if (group.length === 0) this.#linked.delete(linkedId);
      else this.#linked.set(linkedId, group);
    }
  }

  #transfer(row: CelRow, info: ChannelInfo, events: PbxEvent[]): void {
    const { atMs, extra } = row;
    switch (row.type) {
      case 'BLINDTRANSFER': {
        const transferee = this.#byId(extra.transferee_channel_uniqueid);
        events.push({ type: 'blind-transfer', atMs, transferer: info, transferee, exten: text(extra.extension) });
        return;
      }
      case 'ATTENDEDTRANSFER':
        events.push({
          type: 'attended-transfer',
          atMs,
          transferer: info,
          second: this.#byId(extra.channel2_uniqueid),
          transferee: this.#byId(extra.transferee_channel_uniqueid),
          target: this.#byId(extra.transfer_target_channel_uniqueid),
          threeway: false,
        });
        return;
      case 'PICKUP': {
        const picker = this.#byId(extra.pickup_channel_uniqueid);
        if (picker) events.push({ type: 'pickup', atMs, picker, target: info });
        return;
      }
      case 'PARK_START':
        events.push({ type: 'park', atMs, parkee: info, parker: text(extra.parker_dial_string) || null });
        return;
      case 'PARK_END':
        if (extra.reason === 'ParkedCallUnparked') {
          events.push({ type: 'unpark', atMs, parkee: info, retriever: this.#byName(extra.retriever) });
        }
        return;
      case 'FORWARD': {
        const dest = this.#forwarding(row);
        if (dest) {
          events.push({ type: 'dial-end', atMs, caller: info, dest, status: 'CANCEL', forward: text(extra.forward) });
        }
        return;
      }
      default:
    }
  }

  /** The row of a forward is the caller's: the phone that forwards is the last one that it called and that did not answer. */
  #forwarding(row: CelRow): ChannelInfo | null {
    const group = this.#linked.get(row.linkedid) ?? [];
    const phone = group
      .map((id) => this.#seen.get(id))
      .findLast((seen) => seen !== undefined && seen.dest && !seen.up && parseChannelName(seen.name).person);
    return phone ? { id: phone.id, name: phone.name, linkedId: phone.linkedId } : null;
  }

  #byId(id: unknown): ChannelInfo | null {
    const seen = typeof id === 'string' ? this.#seen.get(id) : undefined;
    return seen ? { id: seen.id, name: seen.name, linkedId: seen.linkedId } : null;
  }

  #byName(name: unknown): ChannelInfo | null {
    const seen = [...this.#seen.values()].find((other) => other.name === name);
    return seen ? { id: seen.id, name: seen.name, linkedId: seen.linkedId } : null;
  }
}

/** CEL has no word about what became of an Originate, and so nothing to wait for. */
const toldAll = (atMs: number, { id, name }: ChannelInfo): PbxEvent => ({
  type: 'originated',
  atMs,
  channelId: id,
  channelName: name,
  exten: '',
});

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Whether the data of a Dial names a device or a Local channel: `PJSIP/101&Local/102@x/n,20,tT`, `PJSIP/7916@trunk,30`. */
function names(appData: string, device: string): boolean {
  const slash = device.indexOf('/');
  const tech = device.slice(0, slash);
  const endpoint = device.slice(slash + 1);
  return (appData.split(',', 1)[0] ?? '').split('&').some((target) => {
    if (!target.startsWith(`${tech}/`)) return false;
    const rest = target.slice(tech.length + 1);
    return rest === endpoint || rest.startsWith(`${endpoint}/`) || rest.endsWith(`@${endpoint}`);
  });
}

function targetIn(appData: string, tech: string, endpoint: string): string {
  const targets = (appData.split(',', 1)[0] ?? '').split('&');
  return targets.find((target) => names(target, `${tech}/${endpoint}`))?.slice(tech.length + 1) ?? '';
}
