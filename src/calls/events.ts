// The one normalised stream that the tracker sees. AMI and CEL are both translated into it (pbx/ami-events.ts, pbx/cel-events.ts).

export type ChannelState = 'down' | 'ring' | 'ringing' | 'up';

/** What an event says of a channel, besides its own news. An absent key means that the event did not say. */
export interface ChannelInfo {
  /** Uniqueid: the only key of a channel; names start again from zero after a restart of Asterisk. */
  readonly id: string;
  readonly name: string;
  readonly linkedId: string;
  readonly state?: ChannelState;
  /** Null when Asterisk says that there is none. */
  readonly number?: string | null;
  readonly callerName?: string | null;
  readonly exten?: string;
  /** The number first dialled, which survives transfers (Status DNID, CEL cid_dnid). */
  readonly dnid?: string;
}

/** A channel in the list that Asterisk gives on connect. */
export interface SnapshotChannel extends ChannelInfo {
  readonly bridge: string | null;
  readonly app: string;
  readonly appData: string;
  /** How long it exists, in seconds, when the list says so. */
  readonly ageSec?: number;
}

interface At {
  /** Unix ms. */
  readonly atMs: number;
}

export type PbxEvent = At &
  (
    | { type: 'channel'; channel: ChannelInfo }
    | { type: 'state'; channel: ChannelInfo }
    | { type: 'caller-id'; channel: ChannelInfo }
    | { type: 'app'; channel: ChannelInfo; app: string; data: string; exten: string }
    | { type: 'dial-status'; channelId: string; status: string }
    | { type: 'queue-status'; channelId: string; status: string }
    | { type: 'dial-begin'; caller: ChannelInfo | null; dest: ChannelInfo; dialString: string }
    | { type: 'dial-end'; caller: ChannelInfo | null; dest: ChannelInfo; status: string; forward: string | null }
    | { type: 'bridge-enter'; channel: ChannelInfo; bridge: string; holding: boolean; conference: boolean }
    | { type: 'bridge-leave'; channelId: string; bridge: string }
    | { type: 'blind-transfer'; transferer: ChannelInfo; transferee: ChannelInfo | null; exten: string }
    | {
        type: 'attended-transfer';
        transferer: ChannelInfo;
        second: ChannelInfo | null;
        transferee: ChannelInfo | null;
        target: ChannelInfo | null;
        threeway: boolean;
      }
    | { type: 'pickup'; picker: ChannelInfo; target: ChannelInfo }
    | { type: 'park'; parkee: ChannelInfo; parker: string | null }
    | { type: 'unpark'; parkee: ChannelInfo; retriever: ChannelInfo | null }
    | { type: 'hold'; channelId: string; on: boolean; phone: boolean }
    | { type: 'music'; channelId: string; on: boolean }
    /** Somebody pressed a key; which one is nobody's business. */
    | { type: 'digit'; channelId: string }
    | { type: 'queue-join'; channel: ChannelInfo; queue: string }
    | { type: 'queue-leave'; channelId: string }
    | { type: 'spy'; spyer: ChannelInfo; spyee: ChannelInfo }
    | { type: 'record-file'; channelId: string; file: string }
    | { type: 'record-start'; channelId: string; file?: string }
    | { type: 'record-stop'; channelId: string }
    | { type: 'message-left'; mailbox: string }
    /** What became of an Originate is known; `exten` is empty when the source does not tell the number that it was to call. */
    | { type: 'originated'; channelId: string | null; channelName: string; exten: string }
    | { type: 'hangup-request'; channelId: string }
    | {
        type: 'hangup';
        channel: ChannelInfo;
        cause: number | null;
        /** Name of the channel that ended it (CEL hangupsource); undefined when the source does not tell. */
        source?: string;
        dialStatus?: string;
      }
    /** Nothing is known of what happened since the event before this one: the connection was away. */
    | { type: 'gap' }
    /** `first`: the first list of a connection; later ones only confirm what the stream has told. */
    | { type: 'snapshot'; channels: readonly SnapshotChannel[]; first: boolean }
  );
