// What must hold of the tracker after every event of every stream, however broken.
import { type Call, callSchema } from '../../../src/calls/call.ts';
import type { PbxEvent } from '../../../src/calls/events.ts';
import type { Fact } from '../../../src/calls/facts.ts';
import type { CallDump, Tracker } from '../../../src/calls/tracker.ts';
import type { Played } from './trace.ts';

const strict = callSchema.strict();

/** Plays events and checks after every one of them what was said and what is held. Throws at the first broken promise. */
export function playWatched(events: Iterable<PbxEvent>, tracker: Tracker, { deep = true } = {}): Played {
  const watch = new Watch(tracker);
  const played: Played = { ended: [], open: [], facts: [] };
  for (const event of events) {
    const facts = tracker.step(event);
    watch.facts(facts);
    if (deep) watch.state();
    for (const fact of facts) {
      played.facts.push(fact);
      if (fact.type !== 'call.ended') continue;
      const call = tracker.call(fact.callId);
      if (!call) throw new Error(`${fact.callId} ended and cannot be read`);
      played.ended.push(call);
    }
  }
  return { ...played, open: tracker.openCalls() };
}

type Life = { legs: Set<number>; over: 'ended' | 'merged' | null };

class Watch {
  readonly #tracker: Tracker;
  readonly #calls = new Map<string, Life>();

  constructor(tracker: Tracker) {
    this.#tracker = tracker;
    for (const call of tracker.openCalls()) this.#know(call);
  }

  facts(facts: readonly Fact[]): void {
    for (const fact of facts) {
      const known = this.#calls.get(fact.callId);
      if (fact.type === 'call.started') {
        if (known) fail(`${fact.callId} started twice`);
        this.#calls.set(fact.callId, { legs: new Set(), over: null });
        continue;
      }
      if (!known) throw new Error(`${fact.type} of ${fact.callId}, which was never told of`);
      if (known.over) fail(`${fact.type} of ${fact.callId}, which has ${known.over}`);
      if (fact.type === 'call.ended') known.over = 'ended';
      if (fact.type === 'call.merged') {
        known.over = 'merged';
        const into = this.#calls.get(fact.into ?? '');
        if (into?.over !== null) fail(`${fact.callId} became a part of ${fact.into}, which is not open`);
      }
      if (fact.leg !== undefined && fact.leg < 0) fail(`${fact.type} of leg ${fact.leg}`);
      if (fact.leg !== undefined && fact.type === 'leg.started') {
        if (known.legs.has(fact.leg)) fail(`leg ${fact.leg} of ${fact.callId} started twice`);
        known.legs.add(fact.leg);
      }
    }
    this.#checkCalls(facts);
  }

