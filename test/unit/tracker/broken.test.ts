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

  it('ends what is gone when it comes back after a stop at any event', () => {
    const atMs = (events.at(-1)?.atMs ?? 0) + 60_000;
    for (let at = 1; at < events.length; at++) {
      const before = newTracker();
      play(events.slice(0, at), before);
      const stored = JSON.stringify(before.openCalls().map(({ id }) => before.dump(id)));
      const after = newTracker();
      after.restore(JSON.parse(stored) as CallDump[]);
      after.step({ type: 'gap', atMs });
      after.step({ type: 'snapshot', atMs, channels: [], first: true });
      expect(after.openCount, `left open: stopped after ${at}`).toBe(0);
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

describe('between the end of a gap and the list of what there is', () => {
  const amiStream = amiEvents(whole.find(({ name }) => name.includes('in_answered'))!);
  const began = amiStream.findIndex(({ type }) => type === 'channel');

  it('a call of which the stream tells before the list may have begun unseen', () => {
    const rest = amiStream.slice(began + 3);
    const atMs = rest[0]!.atMs;
    const snapshot = snapshotAfter(amiStream.slice(0, began + 5), atMs);
    const stream: PbxEvent[] = [{ type: 'gap', atMs }, ...rest.slice(0, 2), snapshot, ...rest.slice(2)];
    const calls = allCalls(play(stream));
    expect(calls.map(({ gap }) => gap)).toEqual([true]);
  });

  it('a call that begins then is seen whole', () => {
    const first = amiStream[began]!;
    const snapshot = snapshotAfter(amiStream.slice(0, began + 5), first.atMs);
    const stream: PbxEvent[] = [
      { type: 'gap', atMs: first.atMs },
      ...amiStream.slice(0, began + 5),
      snapshot,
      ...amiStream.slice(began + 5),
    ];
    expect(allCalls(play(stream)).map(({ gap }) => gap)).toEqual([undefined]);
  });
});
