// The lists of a snapshot, with the headers and the words of an Asterisk 22.
import type { Channel } from '../core/channel.ts';
import { deviceStateCodes, type DeviceState } from '../core/devices.ts';
import { lines, shownName, unknown } from '../core/event.ts';
import type { Core } from '../core/core.ts';
import type { Request } from './request.ts';

/** @param text headers of one event, without Event. Some events have the ActionID first, some last. */
const first = (event: string, text: string) => (actionId: string) => `Event: ${event}\r\n${actionId}${text}\r\n`;
const last = (event: string, text: string) => (actionId: string) => `Event: ${event}\r\n${text}${actionId}\r\n`;

const seconds = (core: Core, channel: Channel): number => Math.floor((core.nowMs - channel.createdAtMs) / 1000);
const two = (number: number): string => String(number).padStart(2, '0');

function duration(total: number): string {
  return `${two(Math.floor(total / 3600))}:${two(Math.floor(total / 60) % 60)}:${two(total % 60)}`;
}

function coreShowChannel(core: Core, channel: Channel): string {
  const extra = {
    Application: channel.application,
    ApplicationData: channel.applicationData,
    Duration: duration(seconds(core, channel)),
    BridgeId: channel.bridge?.uniqueid ?? '',
  };
  return channel.headers() + lines(extra);
}

function status(core: Core, channel: Channel): string {
  return (
    `Privilege: Call\r\n${channel.headers()}` +
    lines({
      Type: channel.isLocal ? 'Local' : 'PJSIP',
      DNID: channel.dnid,
      EffectiveConnectedLineNum: channel.connected.num || unknown,
      EffectiveConnectedLineName: shownName(channel.connected.name),
      TimeToHangup: 0,
      BridgeID: channel.bridge?.uniqueid ?? '',
      Application: channel.application,
      Data: channel.applicationData,
      Nativeformats: '(ulaw)',
      Readformat: 'ulaw',
      Readtrans: '',
      Writeformat: 'ulaw',
      Writetrans: '',
      Callgroup: 0,
      Pickupgroup: 0,
      Seconds: seconds(core, channel),
    })
  );
}

function queueStatus(core: Core, wanted: string): ((actionId: string) => string)[] {
  return core.company.queues
    .filter((queue) => wanted === '' || queue.name === wanted)
    .flatMap((queue) => {
      const callers = core.waiting.get(queue.name) ?? [];
      const counts = { Calls: callers.length, Holdtime: 0, TalkTime: 0, Completed: 0, Abandoned: 0 };
      const figures = { ServiceLevel: 0, ServicelevelPerf: '0.0', ServicelevelPerf2: '0.0', Weight: 0 };
      const params = {
        Queue: queue.name,
        Max: 0,
        Strategy: queue.style === 'linear' ? 'linear' : 'ringall',
        ...counts,
        ...figures,
      };
      const members = queue.members.map((member) => ({
        Queue: queue.name,
        Name: member.name,
        Location: queue.interfaceOf(member),
        StateInterface: `PJSIP/${member.extension}`,
        Membership: 'static',
        Penalty: 0,
        CallsTaken: 0,
        LastCall: 0,
        LastPause: 0,
        LoginTime: core.company.bootSeconds,
        InCall: 0,
        Status: deviceStateCodes[core.devices.state(`PJSIP/${member.extension}`)],
        Paused: 0,
        PausedReason: '',
        Wrapuptime: 0,
      }));
      const entries = callers.map((caller, index) => ({
        Queue: queue.name,
        Position: index + 1,
        Channel: caller.name,
        Uniqueid: caller.uniqueid,
        CallerIDNum: caller.caller.num || unknown,
        CallerIDName: shownName(caller.caller.name),
        ConnectedLineNum: caller.connected.num || unknown,
        ConnectedLineName: shownName(caller.connected.name),
        Wait: seconds(core, caller),
        Priority: 0,
      }));
      return [
        last('QueueParams', lines(params)),
        ...members.map((member) => last('QueueMember', lines(member))),
        ...entries.map((entry) => last('QueueEntry', lines(entry))),
      ];
    });
}

const deviceWords: Record<DeviceState, string> = {
  NOT_INUSE: 'Not in use',
  INUSE: 'In use',
  RINGING: 'Ringing',
  RINGINUSE: 'Ring+Inuse',
  UNAVAILABLE: 'Unavailable',
};

/** Names of all endpoints: phones and trunks. */
const endpoints = (core: Core): string[] => [...core.company.staff.map((one) => one.extension), ...core.company.trunks];
const isTrunk = (core: Core, name: string): boolean => core.company.trunks.includes(name);
const contactOf = (core: Core, name: string): string =>
  core.company.unregistered.has(name)
    ? ''
    : isTrunk(core, name)
      ? `${name}/sip:192.0.2.1:5060,`
      : `${name}/sip:${name}@192.0.2.${100 + (Number(name) % 100)}:5060,`;

