// Asterisk tells of a retrieval by another way than of bridges: UnParkedCall may come when the two talk already.
import { expect, it } from 'vitest';
import { allCalls, amiEvents, play, traces } from './trace.ts';

const parked = traces.filter((trace) => amiEvents(trace).some(({ type }) => type === 'unpark'));

it.each(parked)('$name is told alike when UnParkedCall is late', (trace) => {
  const events = [...amiEvents(trace)];
  const at = events.findIndex(({ type }) => type === 'unpark');
  const right = allCalls(play(events));
  const [unpark] = events.splice(at, 1);
  const talking = events.findIndex(({ type }, index) => index >= at && type === 'hangup-request');
  // in the middle of the talk: the last moment at which it could come
  events.splice(talking, 0, { ...unpark!, atMs: events[talking]!.atMs });
  expect(allCalls(play(events))).toEqual(right);
  expect(right[0]?.legs.map(({ role }) => role)).toContain('unpark');
});
