// Who hears whom. Talk, consultation and hold follow from the bridges, through Local pairs that were not optimised away.
import type { CallState, Channel, LegState } from './model.ts';
import type { Registry } from './registry.ts';
import { legIndex, legOf, openLeg } from './legs.ts';
import { abandonConsult, settleTransfers } from './transfers.ts';

/** Two moments of one change lie this close together at most. */
const SAME_MOMENT_MS = 1100;

/** Everybody whom a channel hears, itself included; nobody in a parking lot or a queue's waiting room. */
export function reached(registry: Registry, start: Channel): Channel[] {
  return heard(registry, start).people;
}

/** The same, and whether music plays to a Local half on the way, so that whoever is behind it hears nothing else. */
function heard(registry: Registry, start: Channel): { people: Channel[]; music: boolean } {
  const people: Channel[] = [];
  let music = false;
  if (start.bridge === null) return { people, music };
  const seen = [start.bridge];
  for (const id of seen) {
    const bridge = registry.bridges.get(id);
    if (!bridge || bridge.holding) continue;
    for (const member of bridge.members) {
      const channel = registry.channels.get(member);
      if (!channel) continue;
      if (channel.person) {
        people.push(channel);
        continue;
      }
      music ||= channel.music;
      const half = registry.otherHalf(channel);
      if (half && half.bridge !== null && !seen.includes(half.bridge)) seen.push(half.bridge);
    }
  }
  return { people, music };
}

/** Adds the time since the last change to whoever was doing something. Called before every change of the picture. */
export function settle(call: CallState, atMs: number): void {
  const elapsedMs = Math.max(0, atMs - call.settledAtMs);
  if (atMs > call.settledAtMs) call.settledAtMs = atMs;
  if (atMs > call.lastAtMs) call.lastAtMs = atMs;
  if (elapsedMs === 0) return;
  if (call.talking) call.talkMs += elapsedMs;
  for (const leg of call.legs) {
    if (leg.doing === 'talk') {
      leg.talkMs += elapsedMs;
      leg.lastTalkAtMs = atMs;
    } else if (leg.doing === 'consult') leg.consultMs += elapsedMs;
    else if (leg.doing === 'hold') leg.holdMs += elapsedMs;
    if (leg.doing === 'talk' || leg.doing === 'hold') leg.withClientUntilMs = atMs;
  }
}

/** Draws the picture anew after a change of bridges, holds or channels, and concludes who has answered. */
export function reconnect(registry: Registry, call: CallState, atMs: number): void {
  const before = call.legs.map((leg) => leg.doing);
  for (const leg of call.legs) leg.doing = null;
  findClient(registry, call);
  if (call.hasClient) joinWithClient(registry, call, before, atMs);
  joinColleagues(registry, call, before, atMs);
  call.talking = call.legs.some((leg) => leg.doing === 'talk');
  tellHolds(registry, call, before, atMs);
}

/** Attached in the middle of a call, with its first channel gone: the trunk in the talk is the client. */
function findClient(registry: Registry, call: CallState): void {
  if (call.hasClient) return;
  for (const id of call.channels) {
    const channel = registry.channels.get(id);
    if (!channel?.trunk || channel.leg !== null || channel.bridge === null) continue;
    const colleague = reached(registry, channel).find((other) => other.extension !== null && other.callId === call.id);
    if (!colleague) continue;
    call.hasClient = true;
    call.inbound = !channel.dialled && colleague.dialled;
    call.clientChannels.push(channel.id);
    call.clientNumber ??= channel.number;
    call.trunk ??= channel.endpoint;
    return;
  }
}

function joinWithClient(registry: Registry, call: CallState, before: LegState['doing'][], atMs: number): void {
  for (const id of call.clientChannels) {
    const client = registry.channels.get(id);
    if (!client || client.bridge === null) continue;
    const { people, music } = heard(registry, client);
    for (const person of people) {
      if (person === client || person.callId !== call.id || call.clientChannels.includes(person.id)) continue;
      const leg = legOf(call, person) ?? openLegOnJoin(registry, call, person, atMs);
      const quiet = music || person.held !== null || person.music || client.held !== null || client.music;
      leg.doing = quiet ? 'hold' : 'talk';
      leg.doingIn = person.bridge;
      const was = before[legIndex(call, leg)] ?? null;
      if (call.clientJoinedAtMs === null) call.clientJoinedAtMs = atMs;
      call.stage = 'talking';
      answer(registry, call, leg, atMs);
      if (was === 'talk' || was === 'hold') continue;
      leg.talkSinceMs = atMs;
      leg.lastTalkAtMs = atMs;
      call.hangupBy = null;
      if (call.consult?.channel === person.id && !cameAlong(call, people)) abandonConsult(registry, call);
      settleTransfers(registry, call, leg, atMs);
    }
  }
}

/** Whether the one consulted is in the talk too: the operator has not come back alone but made a three-way call. */
function cameAlong(call: CallState, people: readonly Channel[]): boolean {
  return people.some((person) => {
    const leg = legOf(call, person);
    return (leg?.extension ?? leg?.number) === call.consult?.to;
  });
}