  /** Legs that a call had when it was first told of, or got by a merge, need no fact of their own. */
  #checkCalls(facts: readonly Fact[]): void {
    const touched = new Set(facts.flatMap((fact) => [fact.callId, fact.into ?? fact.callId]));
    for (const id of touched) {
      const call = this.#tracker.call(id);
      const life = this.#calls.get(id);
      if (!life || life.over === 'merged') continue;
      if (!call) throw new Error(`${id} cannot be read`);
      const whole = facts.some((fact) => fact.into === id || (fact.callId === id && fact.type === 'call.started'));
      if (whole) this.#know(call, life);
      for (const fact of facts) {
        if (fact.callId === id && fact.leg !== undefined && !life.legs.has(fact.leg)) {
          fail(`${fact.type} of leg ${fact.leg} of ${id}, which never started`);
        }
      }
      if (life.legs.size !== call.legs.length) fail(`${id} has ${call.legs.length} legs, ${life.legs.size} were told`);
      checkCall(call, life.over === 'ended');
    }
  }

  #know(call: Call, life: Life = { legs: new Set(), over: null }): void {
    call.legs.forEach((_, at) => life.legs.add(at));
    this.#calls.set(call.id, life);
  }

  /** No channel is in two calls or in two legs; whatever is open is open. */
  state(): void {
    const owner = new Map<string, string>();
    const talking = new Map<string, string>();
    for (const call of this.#tracker.openCalls()) {
      if (this.#calls.get(call.id)?.over !== null) fail(`${call.id} is open and was not told of, or has ended`);
      checkCall(call, false);
      checkDump(this.#tracker.dump(call.id) ?? fail(`${call.id} cannot be stored`), owner, talking);
    }
    for (const [id, life] of this.#calls) {
      if (life.over === null && !this.#tracker.call(id)) fail(`${id} is neither open nor ended`);
    }
  }
}

function checkDump(dump: CallDump, owner: Map<string, string>, talking: Map<string, string>): void {
  const { call } = dump;
  for (const id of call.channels) {
    if (owner.has(id)) fail(`channel ${id} is in ${owner.get(id)} and in ${call.id}`);
    owner.set(id, call.id);
    if (!dump.channels.some((channel) => channel.id === id)) fail(`channel ${id} of ${call.id} is not there`);
  }
  for (const channel of dump.channels) {
    if (channel.callId !== call.id) fail(`channel ${channel.id} of ${call.id} says ${channel.callId}`);
  }
  for (const leg of call.legs) {
    for (const id of leg.channels) {
      if (!call.channels.includes(id)) fail(`leg of ${call.id} holds channel ${id}, which is not in the call`);
      if (leg.doing === null) continue;
      if (talking.has(id)) fail(`channel ${id} talks in ${talking.get(id)} and in ${call.id}`);
      talking.set(id, call.id);
    }
  }
}

const at = (iso: string): number => Date.parse(iso);

function checkCall(call: Call, ended: boolean): void {
  strict.parse(call);
  if ((call.endedAt !== null) !== ended) fail(`${call.id} has endedAt ${call.endedAt}`);
  if (ended !== (call.stage === null)) fail(`${call.id} is in stage ${call.stage}`);
  if (call.answered && call.answeredAt === null) fail(`${call.id} is answered, nobody knows when`);
  if (call.answered && !call.legs.some((leg) => leg.answeredAt !== null)) fail(`${call.id} was answered by nobody`);
  if (call.answeredAt !== null && at(call.answeredAt) < at(call.startedAt))
    fail(`${call.id} answered before its start`);
  for (const [index, leg] of call.legs.entries()) {
    const name = `leg ${index} (${leg.extension ?? leg.number}) of ${call.id}`;
    if (at(leg.startedAt) < at(call.startedAt)) fail(`${name} started before the call`);
    if (leg.answeredAt !== null && at(leg.answeredAt) < at(leg.startedAt)) fail(`${name} answered before its start`);
    if (leg.endedAt !== null && at(leg.endedAt) < at(leg.answeredAt ?? leg.startedAt)) fail(`${name} ended too early`);
    if (ended && leg.endedAt === null) fail(`${name} has no end`);
    if (ended && leg.outcome === null) fail(`${name} has no outcome`);
    if (leg.answeredAt === null && leg.talkMs + leg.consultMs + leg.holdMs > 0) fail(`${name} talked unanswered`);
    if (leg.endedAt === null || call.endedAt === null) continue;
    const livedMs = at(leg.endedAt) - at(leg.startedAt);
    if (leg.talkMs + leg.holdMs > livedMs) fail(`${name} talked for ${leg.talkMs} ms of ${livedMs}`);
    if (leg.ringMs > livedMs) fail(`${name} rang for ${leg.ringMs} ms of ${livedMs}`);
  }
  if (!ended || call.endedAt === null) return;
  const lastedMs = at(call.endedAt) - at(call.startedAt);
  if (lastedMs < 0) fail(`${call.id} lasted ${lastedMs} ms`);
  if (call.talkMs > lastedMs) fail(`${call.id} has ${call.talkMs} ms of talk in ${lastedMs}`);
  if (call.talkMs > 0 && call.answeredAt === null) fail(`${call.id} has talk and no answer`);
  if (call.recordings.some((recording) => recording.endedAt === null)) fail(`${call.id} still records`);
}

function fail(message: string): never {
  throw new Error(message);
}
