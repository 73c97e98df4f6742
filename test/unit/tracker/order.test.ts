// What Asterisk does not promise: the order of events of different channels, that an event comes once, that calls come one by one.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { PbxEvent } from '../../../src/calls/events.ts';
import { playWatched } from './invariants.ts';
import { maySwap, merged, renamed, without } from './streams.ts';
import { allCalls, amiEvents, isBroken, newTracker, play, type Trace, traces } from './trace.ts';

const whole = traces.filter((trace) => !isBroken(trace));

describe.each(whole)('$name', (trace) => {
  const events = amiEvents(trace);
  const right = allCalls(play(events)).map(withoutTimes);

  it('does not depend on the order of neighbours', () => {
    for (let at = 0; at + 1 < events.length; at++) {
      const swapped = swap(events, at);
      if (!swapped) continue;
      const calls = allCalls(play(swapped)).map(withoutTimes);
      expect(calls, `with ${at} and ${at + 1} swapped: ${typesAt(events, at)}`).toEqual(right);
    }
  });

  it('does not depend on the order of many neighbours', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(events.length - 1), { maxLength: 40 }), (places) => {
        let now: readonly PbxEvent[] = events;
        for (const at of places) now = swap(now, at) ?? now;
        const calls = allCalls(playWatched(now, newTracker(), { deep: false })).map(withoutTimes);
        expect(calls).toEqual(right);
      }),
      { numRuns: 10, seed: 7 },
    );
  });

  it('takes every event twice as once', () => {
    const calls = allCalls(
      playWatched(
        events.flatMap((event) => [event, event]),
        newTracker(),
      ),
    );
    expect(calls).toEqual(allCalls(play(events)));
  });

  it('holds its promises when blocks come twice', () => {
    for (const size of [2, 3, 5, 8]) {
      const doubled: PbxEvent[] = [];
      for (let at = 0; at < events.length; at += size) {
        const block = events.slice(at, at + size);
        doubled.push(...block, ...block);
      }
      const tracker = newTracker();
      playWatched(doubled, tracker);
      expect(tracker.openCount).toBe(0);
    }
  });
});

describe('calls at the same time', () => {
  it('are each as they are alone', () => {
    const pick = fc.record({ trace: fc.constantFrom(...whole), laterMs: fc.nat(6000) });
    fc.assert(
      fc.property(fc.array(pick, { minLength: 2, maxLength: 5 }), (picked) => {
        const used = new Set<string>();
        const streams = picked.flatMap(({ trace, laterMs }, at) => {
          // One message waiting in one mailbox: nothing tells whose it is.
          if (used.has('voicemail') && /voicemail/.test(trace.name)) return [];
          if (/voicemail/.test(trace.name)) used.add('voicemail');
          const events = amiEvents(trace);
          return [renamed(events, `c${at}`, laterMs + base - (events[0]?.atMs ?? 0))];
        });
        const together = byId(allCalls(playWatched(merged(streams), newTracker(), { deep: false })));
        const alone = byId(streams.flatMap((events) => allCalls(play(events))));
        expect(together).toEqual(alone);
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it('of two PBXs do not meet', () => {
    const one = whole.find((trace) => trace.name === '22/three_transfers') as Trace;
    const two = whole.find((trace) => trace.name === '16/refer_replaces') as Trace;
    for (const trace of [one, two]) {
      const [a, b] = [newTracker({ pbx: 'a' }), newTracker({ pbx: 'b' })];
      const ended: Record<string, Call[]> = { a: [], b: [] };
      for (const event of amiEvents(trace)) {
        for (const tracker of [a, b]) {
          for (const fact of tracker.step(event)) {
            const call = tracker.call(fact.callId);
            if (fact.type === 'call.ended' && call) ended[call.pbx]?.push(call);
          }
        }
      }
      const asB = (call: Call): Call => ({ ...call, pbx: 'b', id: call.id.replace(/^a-/, 'b-') });
      expect(ended.a?.map(asB)).toEqual(ended.b);
      expect(ended.a?.length).toBeGreaterThan(0);
    }
  });
});

const base = 1_800_000_000_000;

const byId = (calls: readonly Call[]): Call[] => calls.toSorted((a, b) => (a.id < b.id ? -1 : 1));

function swap(events: readonly PbxEvent[], at: number): PbxEvent[] | null {
  const [a, b] = [events[at], events[at + 1]];
  if (!a || !b || !maySwap(a, b)) return null;
  // Arrival orders, time does not: each place keeps its time.
  return [...events.slice(0, at), { ...b, atMs: a.atMs }, { ...a, atMs: b.atMs }, ...events.slice(at + 2)];
}

const typesAt = (events: readonly PbxEvent[], at: number): string => `${events[at]?.type}, ${events[at + 1]?.type}`;

const times = ['startedAt', 'answeredAt', 'endedAt', 'talkMs'];

/** Legs that start in one moment may come in any order. */
function withoutTimes(call: Call): unknown {
  const legs = call.legs
    .map((leg) => without(leg, ...times, 'ringMs', 'consultMs', 'holdMs'))
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  return {
    ...without(call, ...times, 'waitMs'),
    legs,
    queue: call.queue?.name,
    recordings: call.recordings.map(({ file }) => file),
    transfers: call.transfers.map((transfer) => without(transfer, 'at')),
  };
}
