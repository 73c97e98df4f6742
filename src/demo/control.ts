// What a client of the AMI does to calls: hang up, redirect, call.
import { answerDial, dialEnd, dialplanHangup, nameOf, refuseDial, ring, timeOutDial, type Dial } from './core/dial.ts';
import { lines, unknown } from './core/event.ts';
import { redirect } from './core/transfer.ts';
import { dialOut, endOut, outTalk, trunkLeg } from './scenes/outbound.ts';
import { talkToTheEnd } from './scenes/inbound.ts';
import { between, Play, type Scene } from './play.ts';
import type { Channel, Identity } from './core/channel.ts';
import type { World } from './world.ts';

export function channelNamed(world: World, name: string): Channel | null {
  for (const channel of world.core.channels.values())
    if (channel.name === name || channel.uniqueid === name) return channel;
  return null;
}

/** The call that a channel belongs to: a second line of a phone has a Linkedid of its own, but its people are in one call only. */
function playOf(world: World, channel: Channel): Play | null {
  return world.playOf(channel.linkedid, channel.device.slice('PJSIP/'.length));
}

function channelsOf(world: World, play: Play): Channel[] {
  return [...world.core.channels.values()].filter(
    (channel) => channel.linkedid === play.truth.linkedId || play.staff.includes(channel.device.slice('PJSIP/'.length)),
  );
}

/** AMI Hangup: the call ends, whatever was going on in it. @returns false when the channel is in no call. */
export function hangUp(world: World, channel: Channel, cause: number): boolean {
  const play = playOf(world, channel);
  if (!play) return false;
  tearDown(world, play, cause);
  world.replace(play, nothing());
  return true;
}

function* nothing(): Scene {
  yield 0;
}

function tearDown(world: World, play: Play, cause: number): void {
  const { core } = world;
  const channels = channelsOf(world, play);
  for (const [slot, parked] of core.parked) if (channels.includes(parked)) core.parked.delete(slot);
  for (const [queue, callers] of core.waiting) {
    const place = callers.findIndex((caller) => channels.includes(caller));
    const [caller] = place < 0 ? [] : callers.splice(place, 1);
    if (!caller) continue;
    if (callers.length === 0) core.waiting.delete(queue);
    core.emit(
      'QueueCallerLeave',
      'agent',
      caller.headers() + lines({ Queue: queue, Position: place + 1, Count: callers.length }),
    );
  }
  for (const one of channels)
    if (one !== play.first && one.state === 'Ringing') dialEnd(core, play.first, one, 'CANCEL');
  for (const one of channels) {
    const { bridge } = one;
    core.leave(one);
    core.destroyIfEmpty(bridge);
    if (one === play.first) core.softHangup(one);
    core.hangup(one, { cause });
  }
}

/** AMI Redirect of one channel of two that talk: it dials the extension, the other one is hung up. @returns false when it cannot be done. */
export function redirectTo(world: World, channel: Channel, extension: string): boolean {
  const play = playOf(world, channel);
  const others = channel.bridge?.channels.filter((one) => one !== channel) ?? [];
  const plain = others.length === 1 && ![channel, ...others].some((one) => one.isLocal);
  if (!play || !plain || nameOf(world.core, extension).name === '') return false;
  const dial = redirect(world.core, channel, extension);
  world.replace(play, redirected(play, dial, channel, extension));
  return true;
}

function* redirected(play: Play, dial: Dial | null, client: Channel, extension: string): Scene {
  const target = dial?.legs[0];
  if (!dial || !target) {
    dialplanHangup(play.core, client, { cause: 3, techCause: 404 });
    return;
  }
  ring(play.core, dial);
  yield between(play, 2000, 6000);
  answerDial(play.core, dial, target);
  yield* talkToTheEnd(play, client, target, play.leg(extension, 'transfer-target', 'answered'));
}

/** What Originate asks for. */
export interface ClickToCall {
  readonly extension: string;
  readonly number: string;
  readonly context: string;
  readonly caller: Identity;
  readonly timeoutMs: number;
  readonly variables: readonly string[];
  readonly actionId: string;
  readonly channelId: string;
}

