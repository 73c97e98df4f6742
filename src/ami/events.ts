// Headers of the events that call tracking reads, as recorded on Asterisk 16.28 and 22.10. Only types: nothing here
// costs anything at run time, and an event that is not listed is a plain AmiMessage.
import type { AmiMessage } from './message.ts';

type Channel =
  | 'Channel'
  | 'ChannelState'
  | 'ChannelStateDesc'
  | 'CallerIDNum'
  | 'CallerIDName'
  | 'ConnectedLineNum'
  | 'ConnectedLineName'
  | 'Language'
  | 'AccountCode'
  | 'Context'
  | 'Exten'
  | 'Priority'
  | 'Uniqueid'
  | 'Linkedid';

type Bridge =
  | 'BridgeUniqueid'
  | 'BridgeType'
  | 'BridgeTechnology'
  | 'BridgeCreator'
  | 'BridgeName'
  | 'BridgeNumChannels'
  | 'BridgeVideoSourceMode';

type Of<Role extends string, Part extends string> = `${Role}${Part}`;
type Dest = Of<'Dest', Channel>;
type Halves = Of<'LocalOne', Channel> | Of<'LocalTwo', Channel>;
type Parked =
  Of<'Parkee', Channel> | 'ParkerDialString' | 'Parkinglot' | 'ParkingSpace' | 'ParkingTimeout' | 'ParkingDuration';
type QueueCaller = Channel | 'Queue' | 'Position';
type QueueAgent = Channel | Dest | 'Queue' | 'Interface' | 'MemberName';
type HangupCause = Channel | 'Cause' | 'TechCause';

/** Headers by event name, beside those that any event may have (`Privilege`, `Timestamp`, `ActionID`, `SystemName`). */
export interface AmiEventHeaders {
  FullyBooted: 'Status' | 'Uptime' | 'LastReload';
  Shutdown: 'Shutdown' | 'Restart';

  Newchannel: Channel;
  Newstate: Channel;
  NewCallerid: Channel | 'CID-CallingPres';
  NewConnectedLine: Channel;
  Newexten: Channel | 'Extension' | 'Application' | 'AppData';
  VarSet: Channel | 'Variable' | 'Value';
  Hold: Channel | 'MusicClass';
  Unhold: Channel;
  MusicOnHoldStart: Channel | 'Class';
  MusicOnHoldStop: Channel;
  DTMFEnd: Channel | 'Digit' | 'DurationMs' | 'Direction';
  HangupRequest: HangupCause;
  SoftHangupRequest: HangupCause;
  Hangup: HangupCause | 'Cause-txt';

  DialBegin: Channel | Dest | 'DialString';
  DialState: Channel | Dest | 'DialStatus';
  DialEnd: Channel | Dest | 'DialStatus' | 'Forward';
  OriginateResponse:
    'Response' | 'Channel' | 'Context' | 'Exten' | 'Reason' | 'Uniqueid' | 'CallerIDNum' | 'CallerIDName';

  BridgeCreate: Bridge;
  BridgeDestroy: Bridge;
  BridgeEnter: Channel | Bridge | 'SwapUniqueid';
  BridgeLeave: Channel | Bridge;
  BridgeMerge: Of<'To', Bridge> | Of<'From', Bridge>;
  LocalBridge: Halves | 'Context' | 'Exten' | 'LocalOptimization';
  LocalOptimizationBegin: Halves | Of<'Source', Channel> | 'DestUniqueId' | 'Id';
  LocalOptimizationEnd: Halves | 'Success' | 'Id';

  BlindTransfer:
    Of<'Transferer', Channel> | Of<'Transferee', Channel> | Bridge | 'Result' | 'IsExternal' | 'Context' | 'Extension';
  AttendedTransfer:
    | Of<'OrigTransferer', Channel>
    | Of<'SecondTransferer', Channel>
    | Of<'Transferee', Channel>
    | Of<'TransferTarget', Channel>
    | Of<'Orig', Bridge>
    | Of<'Second', Bridge>
    | 'Result'
    | 'IsExternal'
    | 'DestType'
    | 'DestBridgeUniqueid'
    | 'DestApp'
    | 'DestTransfererChannel';
  Pickup: Channel | Of<'Target', Channel>;

  ParkedCall: Parked;
  ParkedCallTimeOut: Parked;
  ParkedCallGiveUp: Parked;
  UnParkedCall: Parked | Of<'Retriever', Channel>;

  QueueCallerJoin: QueueCaller | 'Count';
  QueueCallerLeave: QueueCaller | 'Count';
  QueueCallerAbandon: QueueCaller | 'OriginalPosition' | 'HoldTime';
  AgentCalled: QueueAgent;
  AgentRingNoAnswer: QueueAgent | 'RingTime';
  AgentConnect: QueueAgent | 'HoldTime' | 'RingTime';
  AgentComplete: QueueAgent | 'HoldTime' | 'TalkTime' | 'Reason';

  ConfbridgeStart: Bridge | 'Conference';
  ConfbridgeJoin: Channel | Bridge | 'Conference' | 'Admin' | 'Muted';
  ConfbridgeLeave: Channel | Bridge | 'Conference' | 'Admin';
  ConfbridgeEnd: Bridge | 'Conference';
  ChanSpyStart: Of<'Spyer', Channel> | Of<'Spyee', Channel>;
  ChanSpyStop: Of<'Spyer', Channel> | Of<'Spyee', Channel>;
  MixMonitorStart: Channel;
  MixMonitorStop: Channel;

  ContactStatus: 'URI' | 'ContactStatus' | 'AOR' | 'EndpointName' | 'RoundtripUsec';
  DeviceStateChange: 'Device' | 'State';
  ExtensionStatus: 'Exten' | 'Context' | 'Hint' | 'Status' | 'StatusText';

  CoreShowChannel: Channel | 'Application' | 'ApplicationData' | 'Duration' | 'BridgeId';
  Status: Channel | 'Type' | 'DNID' | 'BridgeID' | 'Application' | 'Data' | 'Seconds';
  BridgeListItem: Bridge;
}

export type AmiEventName = keyof AmiEventHeaders;
type AnyEvent = 'Event' | 'Privilege' | 'Timestamp' | 'ActionID' | 'SystemName';

/** An event whose headers are known: a misspelt key is an error of compilation. */
export type AmiEvent<Name extends AmiEventName> = Omit<AmiMessage, 'name' | 'get' | 'has'> & {
  readonly name: Name;
  get(key: AmiEventHeaders[Name] | AnyEvent): string;
  has(key: AmiEventHeaders[Name] | AnyEvent): boolean;
};

/** Tells which event a message is, and with that which headers it may be asked for. */
export function isEvent<Name extends AmiEventName>(message: AmiMessage, name: Name): message is AmiEvent<Name> {
  return message.name === name;
}
