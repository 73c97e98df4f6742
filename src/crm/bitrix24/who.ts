// Whose phone rings and who talks, as the call stands now.
import type { Call, Leg } from '../../calls/call.ts';
import { personOf, type Person } from '../../rules/parties.ts';
import type { Given } from './context.ts';

type Known = Pick<Given, 'directory' | 'region'>;

/** Whose phone (or mobile) rings now, in order. */
export function ringing(call: Pick<Call, 'legs'>, known: Known): Person[] {
  const legs = call.legs.filter((leg) => leg.endedAt === null && leg.answeredAt === null && leg.outcome === null);
  return peopleOf(legs, known);
}

/** Who talks or consults now. */
export function talking(call: Pick<Call, 'legs'>, known: Known): Person[] {
  return peopleOf(
    call.legs.filter((leg) => leg.endedAt === null && leg.answeredAt !== null),
    known,
  );
}

/** Everyone who was called, or who called, in order. */
export function everyone(call: Pick<Call, 'legs'>, known: Known): Person[] {
  return peopleOf(call.legs, known);
}

function peopleOf(legs: readonly Leg[], { directory, region }: Known): Person[] {
  const snapshot = directory();
  return legs.map((leg) => personOf(leg, snapshot, region)).filter((person) => person !== null);
}
