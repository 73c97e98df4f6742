// What happened often enough to be told, but stopped nothing.

export interface Counts {
  /** A call had an extension of ours for which this portal has no user; by extension. */
  readonly unmapped: Map<string, number>;
  /** Results that the table does not know, such as `cause 42, BUSY`; by result. */
  readonly unknownResults: Map<string, number>;
  /** Calls that should have got a lead, and the portal did not take it; by what it said. */
  readonly leadless: Map<string, number>;
  /** The user who should have got a call is dismissed, and the default user got it. */
  dismissed: number;
  /** The portal knew nothing of a call that was registered there. */
  forgotten: number;
}

export function newCounts(): Counts {
  return { unmapped: new Map(), unknownResults: new Map(), leadless: new Map(), dismissed: 0, forgotten: 0 };
}

/** At most so many different ones: what outsiders can cause must not fill the memory. */
const KINDS_MAX = 1000;

export function count(counts: Map<string, number>, what: string): void {
  if (counts.has(what) || counts.size < KINDS_MAX) counts.set(what, (counts.get(what) ?? 0) + 1);
}
