// Which work for CRMs follows from facts: made in the batch that stores the facts, so that neither is ever without the other.
import type { Call } from '../calls/call.ts';
import type { Fact, FactType } from '../calls/facts.ts';
import type { Directory } from '../people/directory.ts';
import type { DeliveryKind, NewDelivery } from '../store/delivery.ts';
import { decide } from './decide.ts';
import type { Decision } from './decision.ts';
import { isRung, personOf } from './parties.ts';

/** A card that is later than this shows a caller who has long been talked to. */
const cardStaleMs = 30_000;
const liveStaleMs = 60_000;
/**
 * How long the end of a call of which something was not seen waits for CEL to tell the rest: what is finished in a CRM stays as it is. CEL is
 * read a moment after the end, and every minute.
 */
const incompleteMs = 120_000;
/** A missed call that is found out later than this (a period of the past is processed) is nothing to call back for any more. */
const taskAgeMsMax = 86_400_000;

const changesTalker: ReadonlySet<FactType> = new Set(['leg.answered', 'call.answered', 'call.transferred']);

/** Our own connection, which makes recordings ready. */
const recordingsCrm = 'recordings';

/** A connection as planning sees it. */
export interface PlannedFor {
  readonly name: string;
  readonly takes: readonly DeliveryKind[];
  /** The PBXs whose calls it gets; null or absent: all. */
  readonly pbxs?: readonly string[] | null;
}

export interface PlanAbout {
  /** Country whose numbers come without a country code. */
  region: string;
  /** Unix ms. */
  nowMs: number;
  /** PBXs whose CEL tells what was not seen. */
  completed: ReadonlySet<string>;
  /** PBXs whose recordings are looked for by name and in the CDR, when Asterisk told of none. */
  searched: ReadonlySet<string>;
  /** A call as it was before this batch; what it gives for one that is merged away tells whom that call was shown to. */
  before?: (callId: string) => Call | null | undefined;
}

/** What is about to be stored; see `Recorded`. */
export interface Batch {
  readonly calls: readonly { readonly call: Call }[];
  readonly merged: readonly { readonly id: string; readonly into: string }[];
  readonly facts: readonly Fact[];
}

/**
 * Pure, and the same each time, so that a batch that is stored again after an uncertain commit has the same work.
 *
 * In order of the facts; what several facts of one call ask for is asked once. Live work is not made for a call that has ended in the same
 * batch, nor any for one that was merged away in it, save the news of that.
 */
export function plan(
  batch: Batch,
  directory: Directory,
  connections: readonly PlannedFor[],
  about: PlanAbout,
): NewDelivery[] {
  const calls = new Map(batch.calls.map(({ call }) => [call.id, call]));
  const survivors = new Map(batch.merged.map(({ id, into }) => [id, into]));
  const named = (type: FactType): Set<string> =>
    new Set(batch.facts.filter((fact) => fact.type === type).map(({ callId }) => callId));
  const [endedNow, changed] = [named('call.ended'), named('call.changed')];
  const planned = new Planning(directory, connections, about);
  for (const fact of batch.facts) {
    const call = calls.get(fact.callId);
    planned.event(fact, call ?? null);
    if (fact.type === 'call.merged') {
      // Of a chain within the batch, the last one.
      const into = survivors.get(fact.callId) ?? fact.into ?? null;
      planned.merged(fact, into, calls.get(into ?? '') ?? null);
    } else if (call && !survivors.has(call.id)) {
      planned.fact(fact, call);
      // It ended in an earlier batch: CEL or the CDR tells what nobody saw.
      if (call.endedAt !== null && changed.has(call.id) && !endedNow.has(call.id)) planned.completed(fact, call);
    }
  }
  return planned.deliveries;
}

class Planning {
  readonly deliveries: NewDelivery[] = [];
  readonly #directory: Directory;
  readonly #connections: readonly PlannedFor[];
  readonly #about: PlanAbout;
  readonly #decisions = new Map<string, Decision>();
  readonly #made = new Set<string>();

  constructor(directory: Directory, connections: readonly PlannedFor[], about: PlanAbout) {
    this.#directory = directory;
    this.#connections = connections;
    this.#about = about;
  }

