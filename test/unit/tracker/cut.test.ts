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
    for (let from = 1; from < events.length; from++)
      expect(joinedAt(events.slice(from)), `joined at ${from}`).toEqual([]);
    if (isBroken(trace)) return;
    for (let from = 1, rest = celSuffix(trace, from); rest.length > 0; rest = celSuffix(trace, ++from)) {
      expect(joinedAt(rest), `joined at row ${from}`).toEqual([]);
    }
  });
});

/** What is wrong with the calls of a stream whose beginning is missing: what is left open, and legs of devices that are not in it. */
function joinedAt(rest: readonly PbxEvent[]): string[] {
  const tracker = newTracker();
  const { ended } = playWatched(rest, tracker, { deep: false });
  // What the PBX called itself, and for whom was not heard, waits a moment for OriginateResponse.
  for (const { callId } of tracker.heard(Infinity))
    ended.push(...[tracker.call(callId)].filter((call) => call !== null));
  const seen = JSON.stringify(rest);
  const devices = ended.flatMap((call) => call.legs.flatMap((leg) => leg.device ?? []));
  const invented = devices.filter((device) => !seen.includes(`"${device}-`));
  return tracker.openCount > 0 ? ['calls are left open', ...invented] : invented;
}
