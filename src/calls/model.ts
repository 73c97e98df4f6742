// The tracker's own state. Plain data throughout, so that an open call can be stored and go on after a restart.
import type { ChannelState } from './events.ts';
import type { LegRole, Origin, Stage, TransferType } from './call.ts';

export interface Channel {
  readonly id: string;
  readonly name: string;
  linkedId: string;
  readonly tech: string;
  readonly endpoint: string;
  readonly half: 0 | 1 | 2;
  readonly pair: string;
  readonly person: boolean;
  /** Extension of the device; null for a trunk, a Local half or machinery. */
  readonly extension: string | null;
  readonly trunk: boolean;
  callId: string;
  readonly createdAtMs: number;
  state: ChannelState;
  /** First values: both are rewritten many times in the life of a channel. */
  number: string | null;
  callerName: string | null;
  exten: string;
  /** Latest short extension that the channel's dialplan went through: whose forward or mobile it is when a trunk is dialled. */
  shortExten: string | null;
  /** True once Asterisk is known to have called it (Dial, Queue, Originate), false when it called Asterisk. */
  dialled: boolean;
  dialer: string | null;
  bridge: string | null;
  /** Who put the other side on hold: the phone, or a feature code of Asterisk's. */
  held: 'phone' | 'feature' | null;
  music: boolean;
  app: string;
  /** Extensions (devices) that its running Dial names and that have no channel yet: unregistered phones. */
  awaited: string[];
  /** How the latest phone of its running Dial ended, when one was rung at all. */
  dialEnded: string | null;
  leg: number | null;
  /** How it came to the client when nobody dialled it. */
  cameBy: 'pickup' | 'unpark' | 'recall' | 'itself' | null;
  hangupRequestedAtMs: number | null;
  recordFile: string | null;
  /** When its person last pressed a key: what tells a consultation given up (`*1`) from one that timed out. */
  digitAtMs: number | null;
}

export interface LegState {
  /** Survives merges; channels point to it. */
  readonly key: number;
  extension: string | null;
  number: string | null;
  of: string | null;
  device: string | null;
  /** The channel that dialled it, whose DIALSTATUS is about it. */
  dialer: string | null;
  role: LegRole;
  /** Channels still alive. */
  channels: string[];
  startedAtMs: number;
  ringingAtMs: number | null;
  /** When the phone was taken off the hook; nobody need have been there to talk to. */
  upAtMs: number | null;
  /** First joined with a person: the client, or the colleague in a consultation. */
  joinedAtMs: number | null;
  endedAtMs: number | null;
  /** First DialEnd of the phone; behind Local channels also that of the outermost one, which knows the truth. */
  status: string | null;
  outerStatus: string | null;
  cause: number | null;
  forwardedTo: string | null;
  pickedUp: boolean;
  /** The operator who wanted to consult did not wait for it. */
  givenUp: boolean;
  talkMs: number;
  consultMs: number;
  holdMs: number;
  doing: 'talk' | 'consult' | 'hold' | null;
  /** The bridge where it does so. */
  doingIn: string | null;
  /** The bridge where a talk was put on hold; null when it is not on hold, or has been elsewhere since. */
  heldIn: string | null;
  /** When a talk on hold was last taken back. */
  resumedAtMs: number | null;
  talkSinceMs: number | null;
  lastTalkAtMs: number | null;
  /** Until when it was with the client, on hold or not. */
  withClientUntilMs: number | null;
}

export interface TransferState {
  type: TransferType;
  by: string | null;
  to: string | null;
  atMs: number;
  blonde: boolean;
  completed: boolean;
  /** No longer waits for anybody: the target answered, or the client came back. */
  settled: boolean;
  /** For a guessed redirect: the operator's channel; if that one hung up by itself it was no transfer. */
  operatorChannel: string | null;
}

export interface RecordingState {
  file: string;
  channel: string;
  startedAtMs: number;
  endedAtMs: number | null;
}

