// Dial: the caller's channel rings one phone or several, and what becomes of it.
import { nobody, type Channel, type Identity } from './channel.ts';
import { lines } from './event.ts';
import { normalClearing, type Core, type Ending } from './core.ts';

/** Whom a Dial calls: an extension, or a number through a trunk. */
export interface Target {
  readonly extension: string | null;
  readonly number: string | null;
  readonly trunk: string | null;
}

export const phone = (extension: string): Target => ({ extension, number: null, trunk: null });
export const outside = (number: string, trunk: string): Target => ({ extension: null, number, trunk });

/** `101`, `79161234567@trunk`: what DialBegin calls DialString. */
const dialString = (target: Target): string => target.extension ?? `${target.number}@${target.trunk}`;
export const dialData = (targets: readonly Target[], seconds: number): string =>
  `${targets.map((target) => `PJSIP/${dialString(target)}`).join('&')},${seconds},tTkK`;

/** A Dial that is going on. */
export interface Dial {
  readonly caller: Channel;
  readonly legs: readonly Channel[];
  readonly startedAtMs: number;
}

/** How a called phone refused (asterisk-events: DialStatus alone cannot tell). */
const refusals = {
  busy: { ending: { cause: 17, techCause: 486 }, dialStatus: 'BUSY', variable: 'BUSY' },
  declined: { ending: { cause: 21, techCause: 603 }, dialStatus: 'NOANSWER', variable: 'CHANUNAVAIL' },
  wrongNumber: { ending: { cause: 1, techCause: 404 }, dialStatus: 'NOANSWER', variable: 'CHANUNAVAIL' },
  congestion: { ending: { cause: 34, techCause: 503 }, dialStatus: 'CONGESTION', variable: 'CONGESTION' },
} as const;
export type Refusal = keyof typeof refusals;

export function nameOf(core: Core, extension: string): Identity {
  return { num: extension, name: core.company.staff.find((one) => one.extension === extension)?.name ?? '' };
}

/** A phone's new channel, and what its first events show of it. */
export function newPhone(core: Core, extension: string, linkedid: string): Channel {
  const place = { context: 'from-internal', exten: 's', priority: 1 };
  return core.newChannel(`PJSIP/${extension}`, 'Down', nameOf(core, extension), place, { linkedid });
}

/**
 * The caller's channel executes Dial. An unregistered phone gets no channel at all; with none left the Dial is over at once.
 *
 * @param step whether the dialplan step is told; after a transfer it is not.
 * @returns null when nobody could be called.
 */
export function startDial(
  core: Core,
  caller: Channel,
  targets: readonly Target[],
  options: { seconds: number; step?: boolean },
): Dial | null {
  if (options.step ?? true) core.running(caller, 'Dial', dialData(targets, options.seconds));
  for (const variable of ['DIALSTATUS', 'DIALEDPEERNUMBER', 'DIALEDPEERNAME', 'ANSWEREDTIME', 'DIALEDTIME'])
    core.setVar(caller, variable, '');
  const reachable = targets.filter(
    (target) => target.extension === null || !core.company.unregistered.has(target.extension),
  );
  if (reachable.length === 0) {
    core.setVar(caller, 'DIALSTATUS', 'CHANUNAVAIL');
    return null;
  }
  const legs = reachable.map((target) => callTarget(core, caller, target));
  for (const [index, leg] of legs.entries()) {
    core.emit(
      'DialBegin',
      'call',
      caller.headers() + leg.headers('Dest') + lines({ DialString: dialString(reachable[index] as Target) }),
    );
    if (legs.length === 1) core.setConnected(caller, leg.caller);
  }
  return { caller, legs, startedAtMs: core.nowMs };
}

function callTarget(core: Core, caller: Channel, target: Target): Channel {
  if (target.extension !== null) {
    const leg = newPhone(core, target.extension, caller.linkedid);
    core.setVar(leg, 'DIALEDPEERNUMBER', dialString(target));
    leg.connected = caller.caller;
    core.step(leg, 'AppDial', '(Outgoing Line)', { exten: caller.place.exten });
    core.setConnected(leg, leg.connected);
    return leg;
  }
  const place = { context: 'from-trunk', exten: 's', priority: 1 };
  const leg = core.newChannel(`PJSIP/${target.trunk}`, 'Down', nobody, place, { linkedid: caller.linkedid });
  core.setVar(leg, 'DIALEDPEERNUMBER', dialString(target));
  leg.caller = { num: caller.place.exten, name: '' };
  leg.connected = caller.caller;
  core.step(leg, 'AppDial', '(Outgoing Line)', { exten: caller.place.exten });
  core.setCaller(leg, leg.caller);
  core.setConnected(leg, leg.connected);
  return leg;
}

