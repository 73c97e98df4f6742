// Clients who meet the dialplan first: a greeting, a menu, a queue, a group.
import { answerDial, cancelDial, dialplanHangup, phone, ring, startDial, timeOutDial, endTalk } from '../core/dial.ts';
import {
  abandonQueue,
  callMembers,
  completeMember,
  joinQueue,
  memberAnswers,
  membersRangOut,
  type Called,
  type Waiting,
} from '../core/queue.ts';
import { digit } from '../core/transfer.ts';
import { leavePrompt, pickUpLine } from '../core/services.ts';
import { between, type Play, type Scene } from '../play.ts';
import { talkToTheEnd } from './inbound.ts';
import type { CompanyQueue, Employee } from '../company.ts';
import type { Channel } from '../core/channel.ts';
import type { TruthLeg } from '../truth.ts';

const queueSeconds = 120;

export function* greetingAbandoned(play: Play): Scene {
  const { core } = play;
  const client = play.incoming(core.company.greetingLine);
  pickUpLine(core, client);
  core.step(client, 'Playback', 'welcome', { priority: 2 });
  yield between(play, 1000, 9000);
  play.lost('greeting', 'client');
  leavePrompt(core, client, 'PLAYBACKSTATUS');
}

function enterMenu(play: Play): Channel {
  const { core } = play;
  const client = play.incoming(core.company.ivrLine);
  core.running(client, 'Goto', 'ivr-main,s,1');
  client.goTo({ context: 'ivr-main', exten: 's', priority: 1 });
  pickUpLine(core, client);
  core.step(client, 'Set', 'TIMEOUT(response)=10', { priority: 2 });
  core.step(client, 'BackGround', 'main-menu', { priority: 3 });
  return client;
}

export function* menuAbandoned(play: Play): Scene {
  const client = enterMenu(play);
  yield between(play, 1500, 12_000);
  play.lost('ivr', 'client');
  leavePrompt(play.core, client, 'BACKGROUNDSTATUS');
}

/** The queue whose members a scene was given. */
function queueOf(play: Play): CompanyQueue {
  const queue = play.core.company.queues.find((one) =>
    one.members.some((member) => member.extension === play.staff[0]),
  );
  if (!queue) throw new Error(`${play.staff[0]} is in no queue`);
  return queue;
}

/** The client is led into a queue: by its own number, or through the menu. */
function* enterQueue(play: Play, queue: CompanyQueue): Generator<number, Waiting> {
  const { core } = play;
  play.truth.queue = queue.name;
  if (core.random.chance(0.5)) {
    const client = enterMenu(play);
    yield between(play, 2000, 8000);
    const key = String(1 + (core.company.queues.indexOf(queue) % 9));
    digit(core, client, key);
    core.setVar(client, 'BACKGROUNDSTATUS', 'SUCCESS');
    client.goTo({ exten: key, priority: 1 });
    return joinQueue(core, client, queue, queueSeconds);
  }
  const client = play.incoming(queue.line);
  pickUpLine(core, client);
  client.goTo({ priority: 2 });
  return joinQueue(core, client, queue, queueSeconds);
}

function membersGiven(play: Play, queue: CompanyQueue): Employee[] {
  return queue.members.filter((member) => play.staff.includes(member.extension));
}

/** Rounds of ringing that nobody answers. A member of a linear queue is one round, else all ring together. */
function* ringInVain(play: Play, waiting: Waiting, members: readonly Employee[]): Scene {
  callMembers(play.core, waiting, members);
  yield 15_000;
  for (const member of members) play.leg(member.extension, 'called', 'no-answer');
  membersRangOut(play.core, waiting);
  yield 1000;
}

function endQueueTalk(play: Play, waiting: Waiting, called: Called, answeredAtMs: number, byClient: boolean): void {
  const { core } = play;
  const { caller } = waiting;
  const complete = (): void => completeMember(core, waiting, called, byClient ? 'caller' : 'agent', answeredAtMs);
  if (!called.local) {
    endTalk(core, byClient ? caller : called.channel, caller, complete);
    return;
  }
  const { one } = called.local;
  const operator = called.local.phone();
  core.hangupRequest(byClient ? caller : operator, byClient ? undefined : { cause: 16 });
  if (!byClient) {
    const inner = operator.bridge;
    core.leave(operator);
    core.hangup(operator);
    core.leave(called.local.two);
    core.destroyIfEmpty(inner);
  }
  complete();
  const outer = caller.bridge;
  core.leave(caller);
  core.leave(one);
  core.destroyIfEmpty(outer);
  core.softHangup(caller);
  core.hangup(caller);
  called.local.end();
}

