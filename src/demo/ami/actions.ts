// What each action does and answers, in the words of an Asterisk 22.
import { channelNamed, clickToCall, hangUp, redirectTo } from '../control.ts';
import { listActions } from './lists.ts';
import { lines } from '../core/event.ts';
import type { Request } from './request.ts';
import type { World } from '../world.ts';

/** What an action answers: headers of the response, and the events that follow it. */
export interface Answer {
  readonly response: 'Success' | 'Error' | 'Goodbye';
  readonly headers: Readonly<Record<string, string | number>>;
  readonly follow?: readonly string[];
}

const ok = (message: string): Answer => ({ response: 'Success', headers: { Message: message } });
export const refused = (message: string): Answer => ({ response: 'Error', headers: { Message: message } });

/** Asterisk runs for a while already when somebody connects. */
const date = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().slice(0, 10);
const time = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().slice(11, 19);

type Handler = (world: World, request: Request) => Answer;

const handlers: Readonly<Record<string, Handler>> = {
  ping: ({ core }) => ({
    response: 'Success',
    headers: {
      Ping: 'Pong',
      Timestamp: `${Math.floor(core.nowMs / 1000)}.${String(core.nowMs % 1000).padStart(3, '0')}000`,
    },
  }),
  coresettings: () => ({
    response: 'Success',
    headers: {
      AMIversion: '11.0.0',
      AsteriskVersion: '22.10.1 (demo)',
      SystemName: '',
      CoreMaxCalls: 0,
      CoreMaxLoadAvg: '0.000000',
      CoreRunUser: '',
      CoreRunGroup: '',
      CoreMaxFilehandles: 0,
      CoreRealTimeEnabled: 'No',
      CoreCDRenabled: 'Yes',
      CoreHTTPenabled: 'No',
      SoundsSearchCustomDir: 'No',
    },
  }),
  corestatus: ({ core }) => ({
    response: 'Success',
    headers: {
      CoreStartupDate: date(core.company.bootSeconds),
      CoreStartupTime: time(core.company.bootSeconds),
      CoreReloadDate: date(core.company.bootSeconds),
      CoreReloadTime: time(core.company.bootSeconds),
      CoreCurrentCalls: core.channels.size,
      CoreProcessedCalls: core.channels.size,
    },
  }),
  listcommands: () => ({
    response: 'Success',
    headers: Object.fromEntries(knownActions().map((name) => [name, '(Priv: <none>)'])),
  }),
  modulecheck: (_world, request) =>
    /^(app_queue|chan_pjsip|res_parking|app_mixmonitor|app_voicemail)(\.so)?$/.test(request.get('module'))
      ? { response: 'Success', headers: { Version: '' } }
      : refused('Module not loaded'),
  command: () => refused('The demo PBX has no console: connect a real Asterisk to send commands'),
  bridgeinfo: bridgeInfo,
  hangup,
  redirect,
  originate,
};

function bridgeInfo(world: World, request: Request): Answer {
  const bridge = world.core.bridges.get(request.get('bridgeuniqueid'));
  if (!bridge) return refused('Specified BridgeUniqueid not found');
  const id = actionIdLine(request);
  const members = bridge.channels.map((channel) => `Event: BridgeInfoChannel\r\n${id}${channel.headers()}\r\n`);
  const end = `Event: BridgeInfoComplete\r\n${id}EventList: Complete\r\nListItems: ${members.length}\r\n${bridge.headers()}\r\n`;
  return {
    response: 'Success',
    headers: { EventList: 'start', Message: 'Bridge channel listing will follow' },
    follow: [...members, end],
  };
}

function hangup(world: World, request: Request): Answer {
  const channel = channelNamed(world, request.get('channel'));
  if (!channel || !hangUp(world, channel, Number(request.get('cause')) || 16)) return refused('No such channel');
  return ok('Channel Hungup');
}

function redirect(world: World, request: Request): Answer {
  const channel = channelNamed(world, request.get('channel'));
  if (!channel) return refused('Channel does not exist');
  return redirectTo(world, channel, request.get('exten'))
    ? ok('Redirect successful')
    : refused('Redirect failed, channel not up');
}

function originate(world: World, request: Request): Answer {
  const extension = /^PJSIP\/(\d+)$/.exec(request.get('channel'))?.[1];
  if (extension === undefined || !world.core.company.staff.some((one) => one.extension === extension)) {
    return refused('Originate failed: the demo PBX calls from PJSIP/<extension of its own> only');
  }
  const number = request.get('exten').replaceAll(/[^\d+*#]/g, '');
  if (number === '') return refused('Originate failed: the demo PBX needs Exten');
  const callerId = /^\s*"?([^"<]*?)"?\s*(?:<([^>]*)>)?\s*$/.exec(request.get('callerid'));
  clickToCall(world, {
    extension,
    number,
    context: request.get('context') || 'default',
    caller: { num: callerId?.[2] ?? '', name: callerId?.[1] ?? '' },
    timeoutMs: Number(request.get('timeout')) || 30_000,
    variables: request.all('variable'),
    actionId: request.get('actionid'),
    channelId: request.get('channelid'),
  });
  return ok('Originate successfully queued');
}

const knownActions = (): string[] => [
  ...Object.keys(handlers),
  ...Object.keys(listActions),
  'login',
  'challenge',
  'logoff',
  'events',
  'filter',
];

export const actionIdLine = (request: Request): string =>
  request.get('actionid') === '' ? '' : lines({ ActionID: request.get('actionid') });

/** Answers an action that is not about the session itself. */
export function answer(world: World, request: Request): Answer {
  const handler = Object.hasOwn(handlers, request.action) ? handlers[request.action] : undefined;
  if (handler) return handler(world, request);
  const list = Object.hasOwn(listActions, request.action) ? listActions[request.action] : undefined;
  if (!list)
    return refused(
      `Invalid/unknown command: ${request.get('action')}. Use Action: ListCommands to show available commands.`,
    );
  const id = actionIdLine(request);
  const items = list.items(world.core, request).map((item) => item(id));
  const extra = list.extra?.(world.core, items.length) ?? '';
  const end = `Event: ${list.complete}\r\n${id}EventList: Complete\r\nListItems: ${items.length}\r\n${extra}\r\n`;
  return { response: 'Success', headers: { EventList: 'start', Message: list.message }, follow: [...items, end] };
}
