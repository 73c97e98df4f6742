// Queue: a caller waits with music, members are called, one of them takes the caller.
import { lines } from './event.ts';
import { dialEnd, newPhone, nameOf } from './dial.ts';
import { startLocalCall, type LocalCall } from './local.ts';
import type { Channel } from './channel.ts';
import type { CompanyQueue, Employee } from '../company.ts';
import type { Core } from './core.ts';

/** A caller in a queue. */
export interface Waiting {
  readonly queue: CompanyQueue;
  readonly caller: Channel;
  readonly since: number;
  readonly position: number;
  ringing: Called[];
}

/** A member who is being called: the phone, or the asking half of the Local pair that leads to it. */
export interface Called {
  readonly member: Employee;
  readonly channel: Channel;
  readonly local: LocalCall | null;
  readonly since: number;
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000);

/** @param seconds after which the queue gives up. */
export function joinQueue(core: Core, caller: Channel, queue: CompanyQueue, seconds: number): Waiting {
  core.running(caller, 'Queue', `${queue.name},tTkK,,,${seconds}`);
  core.setVar(caller, 'QUEUEWAIT', '');
  const callers = core.waiting.get(queue.name) ?? [];
  callers.push(caller);
  core.waiting.set(queue.name, callers);
  core.emit(
    'QueueCallerJoin',
    'agent',
    caller.headers() + lines({ Queue: queue.name, Position: callers.length, Count: callers.length }),
  );
  core.about('MusicOnHoldStart', caller, { Class: 'default' });
  return { queue, caller, since: core.nowMs, position: callers.length, ringing: [] };
}

const membership = (waiting: Waiting, member: Employee): Record<string, string> => ({
  Queue: waiting.queue.name,
  Interface: waiting.queue.interfaceOf(member),
  MemberName: member.name,
});

function aboutMember(
  core: Core,
  name: string,
  waiting: Waiting,
  called: Called,
  extra: Record<string, string | number>,
): void {
  const body =
    waiting.caller.headers() +
    called.channel.headers('Dest') +
    lines({ ...membership(waiting, called.member), ...extra });
  core.emit(name, 'agent', body);
}

/** Calls members; they ring at once. */
export function callMembers(core: Core, waiting: Waiting, members: readonly Employee[]): void {
  waiting.ringing = members.map((member) => callMember(core, waiting, member, members.length === 1));
  for (const { channel, local } of waiting.ringing) {
    const appQueue = (): void => {
      core.running(channel, 'AppQueue', '(Outgoing Line)');
      core.setConnected(channel, channel.connected);
    };
    if (local) local.ring(appQueue);
    else {
      core.setState(channel, 'Ringing');
      appQueue();
    }
    core.emit(
      'DialState',
      'call',
      waiting.caller.headers() + channel.headers('Dest') + lines({ DialStatus: 'RINGING' }),
    );
  }
}

function callMember(core: Core, waiting: Waiting, member: Employee, alone: boolean): Called {
  const { caller, queue } = waiting;
  const local = queue.style === 'local' ? startLocalCall(core, caller, member.extension, 'from-queue') : null;
  const channel = local?.one ?? newPhone(core, member.extension, caller.linkedid);
  if (!local) core.setVar(channel, 'DIALEDPEERNUMBER', member.extension);
  // DialBegin shows the channel as it was a moment before AgentCalled.
  const before = channel.headers('Dest');
  channel.connected = caller.caller;
  channel.goTo({ exten: caller.place.exten });
  const called = { member, channel, local, since: core.nowMs };
  aboutMember(core, 'AgentCalled', waiting, called, {});
  core.emit('DialBegin', 'call', caller.headers() + before + lines({ DialString: queue.interfaceOf(member) }));
  if (alone) core.setConnected(caller, nameOf(core, member.extension));
  local?.dialPhone();
  return called;
}

/** The members rang out; the caller goes on waiting. */
export function membersRangOut(core: Core, waiting: Waiting): void {
  for (const called of waiting.ringing) {
    aboutMember(core, 'AgentRingNoAnswer', waiting, called, {
      RingTime: wholeSeconds(core.nowMs - called.since) * 1000,
    });
    dialEnd(core, waiting.caller, called.channel, 'NOANSWER');
    dialEnd(core, waiting.caller, called.channel, 'CANCEL');
    if (called.local) called.local.giveUp({ cause: 16 });
    else core.hangup(called.channel, { cause: 0 });
  }
  waiting.ringing = [];
}