function endpointList(core: Core, name: string): string {
  return lines({
    ObjectType: 'endpoint',
    ObjectName: name,
    Transport: '',
    Aor: name,
    Auths: isTrunk(core, name) ? '' : name,
    OutboundAuths: isTrunk(core, name) ? name : '',
    Contacts: contactOf(core, name),
    DeviceState: deviceWords[core.devices.state(`PJSIP/${name}`)],
    ActiveChannels: core.devices.count(`PJSIP/${name}`),
  });
}

function registration(core: Core, trunk: string): string {
  return lines({
    ObjectType: 'registration',
    ObjectName: trunk,
    ServerUri: 'sip:192.0.2.1',
    ClientUri: `sip:${trunk}@192.0.2.1`,
    Endpoint: trunk,
    Status: 'Registered',
    NextReg: 60 + (core.company.bootSeconds % 60),
  });
}

/** The status of a hint, as `core show hints` numbers it (asterisk: AST_EXTENSION_*). */
const hints: Record<DeviceState, [number, string]> = {
  NOT_INUSE: [0, 'Idle'],
  INUSE: [1, 'InUse'],
  UNAVAILABLE: [4, 'Unavailable'],
  RINGING: [8, 'Ringing'],
  RINGINUSE: [9, 'InUse&Ringing'],
};

function hint(core: Core, extension: string): string {
  const [code, text] = hints[core.devices.state(`PJSIP/${extension}`)];
  return lines({
    Exten: extension,
    Context: 'from-internal',
    Hint: `PJSIP/${extension}`,
    Status: code,
    StatusText: text,
  });
}

interface ListAction {
  readonly message: string;
  readonly complete: string;
  items(core: Core, request: Request): ((actionId: string) => string)[];
  extra?(core: Core, items: number): string;
}

const channelsOf = (core: Core): Channel[] => [...core.channels.values()];

/** Every list that is answered, by the action's name. */
export const listActions: Readonly<Record<string, ListAction>> = {
  coreshowchannels: {
    message: 'Channels will follow',
    complete: 'CoreShowChannelsComplete',
    items: (core) => channelsOf(core).map((channel) => first('CoreShowChannel', coreShowChannel(core, channel))),
  },
  status: {
    message: 'Channel status will follow',
    complete: 'StatusComplete',
    items: (core, request) => {
      const wanted = request.get('channel');
      const some = channelsOf(core).filter((channel) => wanted === '' || channel.name === wanted);
      return some.map((channel) => last('Status', status(core, channel)));
    },
    extra: (_core, items) => lines({ Items: items }),
  },
  bridgelist: {
    message: 'Bridge listing will follow',
    complete: 'BridgeListComplete',
    items: (core) => [...core.bridges.values()].map((bridge) => first('BridgeListItem', bridge.headers())),
  },
  queuestatus: {
    message: 'Queue status will follow',
    complete: 'QueueStatusComplete',
    items: (core, request) => queueStatus(core, request.get('queue')),
  },
  queuesummary: {
    message: 'Queue summary will follow',
    complete: 'QueueSummaryComplete',
    items: (core) =>
      core.company.queues.map((queue) => {
        const free = queue.members.filter((one) => core.devices.state(`PJSIP/${one.extension}`) === 'NOT_INUSE').length;
        const callers = core.waiting.get(queue.name)?.length ?? 0;
        const times = { HoldTime: 0, TalkTime: 0, LongestHoldTime: 0 };
        return last(
          'QueueSummary',
          lines({ Queue: queue.name, LoggedIn: queue.members.length, Available: free, Callers: callers, ...times }),
        );
      }),
  },
  pjsipshowendpoints: {
    message: 'A listing of Endpoints follows, presented as EndpointList events',
    complete: 'EndpointListComplete',
    items: (core) => endpoints(core).map((name) => first('EndpointList', endpointList(core, name))),
  },
  pjsipshowregistrationsoutbound: {
    message: 'Following are Events for each Outbound registration',
    complete: 'OutboundRegistrationDetailComplete',
    items: (core) => core.company.trunks.map((trunk) => first('OutboundRegistrationDetail', registration(core, trunk))),
    extra: (core) => lines({ Registered: core.company.trunks.length, NotRegistered: 0 }),
  },
  extensionstatelist: {
    message: 'Extension Statuses will follow',
    complete: 'ExtensionStateListComplete',
    items: (core) => core.company.staff.map((one) => first('ExtensionStatus', hint(core, one.extension))),
  },
  devicestatelist: {
    message: 'Device State Changes will follow',
    complete: 'DeviceStateListComplete',
    items: (core) =>
      endpoints(core).map((name) =>
        first('DeviceStateChange', lines({ Device: `PJSIP/${name}`, State: core.devices.state(`PJSIP/${name}`) })),
      ),
  },
  parkedcalls: {
    message: 'Parked calls will follow',
    complete: 'ParkedCallsComplete',
    items: (core) =>
      [...core.parked].map(([slot, channel]) =>
        last('ParkedCall', channel.headers('Parkee') + lines({ Parkinglot: 'default', ParkingSpace: slot })),
      ),
  },
};