  fact(fact: Fact, call: Call): void {
    if (fact.type === 'call.ended') this.#ended(call);
    if (call.direction !== 'inbound' || call.endedAt !== null) return;
    if (fact.type === 'leg.started' && this.#isRinging(call, fact.leg)) this.#live('card', fact, call, cardStaleMs);
    if (changesTalker.has(fact.type)) this.#live('answered', fact, call, liveStaleMs);
  }

  /** For those who take every fact as it is. */
  event(fact: Fact, call: Call | null): void {
    const shown = call ?? this.#about.before?.(fact.callId) ?? null;
    for (const connection of this.#connections) {
      if (!connection.takes.includes('event') || !this.#isFor(connection, shown)) continue;
      this.deliveries.push({
        crm: connection.name,
        kind: 'event',
        callId: fact.callId,
        number: null,
        live: false,
        payload: { type: fact.type, at: iso(fact.atMs), leg: fact.leg ?? null, into: fact.into ?? null, call },
        staleAtMs: null,
      });
    }
  }

  merged(fact: Fact, intoId: string | null, into: Call | null): void {
    const before = this.#about.before?.(fact.callId) ?? null;
    for (const connection of this.#connections) {
      // What is not known may have been shown.
      if (!connection.takes.includes('merged') || !this.#isFor(connection, before)) continue;
      this.#add(connection, 'merged', fact.callId, {
        number: into?.client?.e164 ?? into?.client?.number ?? null,
        payload: { into: intoId },
        staleAtMs: Math.round(fact.atMs) + liveStaleMs,
      });
    }
    if (into?.direction !== 'inbound' || into.endedAt !== null) return;
    // Whoever was consulted is with the client now, or his phone rings for him: none of that is a fact of this call's own.
    const rings = into.legs.some((leg, index) => leg.answeredAt === null && this.#isRinging(into, index));
    if (rings) this.#live('card', fact, into, cardStaleMs);
    this.#live('answered', fact, into, liveStaleMs);
  }

  /** A phone of one of ours makes itself heard now. */
  #isRinging(call: Call, index: number | undefined): boolean {
    const leg = index === undefined ? undefined : call.legs[index];
    if (!leg || leg.role === 'caller' || leg.endedAt !== null || !isRung(leg)) return false;
    return personOf(leg, this.#directory, this.#about.region) !== null;
  }

  #live(kind: 'card' | 'answered', fact: Fact, call: Call, staleMs: number): void {
    for (const [connection, { clientNumber }] of this.#registeredAt(call, kind)) {
      this.#add(connection, kind, call.id, {
        number: clientNumber,
        payload: {},
        staleAtMs: Math.round(fact.atMs) + staleMs,
      });
    }
  }

  /** More is known of a call whose end was planned for: only what has to be done besides. */
  completed(fact: Fact, call: Call): void {
    if (fact.type === 'recording.started') this.#encode(call);
    if (fact.type !== 'call.answered') return;
    for (const [connection, { clientNumber: number }] of this.#registeredAt(call, 'reached')) {
      if (isReached(call, number)) this.#add(connection, 'reached', call.id, { number, payload: {}, staleAtMs: null });
    }
  }

  #ended(call: Call): void {
    const isHeld = call.gap === true && this.#about.completed.has(call.pbx);
    const held = isHeld ? { dueAtMs: this.#about.nowMs + incompleteMs } : {};
    const usual = { payload: {}, staleAtMs: null, ...held };
    for (const connection of this.#connections) {
      const decision = this.#decision(call, connection);
      // A CRM that may have ordered the call has it open until it is told of its end, whatever the lists say.
      const isOrdered = call.origin === 'click_to_call' && connection.takes.includes('order-failed');
      if (!decision.registered && !isOrdered) continue;
      const number = decision.clientNumber;
      this.#take(connection, 'ended', call.id, { number, ...usual });
      const isOld = this.#about.nowMs - Date.parse(call.endedAt ?? call.startedAt) > taskAgeMsMax;
      if (decision.missed && decision.task && !isOld) this.#take(connection, 'missed', call.id, { number, ...usual });
      if (isReached(call, number)) this.#take(connection, 'reached', call.id, { number, ...usual });
    }
    const isSearched = call.talkMs > 0 && call.direction !== 'internal' && this.#about.searched.has(call.pbx);
    if (call.recordings.length > 0 || isSearched) this.#encode(call);
  }

  #encode(call: Call): void {
    const crms = this.#registeredAt(call, 'record').filter(([, { records }]) => records);
    this.#add({ name: recordingsCrm }, 'encode', call.id, {
      number: null,
      payload: { crms: crms.map(([{ name }]) => name) },
      staleAtMs: null,
    });
  }

  #registeredAt(call: Call, kind: DeliveryKind): [PlannedFor, Decision][] {
    return this.#connections
      .filter(({ takes }) => takes.includes(kind))
      .map((connection) => [connection, this.#decision(call, connection)] as [PlannedFor, Decision])
      .filter(([, { registered }]) => registered);
  }

  /** A call that nobody knows any more may be anybody's. */
  #isFor(connection: PlannedFor, call: Call | null): boolean {
    return call === null || this.#decision(call, connection).registered;
  }

  #decision(call: Call, { name, pbxs }: PlannedFor): Decision {
    const key = `${name} ${call.id}`;
    let decision = this.#decisions.get(key);
    if (!decision) {
      decision = decide(call, this.#directory, { crm: name, region: this.#about.region, pbxs: pbxs ?? null });
      this.#decisions.set(key, decision);
    }
    return decision;
  }

  #take(connection: PlannedFor, kind: DeliveryKind, callId: string, given: Given): void {
    if (connection.takes.includes(kind)) this.#add(connection, kind, callId, given);
  }

  #add({ name }: Pick<PlannedFor, 'name'>, kind: DeliveryKind, callId: string, given: Given): void {
    const key = `${name} ${kind} ${callId}`;
    if (this.#made.has(key)) return;
    this.#made.add(key);
    const live = kind === 'card' || kind === 'answered' || kind === 'merged';
    this.deliveries.push({ crm: name, kind, callId, live, ...given });
  }
}

type Given = Pick<NewDelivery, 'number' | 'payload' | 'staleAtMs' | 'dueAtMs'>;

/** Somebody of ours and the client talked. */
function isReached(call: Call, number: string | null): boolean {
  return call.answered && call.direction !== 'internal' && number !== null;
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