/** One of the ringing members answers and talks with the caller. @returns the member's channel that is bridged with the caller. */
export function memberAnswers(core: Core, waiting: Waiting, member: Employee): Called {
  const { caller, queue } = waiting;
  const taken = waiting.ringing.find((called) => called.member === member);
  if (!taken) throw new Error(`nobody rings ${member.extension}`);
  const others = waiting.ringing.filter((called) => called !== taken);
  if (taken.local) taken.local.answer();
  else core.setState(taken.channel, 'Up');
  dialEnd(core, caller, taken.channel, 'ANSWER');
  for (const other of others) dialEnd(core, caller, other.channel, 'CANCEL');
  if (others.length > 0) core.setConnected(caller, taken.channel.caller);
  for (const other of others) dialEnd(core, caller, other.channel, 'CANCEL');
  core.about('MusicOnHoldStop', caller);
  core.setVar(caller, 'MEMBERINTERFACE', queue.interfaceOf(member));
  core.setVar(caller, 'MEMBERNAME', member.name);
  const holdTime = wholeSeconds(core.nowMs - waiting.since);
  leaveQueue(core, waiting);
  aboutMember(core, 'AgentConnect', waiting, taken, {
    HoldTime: holdTime,
    RingTime: wholeSeconds(core.nowMs - taken.since),
  });
  const bridge = core.newBridge();
  for (const other of others) {
    if (other.local) other.local.giveUp({ cause: 26 });
    else core.hangup(other.channel, { cause: 26 });
  }
  core.enter(taken.channel, bridge);
  core.enter(caller, bridge);
  waiting.ringing = [];
  return taken;
}

/** The caller is in no queue any more, whatever the way out. */
function leaveQueue(core: Core, waiting: Waiting): void {
  const callers = core.waiting.get(waiting.queue.name) ?? [];
  const place = callers.indexOf(waiting.caller);
  callers.splice(place, 1);
  if (callers.length === 0) core.waiting.delete(waiting.queue.name);
  const headers = waiting.caller.headers();
  core.emit(
    'QueueCallerLeave',
    'agent',
    headers + lines({ Queue: waiting.queue.name, Position: place + 1, Count: callers.length }),
  );
  core.setVar(waiting.caller, 'QUEUEPOSITION', String(place + 1));
}

/** @param reason who ended the talk, as Asterisk words it. */
export function completeMember(
  core: Core,
  waiting: Waiting,
  called: Called,
  reason: 'agent' | 'caller' | 'transfer',
  answeredAtMs: number,
): void {
  aboutMember(core, 'AgentComplete', waiting, called, {
    HoldTime: wholeSeconds(answeredAtMs - waiting.since),
    TalkTime: wholeSeconds(core.nowMs - answeredAtMs),
    Reason: reason,
  });
}

/** The caller hangs up in the queue, or the queue gives up on the caller: the same events but for the beginning and the end. */
export function abandonQueue(core: Core, waiting: Waiting, why: 'caller' | 'timeout'): void {
  const { caller, queue } = waiting;
  if (why === 'caller') core.hangupRequest(caller);
  core.about('MusicOnHoldStop', caller);
  for (const called of waiting.ringing) {
    dialEnd(core, caller, called.channel, 'CANCEL');
    dialEnd(core, caller, called.channel, 'CANCEL');
  }
  const holdTime = wholeSeconds(core.nowMs - waiting.since);
  core.setVar(caller, 'ABANDONED', 'TRUE');
  const position = Math.max(1, (core.waiting.get(queue.name)?.indexOf(caller) ?? 0) + 1);
  core.emit(
    'QueueCallerAbandon',
    'agent',
    caller.headers() +
      lines({ Queue: queue.name, Position: position, OriginalPosition: waiting.position, HoldTime: holdTime }),
  );
  for (const called of waiting.ringing) {
    if (called.local) called.local.giveUp({ cause: 16 });
    else core.hangup(called.channel, { cause: 0 });
  }
  waiting.ringing = [];
  leaveQueue(core, waiting);
  if (why === 'timeout') core.setVar(caller, 'QUEUESTATUS', 'TIMEOUT');
  else {
    core.softHangup(caller);
    core.hangup(caller, { cause: 0 });
  }
}
