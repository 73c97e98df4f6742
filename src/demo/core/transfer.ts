// Transfers: blind by feature code or REFER, attended by feature code (through a Local pair) or by a phone with two lines.
import { lines } from './event.ts';
import { connectDial, dialEnd, phone, startDial, type Dial } from './dial.ts';
import { linkLocal, optimizeAway } from './local.ts';
import type { Bridge } from './bridge.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';

/** A key pressed on a phone. */
export function digit(core: Core, channel: Channel, key: string): void {
  core.emit('DTMFEnd', 'dtmf', channel.headers() + lines({ Digit: key, DurationMs: 100, Direction: 'Received' }));
}

/** The operator's channel puts the other one on hold. @param bySip pressed on the phone, not a feature code. */
export function hold(core: Core, operator: Channel, other: Channel, bySip: boolean): void {
  core.about('Hold', operator, bySip ? { MusicClass: 'default' } : {});
  core.about('MusicOnHoldStart', other, { Class: 'default' });
}

export function unhold(core: Core, operator: Channel, other: Channel): void {
  core.about('Unhold', operator);
  core.about('MusicOnHoldStop', other);
}

function bridgeOf(channel: Channel): Bridge {
  if (!channel.bridge) throw new Error(`${channel.name} is in no bridge`);
  return channel.bridge;
}

/**
 * The operator sends the client to an extension and is out of the call; the client's channel goes on in the dialplan and dials.
 *
 * @param byRefer by the phone's own button, else by the feature code.
 * @returns the new Dial; null when the phone is switched off.
 */
export function blindTransfer(
  core: Core,
  operator: Channel,
  client: Channel,
  extension: string,
  byRefer: boolean,
): Dial | null {
  const bridge = bridgeOf(operator);
  if (byRefer) unhold(core, operator, client);
  else core.about('Unhold', operator);
  core.setVar(operator, 'BLINDTRANSFER', client.name);
  core.setVar(client, 'BLINDTRANSFER', operator.name);
  if (byRefer) core.setVar(client, 'SIPTRANSFER', 'yes');
  core.emit(
    'BlindTransfer',
    'call',
    lines({ Result: 'Success' }) +
      operator.headers('Transferer') +
      client.headers('Transferee') +
      bridge.headers() +
      lines({ IsExternal: byRefer ? 'Yes' : 'No', Context: 'from-internal', Extension: extension }),
  );
  core.leave(operator);
  core.hangup(operator);
  if (!byRefer) core.about('MusicOnHoldStop', client);
  return goOnDialling(core, client, bridge, extension);
}

/** AMI Redirect of one channel: no transfer event at all; the other party is hung up by Dial. */
export function redirect(core: Core, client: Channel, extension: string): Dial | null {
  const bridge = bridgeOf(client);
  const other = bridge.channels.find((channel) => channel !== client);
  const dial = goOnDialling(core, client, bridge, extension, () => {
    if (!other) return;
    core.leave(other);
    core.destroyIfEmpty(bridge);
    core.hangup(other);
  });
  return dial;
}

function goOnDialling(
  core: Core,
  client: Channel,
  bridge: Bridge,
  extension: string,
  release: () => void = () => {},
): Dial | null {
  // The step still shows the data of the old Dial: so it does in Asterisk.
  core.step(client, 'Dial', client.applicationData, { context: 'from-internal', exten: extension, priority: 1 });
  core.leave(client);
  release();
  core.destroyIfEmpty(bridge);
  core.setVar(client, 'DIALSTATUS', 'ANSWER');
  return startDial(core, client, [phone(extension)], { seconds: 30, step: false });
}

/** A consultation by feature code: the operator in a bridge with `;1`, while `;2` calls the other operator. */
export interface Consultation {
  readonly operator: Channel;
  readonly client: Channel;
  readonly one: Channel;
  readonly two: Channel;
  readonly dial: Dial;
  readonly target: Channel;
  /** Where the client waits. */
  readonly home: Bridge;
  readonly room: Bridge;
}

/** After the digits: the operator leaves the client's bridge before the other one answers. */
export function consult(core: Core, operator: Channel, client: Channel, extension: string): Consultation {
  const home = bridgeOf(operator);
  const [one, two] = core.newLocalPair({ context: 'from-internal', exten: extension, priority: 1 }, client.linkedid);
  core.setVar(one, 'TRANSFERERNAME', operator.name);
  core.setVar(one, 'ATTENDEDTRANSFER', operator.name);
  const room = core.newBridge();
  core.setCaller(two, operator.caller);
  linkLocal(core, one, two, true);
  core.running(two, 'Dial', `PJSIP/${extension},30,tTkK`);
  core.setConnected(one, operator.caller);
  core.enter(one, room);
  core.setVar(one, 'ATTENDEDTRANSFER', '');
  core.leave(operator);
  core.enter(operator, room);
  const dial = startDial(core, two, [phone(extension)], { seconds: 30, step: false });
  const target = dial?.legs[0];
  if (!dial || !target) throw new Error(`${extension} cannot be consulted: its phone is switched off`);
  core.setCaller(one, target.caller);
  core.setConnected(operator, target.caller);
  core.setState(target, 'Ringing');
  core.setState(one, 'Ringing');
  core.emit('DialState', 'call', one.headers('Dest') + lines({ DialStatus: 'RINGING' }));
  core.emit('DialState', 'call', two.headers() + target.headers('Dest') + lines({ DialStatus: 'RINGING' }));
  return { operator, client, one, two, dial, target, home, room };
}

