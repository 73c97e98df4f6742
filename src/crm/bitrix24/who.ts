// Whose phone rings and who talks, as the call stands now.
import type { Call, Leg } from '../../calls/call.ts';

/** Extensions (their owners' for mobiles) that ring now, in order, once each. */
export function ringingExtensions(call: Pick<Call, 'legs'>): string[] {
  return extensionsOf(
    call.legs.filter((leg) => leg.endedAt === null && leg.answeredAt === null && leg.outcome === null),
  );
}

/** Extensions that talk or consult now. */
export function talkingExtensions(call: Pick<Call, 'legs'>): string[] {
  return extensionsOf(call.legs.filter((leg) => leg.endedAt === null && leg.answeredAt !== null));
}

/** Everyone who was called, or who called, in order. */
export function allExtensions(call: Pick<Call, 'legs'>): string[] {
  return extensionsOf(call.legs);
}

function extensionsOf(legs: readonly Leg[]): string[] {
  return [...new Set(legs.map((leg) => leg.extension ?? leg.of).filter((extension) => extension !== null))];
}