/** AMI Originate, click-to-call: the operator's phone rings first, then the client is called. */
export function clickToCall(world: World, order: ClickToCall): void {
  const free = world.freeStaff().includes(order.extension);
  const play = new Play(world.core, 'click-to-call', free ? [order.extension] : []);
  play.truth.direction = 'outbound';
  play.truth.origin = 'click_to_call';
  play.truth.client = order.number;
  world.start(play, originated(play, order, free));
}

function* originated(play: Play, order: ClickToCall, free: boolean): Scene {
  const { core } = play;
  const respond = (channel: Channel | null, reason: number): void => {
    core.emit(
      'OriginateResponse',
      'call',
      lines({
        ...(order.actionId === '' ? {} : { ActionID: order.actionId }),
        Response: channel ? 'Success' : 'Failure',
        Channel: channel?.name ?? `PJSIP/${order.extension}`,
        Context: order.context,
        Exten: order.number,
        Reason: reason,
        Uniqueid: channel?.uniqueid ?? (order.channelId || unknown),
        CallerIDNum: order.caller.num || unknown,
        CallerIDName: order.caller.name || unknown,
      }),
    );
  };
  if (core.company.unregistered.has(order.extension)) {
    respond(null, 0);
    return;
  }
  const operator = play.begins(ringOperator(play, order));
  if (!free) {
    yield 100;
    core.hangupRequest(operator, { cause: 17, techCause: 486 });
    dialEnd(core, null, operator, 'BUSY');
    core.hangup(operator, { cause: 17, techCause: 486 });
    play.leg(order.extension, 'caller', 'busy');
    respond(null, 0);
    return;
  }
  core.setState(operator, 'Ringing');
  core.emit('DialState', 'call', operator.headers('Dest') + lines({ DialStatus: 'RINGING' }));
  if (core.random.chance(0.1)) {
    yield order.timeoutMs;
    play.leg(order.extension, 'caller', 'no-answer');
    play.truth.hangupBy = 'system';
    respond(null, 3);
    core.hangup(operator, { cause: 19, techCause: 480 });
    return;
  }
  yield Math.min(between(play, 1500, 4000), order.timeoutMs - 1);
  core.setState(operator, 'Up');
  dialEnd(core, null, operator, 'ANSWER');
  operator.goTo({ context: order.context, exten: order.number, priority: 1 });
  respond(operator, 4);
  yield* callClient(play, operator, order.number);
}

function ringOperator(play: Play, order: ClickToCall): Channel {
  const { core } = play;
  const place = { context: 'from-internal', exten: 's', priority: 1 };
  const options = order.channelId === '' ? {} : { uniqueid: order.channelId };
  const operator = core.newChannel(`PJSIP/${order.extension}`, 'Down', nameOf(core, order.extension), place, options);
  core.running(operator, 'AppDial2', '(Outgoing Line)');
  for (const variable of order.variables) {
    const at = variable.indexOf('=');
    if (at > 0) core.setVar(operator, variable.slice(0, at), variable.slice(at + 1));
  }
  core.setCaller(operator, order.caller);
  core.setConnected(operator, order.caller);
  core.emit('DialBegin', 'call', operator.headers('Dest') + lines({ DialString: order.extension }));
  return operator;
}

function* callClient(play: Play, operator: Channel, number: string): Scene {
  const { core } = play;
  const dial = dialOut(play, operator, number);
  yield between(play, 300, 1500);
  const fate = core.random.next();
  if (fate < 0.1) {
    play.leg(play.staff[0] ?? '', 'caller', null);
    endOut(play, operator, 'BUSY', refuseDial(core, dial, trunkLeg(dial), 'busy'));
    return;
  }
  ring(core, dial);
  if (fate < 0.2) {
    yield 40_000;
    play.leg(play.staff[0] ?? '', 'caller', null);
    timeOutDial(core, dial);
    endOut(play, operator, 'NOANSWER', { cause: 0 });
    return;
  }
  yield between(play, 3000, 10_000);
  answerDial(core, dial, trunkLeg(dial));
  yield* outTalk(play, dial);
}
