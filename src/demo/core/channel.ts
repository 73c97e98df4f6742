import { shownName, unknown } from './event.ts';
import type { Bridge } from './bridge.ts';

const channelStates = { Down: 0, Ring: 4, Ringing: 5, Up: 6 } as const;
export type ChannelState = keyof typeof channelStates;

/** A number and a name; empty text where there is none. */
export interface Identity {
  readonly num: string;
  readonly name: string;
}

export const nobody: Identity = { num: '', name: '' };

/** Where in the dialplan a channel is. */
export interface Place {
  readonly context: string;
  readonly exten: string;
  readonly priority: number;
}

export interface ChannelSetup {
  readonly name: string;
  readonly uniqueid: string;
  readonly linkedid: string;
  readonly state: ChannelState;
  readonly caller: Identity;
  readonly place: Place;
  readonly createdAtMs: number;
}

/** One channel: what its events and the snapshot lists say of it. */
export class Channel {
  readonly name: string;
  readonly uniqueid: string;
  readonly createdAtMs: number;
  /** The number that was dialled when the channel came in; `DNID` in Status. */
  readonly dnid: string;
  linkedid: string;
  state: ChannelState;
  caller: Identity;
  connected: Identity = nobody;
  place: Place;
  application = '';
  applicationData = '';
  bridge: Bridge | null = null;
  alive = true;
  recorded = false;

  constructor(setup: ChannelSetup) {
    this.name = setup.name;
    this.uniqueid = setup.uniqueid;
    this.linkedid = setup.linkedid;
    this.state = setup.state;
    this.caller = setup.caller;
    this.place = setup.place;
    this.createdAtMs = setup.createdAtMs;
    this.dnid = setup.state === 'Ring' ? setup.place.exten : '';
  }

  /** `PJSIP/101` of `PJSIP/101-0000002a`. */
  get device(): string {
    return this.name.slice(0, this.name.lastIndexOf('-'));
  }

  get isLocal(): boolean {
    return this.name.startsWith('Local/');
  }

  goTo(place: Partial<Place>): void {
    this.place = { ...this.place, ...place };
  }

  /** The headers that every channel event has, with a prefix such as `Dest` for the other channels of an event. */
  headers(prefix = ''): string {
    const { place, caller, connected } = this;
    return (
      `${prefix}Channel: ${this.name}\r\n${prefix}ChannelState: ${channelStates[this.state]}\r\n${prefix}ChannelStateDesc: ${this.state}\r\n` +
      `${prefix}CallerIDNum: ${caller.num || unknown}\r\n${prefix}CallerIDName: ${shownName(caller.name)}\r\n` +
      `${prefix}ConnectedLineNum: ${connected.num || unknown}\r\n${prefix}ConnectedLineName: ${shownName(connected.name)}\r\n` +
      `${prefix}Language: en\r\n${prefix}AccountCode: \r\n${prefix}Context: ${place.context}\r\n${prefix}Exten: ${place.exten}\r\n` +
      `${prefix}Priority: ${place.priority}\r\n${prefix}Uniqueid: ${this.uniqueid}\r\n${prefix}Linkedid: ${this.linkedid}\r\n`
    );
  }
}
