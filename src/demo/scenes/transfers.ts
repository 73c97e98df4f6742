// Calls that go through the hands of two people.
import { answerDial, dialplanHangup, endTalk, phone, ring, startDial, timeOutDial } from '../core/dial.ts';
import {
  blindTransfer,
  blondeAnswered,
  completeConsultation,
  consult,
  consultAnswered,
  digit,
  hold,
  optimizeConsultation,
  referReplaces,
  returnFromConsultation,
} from '../core/transfer.ts';
import { lift, park, unpark } from '../core/services.ts';
import { between, type Play, type Scene } from '../play.ts';
import { directTalk, person, talkToTheEnd } from './inbound.ts';
import type { Channel } from '../core/channel.ts';
import type { TruthLeg } from '../truth.ts';

/** The first person answers and talks for a while. */
function* firstTalk(play: Play): Generator<number, { client: Channel; operator: Channel; leg: TruthLeg }> {
  const talk = yield* directTalk(play, person(play));
  yield* talkFor(play, 4000, 30_000, talk.leg);
  return talk;
}

function* talkFor(play: Play, minMs: number, maxMs: number, leg: TruthLeg): Scene {
  const talkMs = between(play, minMs, maxMs);
  yield talkMs;
  play.talked(talkMs, leg);
}

/** The operator presses a feature code and the number; the client hears music meanwhile. */
function* pressTransfer(play: Play, operator: Channel, client: Channel, code: string, extension: string): Scene {
  const startedAtMs = play.core.nowMs;
  for (const key of code) {
    digit(play.core, operator, key);
    yield 220;
  }
  // The code is still talk to the client: only when it is complete does the music begin.
  play.talked(play.core.nowMs - startedAtMs);
  const heldFromMs = play.core.nowMs;
  hold(play.core, operator, client, false);
  yield 1600;
  for (const key of extension) {
    digit(play.core, operator, key);
    yield 220;
  }
  play.heldFor(play.core.nowMs - heldFromMs);
}

function* lastTalk(play: Play, client: Channel, operator: Channel, leg: TruthLeg): Scene {
  yield* talkFor(play, 4000, 50_000, leg);
  play.truth.responsible = leg.who;
  play.truth.hangupBy = 'client';
  endTalk(play.core, client, client);
}

/** By the feature code or by the phone's button; answered, or nobody there. */
export function* blind(play: Play): Scene {
  const { core } = play;
  const { client, operator } = yield* firstTalk(play);
  const to = person(play, 1);
  const byRefer = core.random.chance(0.5);
  if (byRefer) hold(core, operator, client, true);
  else yield* pressTransfer(play, operator, client, '##', to);
  const dial = blindTransfer(core, operator, client, to, byRefer);
  const target = dial?.legs[0];
  if (!dial || !target) return;
  ring(core, dial);
  if (core.random.chance(0.25)) {
    yield 30_000;
    play.leg(to, 'transfer-target', 'no-answer');
    play.transfer('blind', person(play), to, false);
    play.truth.hangupBy = 'system';
    timeOutDial(core, dial);
    dialplanHangup(core, client);
    return;
  }
  yield between(play, 2000, 10_000);
  answerDial(core, dial, target);
  play.transfer('blind', person(play), to, true);
  yield* lastTalk(play, client, target, play.leg(to, 'transfer-target', 'answered'));
}

/** Attended by the feature code: completed, blonde, or back to the first one. */
export function* attended(play: Play): Scene {
  const { core } = play;
  const { client, operator, leg } = yield* firstTalk(play);
  const [by, to] = [person(play), person(play, 1)];
  yield* pressTransfer(play, operator, client, '*2', to);
  const consultation = consult(core, operator, client, to);
  const fate = core.random.next();
  if (fate < 0.2) {
    yield 15_000;
    play.leg(to, 'transfer-target', 'no-answer');
    play.transfer('attended', by, to, false);
    returnFromConsultation(core, consultation);
    yield* lastTalk(play, client, operator, leg);
    return;
  }
  const blonde = fate < 0.4;
  yield between(play, 2000, 8000);
  if (blonde) {
    completeConsultation(core, consultation);
    yield between(play, 1000, 6000);
    blondeAnswered(core, consultation);
  } else {
    consultAnswered(core, consultation);
    yield between(play, 3000, 20_000);
    completeConsultation(core, consultation);
  }
  const target = play.leg(to, 'transfer-target', 'answered');
  play.transfer('attended', by, to, true, blonde);
  const pairMs = between(play, 30, 1200);
  yield pairMs;
  play.talked(pairMs, target);
  optimizeConsultation(core, consultation, blonde);
  yield* lastTalk(play, client, consultation.target, target);
}

/** Attended by a phone with two lines: the second line is a call of its own until the transfer. */
export function* attendedByPhone(play: Play): Scene {
  const { core } = play;
  const { client, operator } = yield* firstTalk(play);
  const [by, to] = [person(play), person(play, 1)];
  const heldFromMs = core.nowMs;
  hold(core, operator, client, true);
  yield between(play, 500, 3000);
  const second = lift(core, by, to);
  const dial = startDial(core, second, [phone(to)], { seconds: 30 });
  const target = dial?.legs[0];
  if (!dial || !target) return;
  ring(core, dial);
  yield between(play, 2000, 8000);
  answerDial(core, dial, target);
  yield between(play, 3000, 20_000);
  play.heldFor(core.nowMs - heldFromMs);
  referReplaces(core, operator, second, client, target);
  play.transfer('attended', by, to, true);
  yield* lastTalk(play, client, target, play.leg(to, 'transfer-target', 'answered'));
}

/** Parked by one, taken back by another. */
export function* parked(play: Play): Scene {
  const { core } = play;
  const { client, operator, leg } = yield* firstTalk(play);
  const [by, to] = [person(play), person(play, 1)];
  const startedAtMs = core.nowMs;
  for (const key of '#72') {
    digit(core, operator, key);
    yield 220;
  }
  play.talked(core.nowMs - startedAtMs, leg);
  const slot = park(core, operator, client);
  const parkedAtMs = core.nowMs;
  const alone = operator.bridge;
  yield 2000;
  core.hangupRequest(operator, { cause: 16 });
  core.leave(operator);
  core.destroyIfEmpty(alone);
  core.hangup(operator);
  yield between(play, 3000, 20_000);
  const retriever = unpark(core, slot, operator, to, core.nowMs - parkedAtMs);
  play.transfer('park', by, to, true);
  yield* talkToTheEnd(play, client, retriever, play.leg(to, 'unpark', 'answered'));
}
