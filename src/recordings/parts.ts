// Which of the recordings of a call are heard, and in which order.

export interface Part {
  path: string;
  /** As Asterisk told it; null when only the file is known. */
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** Of the sound in the file. */
  durationMs: number;
}

/** Two recordings of one change of the dialplan begin and end this far apart at most. */
const sameMomentMs = 1000;

/**
 * In the order in which they began. A file is heard once, and what was recorded while another recording ran from before until after it (on the
 * other party's channel) is the same talk a second time and left out, unless it holds more than that one.
 */
export function heardParts<P extends Part>(parts: readonly P[]): P[] {
  const once = parts.filter((part, at) => parts.findIndex((other) => other.path === part.path) === at);
  const ordered = once.toSorted((a, b) => (a.startedAtMs ?? 0) - (b.startedAtMs ?? 0));
  return ordered.filter(
    (part, at) => !ordered.some((other, otherAt) => other !== part && holds(other, part, otherAt < at)),
  );
}

function holds(other: Part, part: Part, cameFirst: boolean): boolean {
  if (other.startedAtMs === null || part.startedAtMs === null) return false;
  if (other.endedAtMs === null || part.endedAtMs === null) return false;
  const around =
    other.startedAtMs <= part.startedAtMs + sameMomentMs && other.endedAtMs >= part.endedAtMs - sameMomentMs;
  if (!around || part.durationMs > other.durationMs + sameMomentMs) return false;
  const mutual =
    part.startedAtMs <= other.startedAtMs + sameMomentMs &&
    part.endedAtMs >= other.endedAtMs - sameMomentMs &&
    other.durationMs <= part.durationMs + sameMomentMs;
  // Of two that hold each other the first one stays.
  return !mutual || cameFirst;
}
