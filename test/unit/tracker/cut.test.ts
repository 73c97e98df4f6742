// A stream may begin and end anywhere: the connection comes in mid-call, the process stops.
import { describe, expect, it } from 'vitest';
import type { PbxEvent } from '../../../src/calls/events.ts';
import { playWatched } from './invariants.ts';
import { amiEvents, celEvents, celSuffix, isBroken, newTracker, traces } from './trace.ts';

describe.each(traces)('$name', (trace) => {
  it('holds its promises after every event', () => {
    const ami = playWatched(amiEvents(trace), newTracker());
    expect(ami.open).toEqual([]);
    if (isBroken(trace)) return;
    const cel = playWatched(celEvents(trace), newTracker());
    expect(cel.open).toEqual([]);
  });

  it('invents nothing and ends when joined at any event', () => {
    const events = amiEvents(trace);
    for (let from = 1; from < events.length; from++) joinedAt(events.slice(from), from);
    if (isBroken(trace)) return;
    for (let from = 1, rest = celSuffix(trace, from); rest.length > 0; rest = celSuffix(trace, ++from)) {
      joinedAt(rest, from);
    }
  });
});

function joinedAt(rest: readonly PbxEvent[], from: number): void {
  const tracker = newTracker();
  const { ended } = playWatched(rest, tracker, { deep: false });
  expect(tracker.openCount, `calls left open when joined at ${from}`).toBe(0);
  const seen = JSON.stringify(rest);
  for (const leg of ended.flatMap((call) => call.legs)) {
    if (leg.device !== null) expect(seen, `a leg from nowhere when joined at ${from}`).toContain(`"${leg.device}-`);
  }
}