export interface CallState {
  readonly id: string;
  linkedIds: string[];
  /** Living channels, the client's among them. */
  channels: string[];
  startedAtMs: number;
  /** The channel that the call began with. */
  originChannel: string;
  /** Name of that channel once it is gone: what a failed Originate is told by. */
  originName: string | null;
  originated: boolean;
  /** What became of the Originate was told, and with it the number that it was to call. */
  originateTold: boolean;
  origin: Origin | null;
  inbound: boolean;
  /** The client's living channels: two at most, while a second trunk is tried. */
  clientChannels: string[];
  hasClient: boolean;
  clientNumber: string | null;
  clientName: string | null;
  lineNumber: string | null;
  trunk: string | null;
  clientJoinedAtMs: number | null;
  clientEndedAtMs: number | null;
  clientLeft: boolean;
  answeredAtMs: number | null;
  lastAtMs: number;
  legs: LegState[];
  nextLeg: number;
  transfers: TransferState[];
  consult: { by: string; to: string; atMs: number; channel: string } | null;
  /** The operator whose bridge the client left without a word: a redirect, if a new dial follows. */
  leftOperator: { extension: string; channel: string; atMs: number } | null;
  stage: Stage;
  lostAt: Stage | null;
  cause: number | null;
  clientCause: number | null;
  dialStatus: string | null;
  hangupBy: 'client' | 'operator' | null;
  hangupByAtMs: number;
  recordings: RecordingState[];
  queue: { name: string; joinedAtMs: number; waitMs: number; inside: boolean } | null;
  pickup: { from: string | null; by: string } | null;
  forward: { from: string; to: string } | null;
  voicemail: { mailbox: string | null; leftMessage: boolean } | null;
  spiedBy: string[];
  holds: number;
  gap: boolean;
  talkMs: number;
  talking: boolean;
  settledAtMs: number;
  /** Told to the outside. A handset that dials a service (pickup, spy, voicemail box) is never told. */
  announced: boolean;
}

export function newLeg(key: number, role: LegRole, atMs: number): LegState {
  return {
    key,
    extension: null,
    number: null,
    of: null,
    device: null,
    dialer: null,
    role,
    channels: [],
    startedAtMs: atMs,
    ringingAtMs: null,
    upAtMs: null,
    joinedAtMs: null,
    endedAtMs: null,
    status: null,
    outerStatus: null,
    cause: null,
    forwardedTo: null,
    pickedUp: false,
    givenUp: false,
    talkMs: 0,
    consultMs: 0,
    holdMs: 0,
    doing: null,
    doingIn: null,
    heldIn: null,
    resumedAtMs: null,
    talkSinceMs: null,
    lastTalkAtMs: null,
    withClientUntilMs: null,
  };
}

export function newCall(id: string, originChannel: string, atMs: number): CallState {
  return {
    id,
    linkedIds: [],
    channels: [],
    startedAtMs: atMs,
    originChannel,
    originName: null,
    originated: false,
    originateTold: false,
    origin: null,
    inbound: false,
    clientChannels: [],
    hasClient: false,
    clientNumber: null,
    clientName: null,
    lineNumber: null,
    trunk: null,
    clientJoinedAtMs: null,
    clientEndedAtMs: null,
    clientLeft: false,
    answeredAtMs: null,
    lastAtMs: atMs,
    legs: [],
    nextLeg: 0,
    transfers: [],
    consult: null,
    leftOperator: null,
    stage: 'dialplan',
    lostAt: null,
    cause: null,
    clientCause: null,
    dialStatus: null,
    hangupBy: null,
    hangupByAtMs: 0,
    recordings: [],
    queue: null,
    pickup: null,
    forward: null,
    voicemail: null,
    spiedBy: [],
    holds: 0,
    gap: false,
    talkMs: 0,
    talking: false,
    settledAtMs: atMs,
    announced: false,
  };
}