/** All the called phones ring. */
export function ring(core: Core, dial: Dial): void {
  for (const leg of dial.legs) {
    core.setState(leg, 'Ringing');
    core.emit('DialState', 'call', dial.caller.headers() + leg.headers('Dest') + lines({ DialStatus: 'RINGING' }));
  }
}

export function dialEnd(core: Core, caller: Channel | null, leg: Channel, status: string): void {
  core.emit('DialEnd', 'call', (caller?.headers() ?? '') + leg.headers('Dest') + lines({ DialStatus: status }));
}

/** One phone answers, the others are told so, and the two talk in a new bridge. */
export function answerDial(core: Core, dial: Dial, leg: Channel): void {
  connectDial(core, dial, leg);
  core.setState(dial.caller, 'Up');
  const bridge = core.newBridge();
  core.running(leg, 'AppDial', '(Outgoing Line)');
  core.enter(leg, bridge);
  core.enter(dial.caller, bridge);
}

/** The part of an answer before the bridge. */
export function connectDial(core: Core, dial: Dial, leg: Channel, status = 'ANSWER'): void {
  core.setState(leg, 'Up');
  const others = dial.legs.filter((other) => other !== leg);
  if (others.length > 0) core.setConnected(dial.caller, leg.caller);
  for (const other of others) dialEnd(core, dial.caller, other, 'CANCEL');
  for (const other of others) core.hangup(other, { cause: 26 });
  core.setVar(dial.caller, 'DIALSTATUS', status);
  core.setVar(dial.caller, 'DIALEDPEERNAME', leg.name);
  leg.goTo({ exten: '' });
  dialEnd(core, dial.caller, leg, status);
}

/** Nobody answered in time; the caller goes on in the dialplan. */
export function timeOutDial(core: Core, dial: Dial): void {
  for (const leg of dial.legs) dialEnd(core, dial.caller, leg, 'NOANSWER');
  core.setVar(dial.caller, 'DIALSTATUS', 'NOANSWER');
  for (const leg of dial.legs) core.hangup(leg, { cause: 0 });
}

/** The only called phone refuses. @returns what the dialplan would hang the caller up with. */
export function refuseDial(core: Core, dial: Dial, leg: Channel, how: Refusal): Ending {
  const { ending, dialStatus, variable } = refusals[how];
  core.hangupRequest(leg, ending);
  dialEnd(core, dial.caller, leg, dialStatus);
  core.setVar(dial.caller, 'DIALSTATUS', variable);
  core.hangup(leg, ending);
  return how === 'declined' ? { cause: 21, techCause: 403 } : ending;
}

/** The caller gives up while the phones ring. */
export function cancelDial(core: Core, dial: Dial): void {
  const ending = { cause: 127, techCause: 487 };
  core.hangupRequest(dial.caller, ending);
  for (const leg of dial.legs) dialEnd(core, dial.caller, leg, 'CANCEL');
  core.setVar(dial.caller, 'DIALSTATUS', 'CANCEL');
  core.softHangup(dial.caller, 487);
  for (const leg of dial.legs) core.hangup(leg, { cause: 127, techCause: 500 });
  core.hangup(dial.caller, ending);
}

/** The dialplan hangs the caller up. */
export function dialplanHangup(core: Core, caller: Channel, ending: Ending = normalClearing): void {
  core.step(caller, 'Hangup', '', { priority: caller.place.priority + 1 });
  core.softHangup(caller);
  core.hangup(caller, ending);
}

/**
 * One of the two in a bridge hangs up, and with that the other one's call is over too.
 *
 * @param owner the channel that runs the dialplan (it executed Dial).
 */
export function endTalk(core: Core, by: Channel, owner: Channel, between: () => void = () => {}): void {
  const bridge = by.bridge;
  const other = bridge?.channels.find((channel) => channel !== by) ?? null;
  core.hangupRequest(by, core.random.chance(0.85) ? normalClearing : undefined);
  core.leave(by);
  between();
  if (by === owner) finishOwner(core, owner);
  else core.hangup(by);
  if (!other) return;
  core.leave(other);
  core.destroyIfEmpty(bridge);
  if (other === owner) finishOwner(core, owner);
  else core.hangup(other);
}

function finishOwner(core: Core, owner: Channel): void {
  core.setVar(owner, 'DIALSTATUS', 'ANSWER');
  core.softHangup(owner);
  core.hangup(owner);
}