function* queueTalk(play: Play, waiting: Waiting, member: Employee, leg: TruthLeg): Scene {
  const answeredAtMs = play.core.nowMs;
  const called = memberAnswers(play.core, waiting, member);
  const talkMs = between(play, 5000, 70_000);
  yield talkMs;
  play.talked(talkMs, leg);
  play.truth.responsible = member.extension;
  const byClient = play.core.random.chance(0.6);
  play.truth.hangupBy = byClient ? 'client' : 'operator';
  endQueueTalk(play, waiting, called, answeredAtMs, byClient);
}

/** A queue in which somebody answers: the last given member of a linear one, any of the others. */
export function* queueAnswered(play: Play): Scene {
  const queue = queueOf(play);
  const members = membersGiven(play, queue);
  const waiting = yield* enterQueue(play, queue);
  yield 1;
  if (queue.style === 'linear') {
    for (const member of members.slice(0, -1)) yield* ringInVain(play, waiting, [member]);
    const last = members.at(-1);
    if (!last) return;
    callMembers(play.core, waiting, [last]);
    yield between(play, 2000, 10_000);
    yield* queueTalk(play, waiting, last, play.leg(last.extension, 'called', 'answered'));
    return;
  }
  callMembers(play.core, waiting, members);
  yield between(play, 2000, 10_000);
  const taker = play.core.random.pick(members);
  const legs = members.map((member) =>
    play.leg(member.extension, 'called', member === taker ? 'answered' : 'elsewhere'),
  );
  yield* queueTalk(play, waiting, taker, legs[members.indexOf(taker)] as TruthLeg);
}

/** The client gives up in the queue while a member rings. */
export function* queueAbandoned(play: Play): Scene {
  const queue = queueOf(play);
  const members = membersGiven(play, queue);
  const waiting = yield* enterQueue(play, queue);
  yield 1;
  const ringing = queue.style === 'linear' ? members.slice(-1) : members;
  if (queue.style === 'linear') for (const member of members.slice(0, -1)) yield* ringInVain(play, waiting, [member]);
  callMembers(play.core, waiting, ringing);
  yield between(play, 3000, 14_000);
  for (const member of ringing) play.leg(member.extension, 'called', 'caller-cancelled');
  play.lost('queue', 'client');
  abandonQueue(play.core, waiting, 'caller');
}

/** Nobody is free; the client waits with music, and gives up or is given up. */
export function* queueInVain(play: Play): Scene {
  const { core } = play;
  const waiting = yield* enterQueue(play, core.random.pick(core.company.queues));
  const byClient = core.random.chance(0.6);
  yield byClient ? between(play, 5000, 60_000) : queueSeconds * 1000;
  play.lost('queue', byClient ? 'client' : 'system');
  abandonQueue(core, waiting, byClient ? 'caller' : 'timeout');
  if (!byClient) dialplanHangup(core, waiting.caller);
}

/** A group whose phones ring together without a queue. */
export function* group(play: Play): Scene {
  const { core } = play;
  const client = play.incoming(core.company.groupLine);
  const dial = startDial(core, client, play.staff.map(phone), { seconds: 30 });
  if (!dial) return;
  ring(core, dial);
  const fate = core.random.next();
  if (fate < 0.7) {
    yield between(play, 2000, 12_000);
    const taker = core.random.int(0, dial.legs.length - 1);
    const legs = play.staff.map((extension, index) =>
      play.leg(extension, 'called', index === taker ? 'answered' : 'elsewhere'),
    );
    const operator = dial.legs[taker] as Channel;
    answerDial(core, dial, operator);
    yield* talkToTheEnd(play, client, operator, legs[taker] as TruthLeg);
  } else if (fate < 0.85) {
    yield 30_000;
    for (const extension of play.staff) play.leg(extension, 'called', 'no-answer');
    play.lost('ringing', 'system');
    timeOutDial(core, dial);
    dialplanHangup(core, client);
  } else {
    yield between(play, 3000, 20_000);
    for (const extension of play.staff) play.leg(extension, 'called', 'caller-cancelled');
    play.lost('ringing', 'client');
    cancelDial(core, dial);
  }
}