/** Two of ours without the client: a consultation, or in an internal call the talk itself. */
function joinColleagues(registry: Registry, call: CallState, before: LegState['doing'][], atMs: number): void {
  for (const leg of call.legs) {
    if (leg.doing !== null || leg.endedAtMs !== null) continue;
    for (const id of leg.channels) {
      const channel = registry.channels.get(id);
      if (!channel || channel.bridge === null) continue;
      const others = reached(registry, channel).filter(
        (other) => other !== channel && other.callId === call.id && !call.clientChannels.includes(other.id),
      );
      for (const other of others) {
        const otherLeg = legOf(call, other) ?? openLegOnJoin(registry, call, other, atMs);
        if (otherLeg === leg) continue;
        const doing = call.hasClient ? 'consult' : 'talk';
        const held = channel.held !== null || other.held !== null;
        const quiet = doing === 'talk' && (held || channel.music || other.music);
        leg.doing = quiet ? 'hold' : doing;
        leg.doingIn = channel.bridge;
        answer(registry, call, leg, atMs);
        const was = before[legIndex(call, leg)] ?? null;
        if (doing === 'consult' || was === 'talk' || was === 'hold') continue;
        leg.talkSinceMs = atMs;
        leg.lastTalkAtMs = atMs;
        settleTransfers(registry, call, leg, atMs);
      }
    }
  }
}

/** Somebody is in the talk whom nobody was seen to call: pickup, unpark, conference, or we came in the middle. */
function openLegOnJoin(registry: Registry, call: CallState, person: Channel, atMs: number): LegState {
  const conference = registry.bridges.get(person.bridge ?? '')?.conference ?? false;
  const first = call.legs.length === 0;
  // INVITE with Replaces takes a ringing call without a Pickup event.
  const taken = person.cameBy === 'pickup' || (person.cameBy === 'itself' && !conference) ? ringing(call, atMs) : null;
  const role =
    person.cameBy === 'pickup' || taken
      ? 'pickup'
      : person.cameBy === 'unpark'
        ? 'unpark'
        : person.cameBy === 'recall'
          ? 'transfer-recall'
          : conference && !first
            ? 'conference'
            : person.dialled || call.inbound
              ? first || call.answeredAtMs === null
                ? 'called'
                : 'transfer-target'
              : first
                ? 'caller'
                : 'transfer-target';
  const number = person.trunk ? person.number : null;
  const startedAtMs = role === 'conference' || role === 'pickup' ? atMs : Math.min(atMs, person.createdAtMs);
  const leg = openLeg(registry, call, person, role, startedAtMs, { extension: person.extension, number });
  if (role === 'conference') addConference(registry, call, leg, atMs);
  if (taken && leg.extension !== null) call.pickup ??= { from: taken.extension, by: leg.extension };
  return leg;
}

/** Whom the client has been waiting for until now; null once anybody has answered. */
function ringing(call: CallState, atMs: number): LegState | null {
  if (call.answeredAtMs !== null) return null;
  const until = atMs - SAME_MOMENT_MS;
  return (
    call.legs.find((leg) => leg.role !== 'caller' && leg.device !== null && (leg.endedAtMs ?? atMs) >= until) ?? null
  );
}

function addConference(registry: Registry, call: CallState, leg: LegState, atMs: number): void {
  const host = lastTalker(call, leg);
  call.leftOperator = null;
  call.transfers.push({
    type: 'conference',
    by: host?.extension ?? host?.of ?? null,
    to: leg.extension ?? leg.number,
    atMs,
    blonde: false,
    completed: true,
    settled: true,
    operatorChannel: null,
  });
  registry.fact('call.transferred', call, atMs);
}

function answer(registry: Registry, call: CallState, leg: LegState, atMs: number): void {
  if (leg.joinedAtMs === null) {
    leg.joinedAtMs = Math.max(atMs, call.settledAtMs, leg.startedAtMs);
    leg.upAtMs ??= leg.joinedAtMs;
    call.settledAtMs = leg.joinedAtMs;
    registry.announce(call, atMs);
    registry.fact('leg.answered', call, atMs, { leg: legIndex(call, leg) });
  }
  if (leg.doing === 'consult') return;
  if (call.queue?.inside) {
    call.queue.inside = false;
    call.queue.waitMs += Math.max(0, atMs - call.queue.joinedAtMs);
  }
  if (call.answeredAtMs !== null) return;
  call.answeredAtMs = Math.max(atMs, call.settledAtMs);
  registry.fact('call.answered', call, atMs, { leg: legIndex(call, leg) });
}

function tellHolds(registry: Registry, call: CallState, before: LegState['doing'][], atMs: number): void {
  for (let i = 0; i < before.length; i++) {
    const leg = call.legs[i];
    if (!leg) continue;
    if (before[i] === 'talk' && leg.doing === 'hold') {
      leg.heldIn = leg.doingIn;
      registry.fact('call.held', call, atMs, { leg: i });
    }
    if (before[i] === 'hold' && leg.doing === 'talk') {
      // A consultation in between, or the way to another party, was a transfer and not a hold.
      const givenAway = call.transfers.some((transfer) => !transfer.settled);
      if (leg.heldIn !== null && leg.heldIn === leg.doingIn && !givenAway) {
        call.holds += 1;
        leg.resumedAtMs = atMs;
      }
      registry.fact('call.resumed', call, atMs, { leg: i });
    }
    if (leg.doing !== 'hold' || leg.doingIn !== leg.heldIn) leg.heldIn = null;
  }
}

/** The leg that talked with the client last; of several at once, the one that came last. */
export function lastTalker(call: CallState, except?: LegState): LegState | null {
  let best: LegState | null = null;
  for (const leg of call.legs) {
    if (leg === except || leg.talkSinceMs === null) continue;
    if (leg.extension === null && leg.of === null) continue;
    const at = leg.lastTalkAtMs ?? leg.talkSinceMs;
    const bestAt = best ? (best.lastTalkAtMs ?? best.talkSinceMs ?? 0) : -1;
    if (at > bestAt || (at === bestAt && leg.talkSinceMs >= (best?.talkSinceMs ?? 0))) best = leg;
  }
  return best;
}