/** The other operator answers. */
export function consultAnswered(core: Core, consultation: Consultation): void {
  const { one, two, target, dial } = consultation;
  connectDial(core, dial, target);
  core.setState(two, 'Up');
  const bridge = core.newBridge();
  core.setState(one, 'Up');
  dialEnd(core, null, one, 'ANSWER');
  core.running(target, 'AppDial', '(Outgoing Line)');
  core.enter(target, bridge);
  core.enter(two, bridge);
}

/** The operator hangs up: the client's bridge takes over `;1`. Without an answer before it the transfer is a blonde one. */
export function completeConsultation(core: Core, consultation: Consultation): void {
  const { operator, client, one, home, room } = consultation;
  const answered = one.state === 'Up';
  core.hangupRequest(operator, { cause: 16 });
  core.about('MusicOnHoldStop', client);
  if (answered) core.leave(operator);
  core.emit('BridgeMerge', 'call', home.headers('To') + room.headers('From'));
  core.leave(one);
  core.enter(one, home);
  core.emit(
    'AttendedTransfer',
    'call',
    lines({ Result: 'Success' }) +
      operator.headers('OrigTransferer') +
      home.headers('Orig') +
      operator.headers('SecondTransferer') +
      room.headers('Second') +
      client.headers('Transferee') +
      one.headers('TransferTarget') +
      lines({ IsExternal: 'No', DestType: 'Bridge', DestBridgeUniqueid: home.uniqueid }),
  );
  core.setConnected(client, one.caller);
  core.setConnected(one, client.caller);
  core.leave(operator);
  if (!answered) return;
  core.destroyIfEmpty(room);
  core.hangup(operator);
  core.setConnected(consultation.target, client.caller);
}

/** The target of a blonde transfer answers; only now the operator's channel ends. */
export function blondeAnswered(core: Core, consultation: Consultation): void {
  const { operator, client, one, two, target, dial, room } = consultation;
  core.setCaller(two, client.caller);
  core.setConnected(target, client.caller);
  connectDial(core, dial, target);
  core.setState(two, 'Up');
  const bridge = core.newBridge();
  core.running(target, 'AppDial', '(Outgoing Line)');
  core.enter(target, bridge);
  core.setState(one, 'Up');
  dialEnd(core, null, one, 'ANSWER');
  core.destroyIfEmpty(room);
  core.hangup(operator);
  core.enter(two, bridge);
}

/** The Local pair goes out of the way, and the client and the other operator are in one bridge. */
export function optimizeConsultation(core: Core, consultation: Consultation, blonde: boolean): void {
  const { one, two, client, target } = consultation;
  if (blonde) optimizeAway(core, { one, two }, target, one, two);
  else optimizeAway(core, { one, two }, client, two, one);
}

/** The other operator does not answer: the operator is back with the client. No event says that the transfer failed. */
export function returnFromConsultation(core: Core, consultation: Consultation): void {
  const { operator, client, one, two, target, home, room } = consultation;
  core.leave(operator);
  core.enter(operator, home);
  core.about('Unhold', operator);
  core.leave(one);
  core.destroyIfEmpty(room);
  core.hangupRequest(two, { cause: 16 });
  core.hangup(one);
  core.about('MusicOnHoldStop', client);
  dialEnd(core, two, target, 'NOANSWER');
  core.setVar(two, 'DIALSTATUS', 'NOANSWER');
  core.softHangup(two);
  core.hangup(two, { cause: 0 });
  core.hangup(target, { cause: 0 });
  core.setConnected(operator, client.caller);
}

/** REFER with Replaces: the client takes the place of the operator's second line in the bridge with the other operator. */
export function referReplaces(core: Core, first: Channel, second: Channel, client: Channel, target: Channel): void {
  const home = bridgeOf(first);
  const room = bridgeOf(second);
  unhold(core, first, client);
  core.about('Unhold', second);
  core.setVar(first, 'ATTENDEDTRANSFER', client.name);
  const homeBefore = home.headers('Orig');
  const roomBefore = room.headers('Second');
  core.leave(client);
  core.leave(second);
  core.enter(client, room, second);
  core.setVar(second, 'DIALSTATUS', 'ANSWER');
  core.softHangup(second);
  core.about('SoftHangupRequest', second, { Cause: 1 });
  core.emit(
    'AttendedTransfer',
    'call',
    lines({ Result: 'Success' }) +
      first.headers('OrigTransferer') +
      homeBefore +
      second.headers('SecondTransferer') +
      roomBefore +
      client.headers('Transferee') +
      target.headers('TransferTarget') +
      lines({ IsExternal: 'No', DestType: 'Bridge', DestBridgeUniqueid: room.uniqueid }),
  );
  // The target's Linkedid becomes the client's without an event of its own.
  target.linkedid = client.linkedid;
  core.setConnected(target, client.caller);
  core.leave(first);
  core.setConnected(client, target.caller);
  core.destroyIfEmpty(home);
  core.hangup(first);
  core.hangup(second);
}
