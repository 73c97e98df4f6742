// What a contact that CEL tells means for what is stored already: pure.
import { isDeepStrictEqual } from 'node:util';
import type { Call } from '../../calls/call.ts';
import type { Fact } from '../../calls/facts.ts';
import type { Contact } from './past-tracker.ts';

/**
 * - `new`: nothing was stored of it.
 * - `completed`: what live tracking stored has a gap, which is filled now.
 * - `unchanged`: it is stored whole, or CEL does not know more.
 * - `waiting`: live tracking still has it open, and will end it.
 * - `partial`: the beginning is not among the rows.
 */
export type Verdict = 'new' | 'completed' | 'unchanged' | 'waiting' | 'partial';

export interface Settled {
  verdict: Verdict;
  /** To be stored; none unless new or completed. */
  calls: Call[];
  merged: { id: string; into: string }[];
  facts: Fact[];
}

const nothing = (verdict: Verdict): Settled => ({ verdict, calls: [], merged: [], facts: [] });

/**
 * @param stored calls that cover any of the contact's linkedids
 * @param isPoor the rows lack `extra`, so that live tracking, even with a gap, may have seen more
 */
export function settle(contact: Contact, stored: readonly Call[], isPoor: boolean): Settled {
  if (contact.calls.length === 0) return nothing('unchanged');
  if (stored.length === 0) {
    if (!contact.isWhole) return nothing('partial');
    return { verdict: 'new', calls: contact.calls, merged: contact.merged, facts: contact.facts };
  }
  if (stored.some(({ endedAt }) => endedAt === null)) return nothing('waiting');
  if (!contact.isWhole || !stored.some(({ gap }) => gap === true)) return nothing('unchanged');
  // Live tracking may have seen more belong together (a table without `extra` tells of no transfer).
  if (stored.some(({ linkedIds }) => linkedIds.some((id) => !contact.linkedIds.has(id)))) return nothing('unchanged');
  if (isPoor && knowsLess(contact.calls, stored)) return nothing('unchanged');
  return complete(contact, stored);
}

function knowsLess(calls: readonly Call[], stored: readonly Call[]): boolean {
  const transfers = (of: readonly Call[]) => of.reduce((sum, call) => sum + call.transfers.length, 0);
  const talkMs = (of: readonly Call[]) => of.reduce((sum, call) => sum + call.talkMs, 0);
  return transfers(calls) < transfers(stored) || (talkMs(calls) === 0 && talkMs(stored) > 0);
}

function complete(contact: Contact, stored: readonly Call[]): Settled {
  const known = pair(contact.calls, stored);
  const idOf = new Map(contact.calls.map((call) => [call.id, known.get(call)?.id ?? call.id]));
  const calls = contact.calls.map((call) => keepKnown({ ...call, id: idOf.get(call.id) ?? call.id }, known.get(call)));
  const facts = contact.facts.map((fact) => ({ ...fact, callId: idOf.get(fact.callId) ?? fact.callId }));
  const kept = new Set(calls.map(({ id }) => id));
  const [first] = calls;
  const absorbed = stored.filter(({ id }) => !kept.has(id)).map(({ id }) => ({ id, into: first?.id ?? id }));
  const renamed = [...idOf].filter(([from, to]) => from !== to && !kept.has(from)).map(([id, into]) => ({ id, into }));
  const merged = contact.merged.map(({ id, into }) => ({ id, into: idOf.get(into) ?? into }));
  const all = [...merged, ...renamed, ...absorbed].filter(({ id }) => !kept.has(id));
  const before = new Map(stored.map((call) => [call.id, call]));
  const isSame = absorbed.length === 0 && calls.every((call) => isDeepStrictEqual(before.get(call.id), plain(call)));
  if (isSame) return nothing('unchanged');
  return {
    verdict: 'completed',
    calls,
    merged: [...new Map(all.map((one) => [one.id, one])).values()],
    facts: [
      ...absorbed.map(({ id, into }): Fact => ({ type: 'call.merged', callId: id, into, atMs: contact.lastAtMs })),
      ...calls.flatMap((call) => missing(call, before.get(call.id), facts, contact.lastAtMs)),
    ],
  };
}

/** Which stored call each of CEL's is: that of its id, else the next one by time. */
function pair(calls: readonly Call[], stored: readonly Call[]): Map<Call, Call> {
  const found = new Map<Call, Call>();
  const free = new Set(stored);
  for (const call of calls) {
    const same = stored.find(({ id }) => id === call.id);
    if (same) {
      found.set(call, same);
      free.delete(same);
    }
  }
  for (const call of calls) {
    if (found.has(call)) continue;
    const [next] = [...free].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
    if (!next) break;
    found.set(call, next);
    free.delete(next);
  }
  return found;
}

/** What live tracking knows and CEL cannot. */
function keepKnown(call: Call, before: Call | undefined): Call {
  if (!before) return call;
  const kept: Call = { ...call, origin: call.origin === 'dialed' ? (before.origin ?? call.origin) : call.origin };
  if (call.recordings.length < before.recordings.length) kept.recordings = before.recordings;
  if (before.voicemail?.leftMessage && kept.voicemail) kept.voicemail = { ...kept.voicemail, leftMessage: true };
  if (before.holds !== undefined) kept.holds = Math.max(before.holds, call.holds ?? 0);
  if (before.spiedBy) kept.spiedBy = [...new Set([...before.spiedBy, ...(call.spiedBy ?? [])])];
  return kept;
}

/** The facts that were never told of a call; `call.ended` was, and `call.changed` says that something else is new. */
function missing(call: Call, before: Call | undefined, facts: readonly Fact[], atMs: number): Fact[] {
  const own = facts.filter(({ callId }) => callId === call.id);
  if (!before) return own;
  const transfers = own.filter(({ type }) => type === 'call.transferred').slice(before.transfers.length);
  const recordings = own.filter(({ type }) => type === 'recording.started').slice(before.recordings.length);
  const answered = own.filter(({ type }) => type === 'call.answered' && !before.answered);
  const legs = own.filter(({ type, leg }) => type.startsWith('leg.') && leg !== undefined && leg >= before.legs.length);
  const told = [...transfers, ...recordings, ...answered, ...legs].sort((a, b) => a.atMs - b.atMs);
  return [...told, { type: 'call.changed', callId: call.id, atMs }];
}

/** As it comes back from the database: without keys that have no value. */
function plain(call: Call): Call {
  return JSON.parse(JSON.stringify(call)) as Call;
}
