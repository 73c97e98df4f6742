// Dial, Queue, FollowMe, Originate: whom the PBX calls, and what that makes of the one who is called.
import type { CallState, Channel } from './model.ts';
import type { Registry } from './registry.ts';
import { dialledNumber, localNumber, MAX_DEPTH } from './channel-name.ts';
import { addSilentLeg, legIndex, legOf, openLeg, roleNow } from './legs.ts';
import { enterStage } from './stage.ts';
import { redirect } from './transfers.ts';

export function dialBegin(
  registry: Registry,
  call: CallState,
  dest: Channel,
  caller: Channel | null,
  dialString: string,
  atMs: number,
): void {
  if (dest.dialled && (dest.leg !== null || call.clientChannels.includes(dest.id))) return;
  dest.dialled = true;
  dest.dialer = caller?.id ?? null;
  if (caller) caller.awaited = caller.awaited.filter((target) => !isTarget(target, dest));
  else if (dest.id === call.originChannel) originate(registry, call, dest);
  if (dest.leg !== null) return;
  if (dest.extension !== null) phoneDialled(registry, call, dest, atMs);
  else if (dest.trunk) trunkDialled(registry, call, dest, caller, dialString, atMs);
}

/** The first channel of the call was called by Asterisk itself: a click-to-call, or the come-back of a blonde transfer. */
function originate(registry: Registry, call: CallState, dest: Channel): void {
  call.originated = true;
  call.origin = 'click_to_call';
  const number = registry.number(dest.number);
  // Originate's CallerID, shown on the operator's phone, is usually the client.
  if (dest.extension !== null && number !== null && number !== dest.extension && !registry.internal(number)) {
    call.clientNumber = number;
  }
}

function phoneDialled(registry: Registry, call: CallState, dest: Channel, atMs: number): void {
  if (call.leftOperator) redirect(registry, call, dest.extension, atMs);
  const sibling = call.legs.find(
    (leg) =>
      leg.extension === dest.extension &&
      leg.endedAtMs === null &&
      leg.joinedAtMs === null &&
      sameDial(registry, leg.channels, dest),
  );
  if (sibling) {
    // Two contacts of one phone: one leg.
    sibling.channels.push(dest.id);
    dest.leg = sibling.key;
    return;
  }
  const forwarded = call.legs.findLast((leg) => leg.forwardedTo !== null && leg.forwardedTo === dest.extension);
  const role = forwarded && !call.legs.some((leg) => leg.role === 'forward-target') ? 'forward-target' : roleNow(call);
  openLeg(registry, call, dest, role, atMs, { extension: dest.extension });
  if (role === 'caller') registry.announce(call, atMs);
  else if (call.clientJoinedAtMs === null) enterStage(call, 'ringing');
}

function sameDial(registry: Registry, channels: string[], dest: Channel): boolean {
  return channels.some((id) => {
    const other = registry.channels.get(id);
    return other !== undefined && other.dialer === dest.dialer && other.endpoint === dest.endpoint;
  });
}

function trunkDialled(
  registry: Registry,
  call: CallState,
  dest: Channel,
  caller: Channel | null,
  dialString: string,
  atMs: number,
): void {
  const number = dialledNumber(dialString) || dest.number || numberIn(dest.exten) || askedFor(registry, call, caller);
  if (isSecondOfTwo(registry, call, number)) beginsWithMobile(registry, call, atMs);
  const outside = !call.hasClient && !isColleaguesMobile(registry, call, caller, number);
  if (outside || (!call.inbound && call.hasClient && call.clientJoinedAtMs === null)) {
    // The client of an outbound call; another trunk after the first one failed is the same attempt.
    call.hasClient = true;
    call.clientNumber = number;
    call.trunk = dest.endpoint;
    call.clientChannels.push(dest.id);
    call.clientCause = null;
    call.stage = 'ringing';
    registry.announce(call, atMs);
    registry.fact('call.changed', call, atMs);
    return;
  }
  if (call.leftOperator) redirect(registry, call, number, atMs);
  const forwarded = call.legs.findLast((leg) => leg.forwardedTo !== null && leg.forwardedTo === number);
  const role = roleNow(call);
  if (role === 'transfer-target' || role === 'park-comeback') {
    openLeg(registry, call, dest, role, atMs, { extension: null, number, of: registry.ownerOf(number) });
    return;
  }
  const of = registry.ownerOf(number) ?? forwarded?.extension ?? ownerByDialplan(registry, call, caller);
  openLeg(registry, call, dest, forwarded ? 'forward-target' : 'mobile', atMs, { extension: null, number, of });
  if (of !== null && !forwarded && isForwardBy(call, of)) call.forward = { from: of, to: number };
  if (call.clientJoinedAtMs === null) enterStage(call, 'ringing');
}

