// Clients call a direct number.
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
import { hold, unhold } from '../core/transfer.ts';
import { leaveVoicemail, pickUp, record, voicemail } from '../core/services.ts';
import { lineOf } from '../company.ts';
import { between, type Play, type Scene } from '../play.ts';
import type { Channel } from '../core/channel.ts';
import type { TruthLeg } from '../truth.ts';

const anonymous = { num: 'anonymous', name: 'Anonymous' };

/** The person whom a scene is about. @throws when the scene was given nobody. */
export function person(play: Play, index = 0): string {
  const extension = play.staff[index];
  if (extension === undefined) throw new Error(`${play.truth.kind} needs more people`);
  return extension;
}

/** A client calls the direct number of an extension, whose phone rings; an unregistered one does not. */
function* callDirect(
  play: Play,
  extension: string,
  options: { anonymous?: boolean; recorded?: boolean; silent?: boolean } = {},
): Generator<number, Dial | null> {
  const { core } = play;
  const line = lineOf(extension);
  const client = options.anonymous ? play.incoming(line, anonymous) : play.incoming(line);
  core.running(client, 'NoOp', `DID ${line}`);
  if (options.recorded) play.truth.recording = record(core, client);
  client.goTo({ priority: client.place.priority + 1 });
  const dial = startDial(core, client, [phone(extension)], { seconds: 30 });
  if (dial && !options.silent) ring(core, dial);
  yield 0;
  return dial;
}

/** The rest of a talk of two: perhaps a hold, then one of them hangs up. */
export function* talkToTheEnd(play: Play, client: Channel, operator: Channel, leg: TruthLeg): Scene {
  const { core } = play;
  const talkMs = between(play, 4000, 60_000);
  yield talkMs;
  play.talked(talkMs, leg);
  if (core.random.chance(0.15)) {
    hold(core, operator, client, true);
    const heldMs = between(play, 3000, 15_000);
    yield heldMs;
    unhold(core, operator, client);
    play.heldFor(heldMs);
    const moreMs = between(play, 3000, 20_000);
    yield moreMs;
    play.talked(moreMs, leg);
  }
  const byClient = core.random.chance(0.6);
  play.truth.hangupBy = byClient ? 'client' : 'operator';
  play.truth.responsible = leg.who;
  endTalk(core, byClient ? client : operator, client);
}

/** @returns the channels of a direct call that was answered, and the operator's leg. */
export function* directTalk(
  play: Play,
  extension: string,
  options: { anonymous?: boolean; recorded?: boolean } = {},
): Generator<number, { client: Channel; operator: Channel; leg: TruthLeg }> {
  const dial = yield* callDirect(play, extension, options);
  const operator = dial?.legs[0];
  if (!dial || !operator) throw new Error(`${extension} is switched off`);
  yield between(play, 2000, 12_000);
  answerDial(play.core, dial, operator);
  play.truth.responsible = extension;
  return { client: dial.caller, operator, leg: play.leg(extension, 'called', 'answered') };
}

export function* answered(play: Play): Scene {
  const recorded = play.core.random.chance(0.3);
  const { client, operator, leg } = yield* directTalk(play, person(play), { recorded });
  yield* talkToTheEnd(play, client, operator, leg);
}

export function* anonymousCaller(play: Play): Scene {
  const { client, operator, leg } = yield* directTalk(play, person(play), { anonymous: true });
  yield* talkToTheEnd(play, client, operator, leg);
}

export function* noAnswer(play: Play): Scene {
  const dial = yield* callDirect(play, person(play));
  if (!dial) throw new Error('switched off');
  yield 30_000;
  play.leg(person(play), 'called', 'no-answer');
  play.lost('ringing', 'system');
  timeOutDial(play.core, dial);
  dialplanHangup(play.core, dial.caller);
}

export function* cancelled(play: Play): Scene {
  const dial = yield* callDirect(play, person(play));
  if (!dial) throw new Error('switched off');
  yield between(play, 2000, 20_000);
  play.leg(person(play), 'called', 'caller-cancelled');
  play.lost('ringing', 'client');
  cancelDial(play.core, dial);
}

export function* busy(play: Play): Scene {
  yield* refused(play, 'busy', 50);
}

export function* declined(play: Play): Scene {
  yield* refused(play, 'declined', 4000);
}

function* refused(play: Play, how: 'busy' | 'declined', afterMs: number): Scene {
  // A busy phone refuses without a ring.
  const dial = yield* callDirect(play, person(play), { silent: how === 'busy' });
  const operator = dial?.legs[0];
  if (!dial || !operator) throw new Error('switched off');
  yield afterMs;
  play.leg(person(play), 'called', how === 'busy' ? 'busy' : 'rejected');
  play.lost('ringing', 'system');
  const ending = refuseDial(play.core, dial, operator, how);
  dialplanHangup(play.core, dial.caller, ending);
}

/** The number of somebody whose phone is switched off. */
export function* switchedOff(play: Play): Scene {
  const [extension] = play.core.company.unregistered;
  if (extension === undefined) return;
  yield* callDirect(play, extension);
  play.leg(extension, 'called', 'unavailable');
  play.lost('ringing', 'system');
  if (play.first) dialplanHangup(play.core, play.first, { cause: 3, techCause: 404 });
}

export function* toVoicemail(play: Play): Scene {
  const { core } = play;
  const dial = yield* callDirect(play, person(play));
  if (!dial) throw new Error('switched off');
  yield 20_000;
  play.leg(person(play), 'called', 'no-answer');
  timeOutDial(core, dial);
  voicemail(core, dial.caller, person(play));
  const leftMessage = core.random.chance(0.7);
  yield leftMessage ? between(play, 8000, 40_000) : between(play, 1000, 5000);
  play.lost('voicemail', 'client');
  leaveVoicemail(core, dial.caller, person(play), leftMessage);
}

/** Nobody at the desk: the call goes on to the mobile through the trunk. */
export function* toMobile(play: Play): Scene {
  const { core } = play;
  const employee = core.company.staff.find((one) => one.extension === person(play));
  if (!employee?.mobile) throw new Error('no mobile');
  const dial = yield* callDirect(play, employee.extension);
  if (!dial) throw new Error('switched off');
  yield 15_000;
  play.leg(employee.extension, 'called', 'no-answer');
  timeOutDial(core, dial);
  const client = dial.caller;
  client.goTo({ priority: client.place.priority + 1 });
  const trunk = core.company.trunks[1] ?? 'trunk-mobile';
  const forward = startDial(core, client, [outside(employee.mobile, trunk)], { seconds: 30 });
  const mobile = forward?.legs[0];
  if (!forward || !mobile) return;
  ring(core, forward);
  yield between(play, 3000, 12_000);
  answerDial(core, forward, mobile);
  const leg = play.leg(employee.mobile, 'mobile', 'answered');
  const talkMs = between(play, 5000, 50_000);
  yield talkMs;
  play.talked(talkMs, leg);
  play.truth.responsible = employee.extension;
  play.truth.hangupBy = 'client';
  endTalk(core, client, client);
}

/** A colleague takes the ringing call. */
export function* pickedUp(play: Play): Scene {
  const dial = yield* callDirect(play, person(play));
  if (!dial) throw new Error('switched off');
  yield between(play, 3000, 10_000);
  play.leg(person(play), 'called', 'elsewhere');
  const picker = pickUp(play.core, dial, person(play, 1));
  const leg = play.leg(person(play, 1), 'pickup', 'answered');
  yield* talkToTheEnd(play, dial.caller, picker, leg);
}
