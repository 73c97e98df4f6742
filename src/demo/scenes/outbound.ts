// Calls that people of the company make: to clients, and to each other.
import {
  answerDial,
  cancelDial,
  dialplanHangup,
  endTalk,
  outside,
  phone,
  refuseDial,
  ring,
  startDial,
  timeOutDial,
  type Dial,
} from '../core/dial.ts';
import { lift } from '../core/services.ts';
import { between, type Play, type Scene } from '../play.ts';
import { person } from './inbound.ts';
import type { Channel } from '../core/channel.ts';
import type { Ending } from '../core/core.ts';

/** The operator's channel, already in the dialplan of outgoing calls, calls the client. */
export function dialOut(play: Play, operator: Channel, number: string): Dial {
  const { core } = play;
  const { trunks, ownNumber } = core.company;
  core.running(operator, 'Set', `CALLERID(num)=${ownNumber}`);
  core.setCaller(operator, { ...operator.caller, num: ownNumber });
  operator.goTo({ priority: 2 });
  const dial = startDial(core, operator, [outside(number, trunks[0] ?? 'trunk-city')], { seconds: 40 });
  if (!dial) throw new Error('a trunk is always there');
  return dial;
}

export function trunkLeg(dial: Dial): Channel {
  const [leg] = dial.legs;
  if (!leg) throw new Error('nobody was called');
  return leg;
}

/** The number as a person dials it. */
const dialled = (number: string): string => number.replace('+', '');

function* callOut(play: Play): Generator<number, Dial> {
  const { core } = play;
  const number = dialled(core.random.pick(core.company.clients).num);
  play.truth.direction = 'outbound';
  play.truth.client = number;
  const operator = play.begins(lift(core, person(play), number));
  const dial = dialOut(play, operator, number);
  yield between(play, 300, 2500);
  return dial;
}

export function* outAnswered(play: Play): Scene {
  const { core } = play;
  const dial = yield* callOut(play);
  ring(core, dial);
  yield between(play, 3000, 15_000);
  answerDial(core, dial, trunkLeg(dial));
  yield* outTalk(play, dial);
}

/** The talk of an outgoing call to its end. */
export function* outTalk(play: Play, dial: Dial): Scene {
  const leg = play.leg(person(play), 'caller', 'answered');
  const talkMs = between(play, 5000, 60_000);
  yield talkMs;
  play.talked(talkMs, leg);
  play.truth.responsible = person(play);
  const byClient = play.core.random.chance(0.5);
  play.truth.hangupBy = byClient ? 'client' : 'operator';
  endTalk(play.core, byClient ? trunkLeg(dial) : dial.caller, dial.caller);
}

/** The dialplan's end of a call that did not come off. */
export function endOut(play: Play, operator: Channel, status: string, ending: Ending): void {
  const { core } = play;
  core.step(operator, 'NoOp', `DIALSTATUS ${status} ${ending.cause}`, { priority: operator.place.priority + 1 });
  dialplanHangup(core, operator, ending.cause === 0 ? { cause: 16 } : ending);
}

function* outRefused(play: Play, how: 'busy' | 'wrongNumber' | 'congestion', status: string): Scene {
  const dial = yield* callOut(play);
  play.leg(person(play), 'caller', null);
  const ending = refuseDial(play.core, dial, trunkLeg(dial), how);
  endOut(play, dial.caller, status, ending);
}

export function* outBusy(play: Play): Scene {
  yield* outRefused(play, 'busy', 'BUSY');
}

export function* outWrongNumber(play: Play): Scene {
  yield* outRefused(play, 'wrongNumber', 'CHANUNAVAIL');
}

export function* outCongestion(play: Play): Scene {
  yield* outRefused(play, 'congestion', 'CONGESTION');
}

export function* outNoAnswer(play: Play): Scene {
  const dial = yield* callOut(play);
  ring(play.core, dial);
  yield 40_000;
  play.leg(person(play), 'caller', null);
  play.truth.hangupBy = 'system';
  timeOutDial(play.core, dial);
  endOut(play, dial.caller, 'NOANSWER', { cause: 0 });
}

export function* outCancelled(play: Play): Scene {
  const dial = yield* callOut(play);
  ring(play.core, dial);
  yield between(play, 3000, 20_000);
  play.leg(person(play), 'caller', null);
  play.truth.hangupBy = 'operator';
  cancelDial(play.core, dial);
}

/** One colleague calls another. */
export function* internal(play: Play): Scene {
  const { core } = play;
  play.truth.direction = 'internal';
  const [from, to] = [person(play), person(play, 1)];
  const caller = play.begins(lift(core, from, to));
  const dial = startDial(core, caller, [phone(to)], { seconds: 30 });
  const called = dial?.legs[0];
  if (!dial || !called) return;
  ring(core, dial);
  if (core.random.chance(0.25)) {
    yield between(play, 3000, 20_000);
    play.leg(from, 'caller', null);
    play.leg(to, 'called', 'caller-cancelled');
    play.truth.hangupBy = 'operator';
    cancelDial(core, dial);
    return;
  }
  yield between(play, 2000, 10_000);
  answerDial(core, dial, called);
  const legs = [play.leg(from, 'caller', 'answered'), play.leg(to, 'called', 'answered')];
  const talkMs = between(play, 4000, 40_000);
  yield talkMs;
  play.talked(talkMs, ...legs);
  play.truth.hangupBy = 'operator';
  endTalk(core, core.random.chance(0.5) ? caller : called, caller);
}
