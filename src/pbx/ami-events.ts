// AMI messages as the normalised stream. Header names and their order of arrival: Asterisk 16.28 and 22.10.
import type { ChannelInfo, ChannelState, PbxEvent, SnapshotChannel } from '../calls/events.ts';
import { type AmiMessage, unescapeC } from '../ami/index.ts';

/** ChannelState of channel events: 4 is Ring (it called us), 5 Ringing (we call it). */
const states: Record<string, ChannelState> = { '0': 'down', '1': 'down', '4': 'ring', '5': 'ringing', '6': 'up' };

/** Asterisk writes `<unknown>` where there is nothing. */
const present = (value: string): string | null => (value === '' || value === '<unknown>' ? null : value);

/** What an event says of the channel whose headers begin with a prefix; null when it has none (DialBegin without a caller). */
function channelOf(message: AmiMessage, prefix = ''): ChannelInfo | null {
  const id = message.get(`${prefix}Uniqueid`);
  if (id === '' || id === '<unknown>') return null;
  const state = states[message.get(`${prefix}ChannelState`)];
  return {
    id,
    name: message.get(`${prefix}Channel`),
    linkedId: message.get(`${prefix}Linkedid`),
    ...(state && { state }),
  };
}

/** With number, name and extension: only where they are new, because most events repeat them. */
function fullChannelOf(message: AmiMessage, prefix = ''): ChannelInfo | null {
  const channel = channelOf(message, prefix);
  if (!channel) return null;
  const name = present(message.get(`${prefix}CallerIDName`));
  return {
    ...channel,
    number: present(message.get(`${prefix}CallerIDNum`)),
    callerName: name === null ? null : unescapeC(name),
    exten: message.get(`${prefix}Exten`),
  };
}

/** The VarSet that matter; the other thousand per call do not. */
const variables = new Set(['DIALSTATUS', 'QUEUESTATUS', 'MIXMONITOR_FILENAME']);

/** Turns the stream of one AMI connection, or of several one after another, into events. Keeps only the list that is being received. */
export class AmiTranslator {
  #list: SnapshotChannel[] = [];
  #connected = false;
  #listed = false;

  /** The events that a message stands for: none for most. */
  translate(message: AmiMessage, atMs: number): PbxEvent[] {
    const event = this.#one(message, atMs);
    return event ? [event] : [];
  }

  /** The greeting of a new connection. What happened before it is unknown, unless it is the first. */
  banner(atMs: number): PbxEvent[] {
    const again = this.#connected;
    this.#connected = true;
    this.#listed = false;
    this.#list = [];
    return again ? [{ type: 'gap', atMs }] : [];
  }