/** Empty for the name of a dialplan label (`s`, `dial`, `forward`). */
function numberIn(exten: string): string {
  const number = localNumber(exten);
  return /^[+*#]?\d[\d*#]*$/.test(number) ? number : '';
}

/** What the caller has dialled: only a hint, since the dialplan may have put digits before it or taken some away. */
function askedFor(registry: Registry, call: CallState, caller: Channel | null): string {
  const origin = registry.channels.get(call.originChannel);
  const calledOut = caller !== null && !call.inbound && !call.hasClient && origin?.dialled === false;
  return calledOut && origin.extension !== null ? numberIn(origin.exten) : '';
}

/** A click-to-call by the operator's mobile: the first number has been answered and now the second one is called. */
function isSecondOfTwo(registry: Registry, call: CallState, number: string): boolean {
  if (!call.originated || call.inbound || call.clientJoinedAtMs !== null || registry.ownerOf(number) !== null)
    return false;
  return call.clientChannels.some((id) => registry.channels.get(id)?.state === 'up');
}

/** Whom the PBX called first was not the client but the operator, on an outside number. */
function beginsWithMobile(registry: Registry, call: CallState, atMs: number): void {
  const number = call.clientNumber;
  for (const id of call.clientChannels) {
    const channel = registry.channels.get(id);
    if (!channel) continue;
    const leg = openLeg(registry, call, channel, 'caller', channel.createdAtMs, {
      extension: null,
      number,
      of: number === null ? null : registry.ownerOf(number),
    });
    leg.upAtMs = atMs;
  }
  call.hasClient = false;
  call.clientChannels = [];
  call.clientNumber = null;
}

/** An unconditional forward set in the PBX: the extension was asked for and got no channel of its own. */
function isForwardBy(call: CallState, extension: string): boolean {
  return !call.legs.some((leg) => leg.extension === extension);
}

/** In an internal call a trunk that is dialled for a short number stands for the colleague (forward, follow-me), not for a client. */
function isColleaguesMobile(registry: Registry, call: CallState, caller: Channel | null, number: string): boolean {
  if (call.inbound || call.originated) return false;
  if (registry.ownerOf(number) !== null && call.legs.some((leg) => leg.role === 'called')) return true;
  const origin = registry.channels.get(call.originChannel);
  const asked = origin?.exten ?? '';
  return (
    caller !== null &&
    call.legs.some((leg) => leg.role === 'called' && leg.extension === asked) &&
    // Before anybody has answered the dialplan of the caller itself goes on to the number that the colleague is forwarded to.
    (caller.half !== 0 || call.answeredAtMs === null)
  );
}

/** Whose mobile a trunk is that the dialplan calls: the extension on the way to it, or the phone that rang in vain. */
function ownerByDialplan(registry: Registry, call: CallState, caller: Channel | null): string | null {
  let depth = 0;
  for (let at = caller; at && depth++ < MAX_DEPTH; at = at.half !== 0 ? dialerOf(registry, at) : null) {
    if (at.half !== 0 && at.shortExten !== null) return at.shortExten;
    const exten = at.half === 0 ? '' : localNumber(at.endpoint);
    if (registry.internal(exten)) return exten;
  }
  const called = call.legs.filter((leg) => leg.extension !== null && leg.role !== 'caller');
  const rung = [...new Set(called.map((leg) => leg.extension))];
  if (rung.length === 1) return rung[0] ?? null;
  if (rung.length > 1) return null;
  const client = registry.channels.get(call.clientChannels[0] ?? '');
  return client?.shortExten ?? null;
}

/** Through a Local pair: the channel that dialled its first half. */
function dialerOf(registry: Registry, channel: Channel): Channel | null {
  const first = channel.half === 2 ? registry.otherHalf(channel) : channel;
  return (first?.dialer && registry.channels.get(first.dialer)) || null;
}

export function dialEnd(
  registry: Registry,
  call: CallState,
  caller: Channel | null,
  dest: Channel,
  status: string,
  forward: string | null,
  atMs: number,
): void {
  if (caller) caller.dialEnded = status;
  if (call.clientChannels.includes(dest.id)) {
    call.dialStatus = status;
    return;
  }
  const leg = legOf(call, dest);
  if (leg) {
    // Queue sends two DialEnd for one ring: the first is the truth.
    if (leg.status === null) leg.status = status;
    if (status === 'ANSWER') leg.upAtMs ??= atMs;
    if (forward !== null) {
      leg.forwardedTo = dialledNumber(forward);
      if (leg.extension !== null) call.forward = { from: leg.extension, to: leg.forwardedTo };
    }
    return;
  }
  if (dest.half !== 1) return;
  const inner = registry.otherHalf(dest);
  for (const other of call.legs) {
    if (other.outerStatus !== null) continue;
    if (other.channels.some((id) => inner !== null && dialledThrough(registry, id, inner.id)))
      other.outerStatus = status;
  }
}

/** Whether a Local half is somewhere on the way from the dialplan to a phone. */
function dialledThrough(registry: Registry, id: string, half: string): boolean {
  let at = registry.channels.get(id);
  for (let depth = 0; at && depth < MAX_DEPTH; depth++) {
    if (at.dialer === half) return true;
    const dialer = at.dialer ? registry.channels.get(at.dialer) : undefined;
    at = dialer?.half === 2 ? (registry.otherHalf(dialer) ?? undefined) : dialer;
  }
  return false;
}

/** The phones that a Dial names: `PJSIP/101&PJSIP/104,20,tT`. Those that are not registered get no channel and no event of their own. */
export function dialNamed(channel: Channel, data: string): void {
  channel.awaited = targetsOf(data);
  channel.dialEnded = null;
}

/** The same Dial told once more, before anything came of it. */
export function isNamed(channel: Channel, data: string): boolean {
  const targets = targetsOf(data);
  return targets.length === channel.awaited.length && targets.every((target, at) => target === channel.awaited[at]);
}

function targetsOf(data: string): string[] {
  const targets = data.split(',', 1)[0] ?? '';
  return targets.length > 2000 ? [] : targets.split('&').slice(0, 50);
}

/** `PJSIP/101`, `PJSIP/101/sip:101@10.0.0.5:5060`, `PJSIP/79161234567@trunk`, `SIP/trunk/79161234567`. */
function parseTarget(target: string): { tech: string; endpoint: string; outside: boolean } {
  const slash = target.indexOf('/');
  const tech = target.slice(0, Math.max(0, slash));
  const rest = target.slice(slash + 1);
  const next = rest.indexOf('/');
  const at = rest.lastIndexOf('@');
  if (next >= 0) return { tech, endpoint: rest.slice(0, next), outside: !rest.startsWith('sip:', next + 1) };
  return { tech, endpoint: rest.slice(at + 1), outside: at >= 0 };
}

function isTarget(target: string, dest: Channel): boolean {
  const { tech, endpoint } = parseTarget(target);
  return tech === dest.tech && endpoint === dest.endpoint;
}

/** DIALSTATUS: how a Dial ended as a whole. */
export function dialStatus(registry: Registry, call: CallState, channel: Channel, told: string, atMs: number): void {
  // A phone that declines (603) makes it CHANUNAVAIL too; what became of the phone itself is the truth (Asterisk 22).
  const status = told === 'CHANUNAVAIL' ? (channel.dialEnded ?? told) : told;
  if (status === '' || !isOnTheWay(call, channel)) return;
  if (channel.half === 0) call.dialStatus = status;
  notReached(registry, call, channel, status, atMs);
}

function isOnTheWay(call: CallState, channel: Channel): boolean {
  return call.clientChannels.includes(channel.id) || channel.half === 2 || channel.extension !== null;
}

/** Whom the Dial named and who got no channel: a phone that is not registered, a trunk that is away. */
function notReached(registry: Registry, call: CallState, channel: Channel, status: string, atMs: number): void {
  const awaited = channel.awaited;
  channel.awaited = [];
  // Somebody answered; the status may also be of the Dial that a transferred channel is leaving.
  if (status === 'ANSWER') return;
  for (const target of awaited) {
    const { tech, endpoint, outside } = parseTarget(target);
    if (tech === '' || tech === 'Local') continue;
    const extension = outside ? null : registry.extensionOf(tech, endpoint);
    if (extension !== null) {
      addSilentLeg(registry, call, extension, roleNow(call), atMs);
      if (call.clientJoinedAtMs === null) enterStage(call, 'ringing');
    } else if (!call.hasClient && !call.inbound) {
      // An outbound call for which the trunk could not even be tried.
      call.clientNumber = dialledNumber(target);
      call.trunk = endpoint;
      registry.announce(call, atMs);
    }
  }
  // FreePBX does not even dial a phone that is switched off or does not want to be disturbed: it sets the status itself.
  const undialled = awaited.length === 0 && channel.app.toLowerCase() !== 'dial' && call.legs.length === 0;
  if (undialled && channel.shortExten !== null && call.inbound && (status === 'CHANUNAVAIL' || status === 'BUSY')) {
    addSilentLeg(registry, call, channel.shortExten, 'called', atMs, status);
    enterStage(call, 'ringing');
  }
}

/** The Dial is over and nobody told its status (CEL, or a reader without VarSet): whom it named and who got no channel was not there. */
export function dialOver(registry: Registry, call: CallState, channel: Channel, atMs: number): void {
  if (channel.awaited.length === 0 || !isOnTheWay(call, channel)) return;
  const status = channel.dialEnded ?? call.dialStatus ?? 'CHANUNAVAIL';
  if (channel.half === 0) call.dialStatus ??= status;
  notReached(registry, call, channel, status, atMs);
}

/** The number of a trunk's channel may come only after the channel was called. */
export function toldLater(call: CallState, channel: Channel, number: string): void {
  const leg = legOf(call, channel);
  if (leg && leg.extension === null && leg.number === '') leg.number = number;
  if (call.clientChannels.includes(channel.id) && !call.inbound && call.clientNumber === '') call.clientNumber = number;
}

export function phoneState(registry: Registry, call: CallState, channel: Channel, atMs: number): void {
  const leg = legOf(call, channel);
  if (!leg) return;
  if (channel.state === 'ringing' && leg.ringingAtMs === null) {
    leg.ringingAtMs = atMs;
    registry.fact('call.changed', call, atMs, { leg: legIndex(call, leg) });
  }
  if (channel.state === 'up') leg.upAtMs ??= atMs;
}
