// A stream with holes: the connection broke, the process stopped and came back.
import { describe, expect, it } from 'vitest';
import type { CallDump } from '../../../src/calls/tracker.ts';
import type { PbxEvent } from '../../../src/calls/events.ts';
import { playWatched } from './invariants.ts';
import { snapshotAfter } from './streams.ts';
import { allCalls, amiEvents, celEvents, isBroken, newTracker, play, traces } from './trace.ts';

const whole = traces.filter((trace) => !isBroken(trace));

describe.each(whole)('$name', (trace) => {
  const events = amiEvents(trace);

  it('ends after any gap that a snapshot closes', () => {
    for (const lost of [1, 4, 20]) {
      for (let from = 0; from < events.length; from += 1 + Math.floor(lost / 4)) {
        const rest = events.slice(from + lost);
        const atMs = rest[0]?.atMs ?? events.at(-1)?.atMs ?? 0;
        const stream: PbxEvent[] = [
          ...events.slice(0, from),
          { type: 'gap', atMs },
          snapshotAfter(events.slice(0, from + lost), atMs),
          ...rest,
        ];
        const tracker = newTracker();
        const { ended } = playWatched(stream, tracker, { deep: false });
        expect(tracker.openCount, `left open: ${lost} events lost at ${from}`).toBe(0);
        const seen = JSON.stringify(stream);
        const devices = ended.flatMap((call) => call.legs.flatMap((leg) => leg.device ?? []));
        const invented = devices.filter((device) => !seen.includes(device));
        expect(invented, `${lost} events lost at ${from}`).toEqual([]);
      }
    }
  });

  it('leaves nothing open but what it heard no end of when the gap stays', () => {
    for (let from = 0; from < events.length; from += 2) {
      const atMs = events[from]?.atMs ?? 0;
      const stream = [...events.slice(0, from), { type: 'gap' as const, atMs }, ...events.slice(from + 5)];
      const tracker = newTracker();
      const { open } = playWatched(stream, tracker, { deep: false });
      const unheard = events
        .slice(from, from + 5)
        .flatMap((event) => (event.type === 'hangup' ? event.channel.id : []));
      for (const call of open) {
        const left = tracker.dump(call.id)?.call.channels ?? [];
        expect(left.filter((id) => !unheard.includes(id))).toEqual([]);
      }
    }
  });

  it('goes on under the same ids after a restart at any event', () => {
    for (const [source, stream] of [
      ['AMI', events],
      ['CEL', celEvents(trace)],
    ] as const) {
      const right = allCalls(play(stream));
      for (let at = 1; at < stream.length; at++) {
        const before = newTracker();
        const first = play(stream.slice(0, at), before);
        const stored = JSON.stringify(before.openCalls().map(({ id }) => before.dump(id)));
        const after = newTracker();
        after.restore(JSON.parse(stored) as CallDump[]);
        const second = playWatched(stream.slice(at), after, { deep: false });
        expect(after.openCount).toBe(0);
        // A handset off the hook that has not called anybody yet is not stored; it is known again from Asterisk's list.
        if (before.openCount > first.open.length) continue;
        const calls = [...first.ended, ...allCalls(second)];
        expect(byId(calls), `${source}: restarted after ${at}`).toEqual(byId(right));
      }
    }
  });
});

const byId = <T extends { id: string }>(calls: readonly T[]): T[] => calls.toSorted((a, b) => (a.id < b.id ? -1 : 1));
