// Which operators a call concerned, and how.
import type { Call, Leg } from '../calls/call.ts';
import type { Directory, Operator } from '../people/directory.ts';
import { operatorByExtension, operatorByNumber } from '../people/lookups.ts';

/** A person of ours, whether or not the directory knows him. */
export interface Person {
  extension: string | null;
  operator: Operator | null;
}

export interface Parties {
  /** Who talked last with the client; of an outbound or internal call that nobody took over, the caller. */
  talked: Person | null;
  rangLast: Person | null;
  /** Everyone whose phone rang or who talked (or called), in order, once each. */
  tookPart: Person[];
}

const rangWithout: ReadonlySet<string | null> = new Set([
  null,
  'no-answer',
  'rejected',
  'caller-cancelled',
  'elsewhere',
  'answered',
]);

export function partiesOf(call: Call, directory: Directory, region: string): Parties {
  const legs = call.legs.map((leg) => ({ leg, person: personOf(leg, directory, region) }));
  const known = legs.flatMap(({ leg, person }) => (person ? [{ leg, person }] : []));
  const rang = known.filter(({ leg }) => leg.role !== 'caller' && isRung(leg));
  const took = known.filter(({ leg }) => leg.role === 'caller' || isRung(leg));
  return {
    talked: talkedOf(call, known, directory),
    rangLast: rang.at(-1)?.person ?? null,
    tookPart: onceEach(took.map(({ person }) => person)),
  };
}

/** The person of ours at the other end of a leg: by extension, as the owner of a mobile, or by a mobile's number. Null: not one of ours. */
export function personOf(leg: Leg, directory: Directory, region: string): Person | null {
  const extension = leg.extension ?? leg.of;
  if (extension !== null) return { extension, operator: operatorByExtension(directory, extension) };
  const operator = leg.number === null ? null : operatorByNumber(directory, leg.number, region);
  if (operator) return { extension: operator.extensions[0] ?? null, operator };
  // A mobile of somebody's of ours, nobody knows whose.
  return leg.role === 'mobile' ? { extension: null, operator: null } : null;
}

/** CEL does not tell whether a phone rang: of one that was busy, what it took to say so stands there as ringing. */
const heardMs = 500;

/** The phone made itself heard; a busy one, or one that is switched off, did not. */
export function isRung(leg: Leg): boolean {
  return leg.answeredAt !== null || leg.ringMs >= heardMs || rangWithout.has(leg.outcome);
}

function talkedOf(call: Call, legs: readonly { leg: Leg; person: Person }[], directory: Directory): Person | null {
  const caller = legs.find(({ leg }) => leg.role === 'caller')?.person ?? null;
  if (call.direction === 'internal') return caller;
  const extension = call.responsible?.extension;
  if (extension !== undefined) return { extension, operator: operatorByExtension(directory, extension) };
  // The call says only extensions; the mobile that talked may be known by the directory.
  const talker = call.answered
    ? legs.findLast(({ leg }) => leg.role !== 'caller' && leg.answeredAt !== null)
    : undefined;
  return talker?.person ?? (call.direction === 'outbound' ? caller : null);
}

function onceEach(people: readonly Person[]): Person[] {
  const seen = new Set<string>();
  return people.filter(({ extension, operator }) => {
    const key = operator ? `operator ${operator.id}` : `extension ${extension}`;
    return !seen.has(key) && seen.add(key);
  });
}