  #one(message: AmiMessage, atMs: number): PbxEvent | null {
    switch (message.name) {
      case 'VarSet':
        return variable(message, atMs);
      case 'Newexten': {
        const channel = channelOf(message);
        const app = message.get('Application');
        const data = message.get('AppData');
        return channel && { type: 'app', atMs, channel, app, data, exten: message.get('Extension') };
      }
      case 'Newchannel': {
        const channel = fullChannelOf(message);
        return channel && { type: 'channel', atMs, channel };
      }
      case 'Newstate': {
        const channel = fullChannelOf(message);
        return channel && { type: 'state', atMs, channel };
      }
      case 'NewCallerid': {
        const channel = fullChannelOf(message);
        return channel && { type: 'caller-id', atMs, channel };
      }
      case 'DialBegin': {
        const dest = fullChannelOf(message, 'Dest');
        return (
          dest && {
            type: 'dial-begin',
            atMs,
            caller: fullChannelOf(message),
            dest,
            dialString: message.get('DialString'),
          }
        );
      }
      case 'DialState': {
        const dest = channelOf(message, 'Dest');
        const rings = message.get('DialStatus') === 'RINGING';
        return rings && dest ? { type: 'state', atMs, channel: { ...dest, state: 'ringing' } } : null;
      }
      case 'DialEnd': {
        const dest = channelOf(message, 'Dest');
        const forward = present(message.get('Forward'));
        return (
          dest && {
            type: 'dial-end',
            atMs,
            caller: channelOf(message),
            dest,
            status: message.get('DialStatus'),
            forward,
          }
        );
      }
      case 'BridgeEnter': {
        const channel = fullChannelOf(message);
        if (!channel) return null;
        const conference = message.get('BridgeCreator') === 'ConfBridge';
        const holding = message.get('BridgeTechnology') === 'holding_bridge';
        return { type: 'bridge-enter', atMs, channel, bridge: message.get('BridgeUniqueid'), holding, conference };
      }
      case 'BridgeLeave':
        return {
          type: 'bridge-leave',
          atMs,
          channelId: message.get('Uniqueid'),
          bridge: message.get('BridgeUniqueid'),
        };
      case 'Hangup': {
        const channel = channelOf(message);
        const cause = Number.parseInt(message.get('Cause'), 10);
        return channel && { type: 'hangup', atMs, channel, cause: Number.isNaN(cause) ? null : cause };
      }
      case 'HangupRequest':
        return { type: 'hangup-request', atMs, channelId: message.get('Uniqueid') };
      case 'Hold':
      case 'Unhold': {
        const on = message.name === 'Hold';
        return { type: 'hold', atMs, channelId: message.get('Uniqueid'), on, phone: message.has('MusicClass') };
      }
      case 'MusicOnHoldStart':
      case 'MusicOnHoldStop':
        return { type: 'music', atMs, channelId: message.get('Uniqueid'), on: message.name === 'MusicOnHoldStart' };
      default:
        return this.#rare(message, atMs);
    }
  }

  #rare(message: AmiMessage, atMs: number): PbxEvent | null {
    switch (message.name) {
      case 'BlindTransfer': {
        const transferer = channelOf(message, 'Transferer');
        if (!transferer || message.get('Result') !== 'Success') return null;
        const transferee = channelOf(message, 'Transferee');
        return { type: 'blind-transfer', atMs, transferer, transferee, exten: message.get('Extension') };
      }
      case 'AttendedTransfer': {
        const transferer = channelOf(message, 'OrigTransferer');
        if (!transferer || message.get('Result') !== 'Success') return null;
        return {
          type: 'attended-transfer',
          atMs,
          transferer,
          second: channelOf(message, 'SecondTransferer'),
          transferee: channelOf(message, 'Transferee'),
          target: channelOf(message, 'TransferTarget'),
          threeway: message.get('DestType') === 'Threeway',
        };
      }
      case 'Pickup': {
        const picker = channelOf(message);
        const target = channelOf(message, 'Target');
        return picker && target && { type: 'pickup', atMs, picker, target };
      }
      case 'ParkedCall': {
        const parkee = channelOf(message, 'Parkee');
        return parkee && { type: 'park', atMs, parkee, parker: present(message.get('ParkerDialString')) };
      }
      case 'UnParkedCall': {
        const parkee = channelOf(message, 'Parkee');
        return parkee && { type: 'unpark', atMs, parkee, retriever: channelOf(message, 'Retriever') };
      }
      case 'DTMFEnd':
        return message.get('Direction') === 'Received'
          ? { type: 'digit', atMs, channelId: message.get('Uniqueid') }
          : null;
      case 'QueueCallerJoin': {
        const channel = channelOf(message);
        return channel && { type: 'queue-join', atMs, channel, queue: message.get('Queue') };
      }
      case 'QueueCallerLeave':
        return { type: 'queue-leave', atMs, channelId: message.get('Uniqueid') };
      case 'ChanSpyStart': {
        const spyer = fullChannelOf(message, 'Spyer');
        const spyee = channelOf(message, 'Spyee');
        return spyer && spyee && { type: 'spy', atMs, spyer, spyee };
      }
      case 'MixMonitorStart':
        return { type: 'record-start', atMs, channelId: message.get('Uniqueid') };
      case 'MixMonitorStop':
        return { type: 'record-stop', atMs, channelId: message.get('Uniqueid') };
      case 'MessageWaiting':
        return Number(message.get('New')) > 0 ? { type: 'message-left', atMs, mailbox: message.get('Mailbox') } : null;
      case 'OriginateResponse': {
        const channelId = present(message.get('Uniqueid'));
        return {
          type: 'originated',
          atMs,
          channelId,
          channelName: message.get('Channel'),
          exten: message.get('Exten'),
        };
      }
      case 'CoreShowChannel':
        this.#list.push(listed(message, 'BridgeId', 'ApplicationData'));
        return null;
      case 'Status':
        this.#list.push(listed(message, 'BridgeID', 'Data'));
        return null;
      case 'CoreShowChannelsComplete':
      case 'StatusComplete': {
        const channels = this.#list;
        this.#list = [];
        // A list that did not arrive whole (or was cut out of a recording) would close what still lives.
        if (Number(message.get('ListItems')) !== channels.length) return null;
        const first = !this.#listed;
        this.#listed = true;
        return { type: 'snapshot', atMs, channels, first };
      }
      default:
        return null;
    }
  }
}

function listed(message: AmiMessage, bridgeKey: string, dataKey: string): SnapshotChannel {
  const channel = fullChannelOf(message) ?? { id: '', name: '', linkedId: '' };
  const dnid = present(message.get('DNID'));
  const bridge = present(message.get(bridgeKey));
  const seconds = message.get('Seconds');
  return {
    ...channel,
    ...(dnid !== null && { dnid }),
    bridge,
    app: message.get('Application'),
    appData: message.get(dataKey),
    ...(seconds !== '' && { ageSec: Number(seconds) }),
  };
}

function variable(message: AmiMessage, atMs: number): PbxEvent | null {
  const name = message.get('Variable');
  if (!variables.has(name)) return null;
  const channelId = message.get('Uniqueid');
  const value = message.get('Value');
  if (name === 'DIALSTATUS') return { type: 'dial-status', atMs, channelId, status: value };
  if (name === 'QUEUESTATUS') return { type: 'queue-status', atMs, channelId, status: value };
  return value === '' ? null : { type: 'record-file', atMs, channelId, file: value };
}
