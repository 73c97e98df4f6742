// What a dialplan does besides calling people: parking, pickup, voicemail, recording, prompts.
import { dialEnd, nameOf, type Dial } from './dial.ts';
import { lines } from './event.ts';
import type { Channel } from './channel.ts';
import type { Core } from './core.ts';

const parkingSeconds = 30;

/** An operator's phone starts a call of its own. */
export function lift(core: Core, extension: string, dialled: string): Channel {
  return core.newChannel(`PJSIP/${extension}`, 'Ring', nameOf(core, extension), {
    context: 'from-internal',
    exten: dialled,
    priority: 1,
  });
}

/** The first free slot of the parking lot. */
function freeSlot(core: Core): string {
  for (let slot = 601; ; slot++) if (!core.parked.has(String(slot))) return String(slot);
}

/** The operator parks the client by the feature code, hears the slot and is left alone. @returns the slot */
export function park(core: Core, operator: Channel, client: Channel): string {
  const slot = freeSlot(core);
  core.parked.set(slot, client);
  const lot = core.parkingLot();
  core.setVar(client, 'BLINDTRANSFER', operator.name);
  core.leave(client);
  core.emit('ParkedCall', 'call', client.headers('Parkee') + lines(parking(operator, slot, 0)));
  core.enter(client, lot);
  core.setVar(client, 'BLINDTRANSFER', '');
  core.about('MusicOnHoldStart', client, { Class: 'default' });
  return slot;
}

function parking(operator: Channel, slot: string, seconds: number): Record<string, string | number> {
  return {
    ParkerDialString: operator.device,
    Parkinglot: 'default',
    ParkingSpace: slot,
    ParkingTimeout: parkingSeconds - seconds,
    ParkingDuration: seconds,
  };
}

/** Another operator dials the slot and talks with the client. @returns that operator's channel */
export function unpark(core: Core, slot: string, parker: Channel, extension: string, parkedMs: number): Channel {
  const client = core.parked.get(slot);
  if (!client) throw new Error(`nobody is parked at ${slot}`);
  core.parked.delete(slot);
  const retriever = lift(core, extension, slot);
  core.running(retriever, 'ParkedCall', `default,${slot}`);
  core.setState(retriever, 'Up');
  const bridge = core.newBridge();
  core.about('MusicOnHoldStop', client);
  core.leave(client);
  core.enter(client, bridge);
  const extra = lines(parking(parker, slot, Math.floor(parkedMs / 1000)));
  core.emit('UnParkedCall', 'call', client.headers('Parkee') + retriever.headers('Retriever') + extra);
  retriever.linkedid = client.linkedid;
  core.enter(retriever, bridge);
  core.setConnected(retriever, client.caller);
  core.setConnected(client, retriever.caller);
  return retriever;
}

/** Another operator takes the ringing call with `*8`. @returns that operator's channel */
export function pickUp(core: Core, dial: Dial, extension: string): Channel {
  const client = dial.caller;
  const [ringing] = dial.legs;
  if (!ringing) throw new Error('nobody rings');
  const picker = lift(core, extension, '*8');
  core.setConnected(picker, client.caller);
  core.setState(picker, 'Up');
  const before = picker.place;
  core.step(picker, 'AppDial', '(Outgoing Line)', { exten: client.place.exten });
  picker.goTo(before);
  core.emit('Pickup', 'call', picker.headers() + ringing.headers('Target'));
  core.hangup(ringing);
  core.setConnected(client, picker.caller);
  core.setVar(client, 'DIALSTATUS', 'ANSWER');
  picker.goTo({ exten: '' });
  dialEnd(core, client, picker, 'ANSWER');
  core.setState(client, 'Up');
  const bridge = core.newBridge();
  core.running(picker, 'AppDial', '(Outgoing Line)');
  // The Linkedid of the picker's channel becomes the client's without an event of its own.
  core.enter(picker, bridge);
  picker.linkedid = client.linkedid;
  core.enter(client, bridge);
  return picker;
}

/** The client's talk is recorded to a file from now on. @returns the path */
export function record(core: Core, client: Channel): string {
  const file = `${client.uniqueid}-in.wav`;
  core.step(client, 'MixMonitor', `${file},b`, { priority: client.place.priority + 1 });
  const path = `/var/spool/asterisk/monitor/${file}`;
  core.setVar(client, 'MIXMONITOR_FILENAME', path);
  core.about('MixMonitorStart', client);
  client.recorded = true;
  return path;
}

/** The mailbox answers the client. */
export function voicemail(core: Core, client: Channel, mailbox: string): void {
  core.step(client, 'VoiceMail', `${mailbox}@default,u`, { priority: client.place.priority + 1 });
  core.setState(client, 'Up');
}

/** The client hangs up after the message (or before it). */
export function leaveVoicemail(core: Core, client: Channel, mailbox: string, leftMessage: boolean): void {
  core.hangupRequest(client);
  if (leftMessage) {
    core.setVar(client, 'VM_MESSAGEFILE', `/var/spool/asterisk/voicemail/default/${mailbox}/INBOX/msg0000`);
    core.about('MessageWaiting', client, { Mailbox: `${mailbox}@default`, Waiting: 1, New: 1, Old: 0 });
  }
  core.setVar(client, 'VMSTATUS', leftMessage ? 'SUCCESS' : 'FAILED');
  core.softHangup(client);
  core.hangup(client, { cause: 0 });
}

/** The line is answered by the dialplan. */
export function pickUpLine(core: Core, client: Channel): void {
  core.running(client, 'Answer', '');
  core.setState(client, 'Up');
}

/** The client hangs up while a prompt plays. @param variable what the application reports */
export function leavePrompt(core: Core, client: Channel, variable: string): void {
  core.hangupRequest(client);
  core.setVar(client, variable, 'SUCCESS');
  core.softHangup(client);
  core.hangup(client, { cause: 0 });
}
