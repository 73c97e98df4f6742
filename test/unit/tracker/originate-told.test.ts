// OriginateResponse is written by another thread of Asterisk than Hangup: either may come first, or there may be none.
import { expect, it } from 'vitest';
import type { Call } from '../../../src/calls/call.ts';
import type { PbxEvent } from '../../../src/calls/events.ts';
import type { CallDump } from '../../../src/calls/tracker.ts';
import { playWatched } from './invariants.ts';
import { allCalls, newTracker, play } from './trace.ts';

const startMs = 1_800_000_000_000;
const client = '79160234567';

/** FreePBX's order: the operator's own number as CallerID, so that only OriginateResponse tells whom the call was for. */
function declined(id: string, atMs = startMs): PbxEvent[] {
  const channel = { id, name: `PJSIP/101-${id}`, linkedId: id, state: 'down' as const, number: '101', exten: 's' };
  return [
    { type: 'channel', atMs, channel },
    { type: 'dial-begin', atMs: atMs + 1, caller: null, dest: channel, dialString: '101' },
    { type: 'state', atMs: atMs + 20, channel: { ...channel, state: 'ringing' } },
    { type: 'dial-end', atMs: atMs + 400, caller: null, dest: channel, status: 'BUSY', forward: null },
    { type: 'hangup', atMs: atMs + 400, channel, cause: 21 },
  ];
}

const told = (atMs: number, exten = client): PbxEvent => ({
  type: 'originated',
  atMs,
  channelId: null,
  channelName: 'PJSIP/101',
  exten,
});
const endMs = startMs + 400;
const endedAt = new Date(endMs).toISOString();
const another = (atMs: number): PbxEvent => ({
  type: 'channel',
  atMs,
  channel: { id: '9.9', name: 'PJSIP/105-9', linkedId: '9.9', state: 'ring', number: '105', exten: '106' },
});

it('is the same call whether OriginateResponse comes before or after the last Hangup', () => {
  const events = declined('1.1');
  const right = allCalls(play([...events.slice(0, -1), told(endMs), ...events.slice(-1)]));
  expect(right).toMatchObject([
    { direction: 'outbound', origin: 'click_to_call', client: { number: client }, endedAt },
  ]);
  for (const lateMs of [0, 3, 499]) {
    const { ended, facts } = playWatched([...events, told(endMs + lateMs)], newTracker());
    expect(ended).toEqual(right);
    expect(facts.filter(({ type }) => type === 'call.ended')).toEqual([
      { type: 'call.ended', callId: right[0]?.id, atMs: endMs },
    ]);
  }
});

it('is not ended by what comes in between, nor by anything that is told twice', () => {
  const events = declined('1.1');
  const late = [another(endMs + 2), told(endMs + 5), told(endMs + 6), ...events.slice(-1)];
  const { ended } = playWatched([...events, ...late], newTracker());
  expect(ended).toMatchObject([{ client: { number: client }, endedAt }]);
});

it('gives each of two orders to one phone its own number', () => {
  const other = '74957654321';
  const first = declined('1.1');
  const second = declined('1.2', endMs + 10);
  const { ended } = playWatched(
    [...first, ...second.slice(0, 3), told(endMs + 15), ...second.slice(3), told(endMs + 420, other)],
    newTracker(),
  );
  expect(ended.map((call) => [call.linkedIds, call.client?.number])).toEqual([
    [['1.1'], client],
    [['1.2'], other],
  ]);
});

it('finds the call by the id that the order gave its channel, though that channel is gone and others are left', () => {
  const own = {
    id: 'pc1.1',
    name: 'Local/101@x-01;1',
    linkedId: 'pc1.1',
    state: 'down' as const,
    number: '101',
    exten: 's',
  };
  const other = { ...own, id: 'pc1.2', name: 'Local/101@x-01;2', exten: '101' };
  const phone = { ...own, id: '1.7', name: 'PJSIP/101-07', linkedId: 'pc1.1' };
  const atMs = startMs;
  const { ended } = playWatched(
    [
      { type: 'channel', atMs, channel: own },
      { type: 'channel', atMs, channel: other },
      { type: 'dial-begin', atMs: atMs + 1, caller: null, dest: own, dialString: '101@x' },
      { type: 'channel', atMs: atMs + 2, channel: phone },
      { type: 'dial-begin', atMs: atMs + 3, caller: other, dest: phone, dialString: '101' },
      { type: 'hangup', atMs: atMs + 399, channel: own, cause: 21 },
      { ...told(endMs), channelId: 'pc1.1' } as PbxEvent,
      { type: 'hangup', atMs: endMs, channel: phone, cause: 21 },
      { type: 'hangup', atMs: endMs, channel: other, cause: 21 },
    ],
    newTracker(),
  );
  expect(ended).toMatchObject([{ direction: 'outbound', client: { number: client }, endedAt }]);
});

it('does not wait when an inside number was to be called', () => {
  const events = declined('1.1');
  const { ended } = playWatched([...events.slice(0, -1), told(endMs, '102'), ...events.slice(-1)], newTracker());
  expect(ended).toMatchObject([{ direction: 'internal', client: null, endedAt }]);
});

it.each([
  ['an event of somebody else', another(endMs + 501)],
  ['a clock that was set back', another(startMs - 3_600_000)],
  ['a gap', { type: 'gap', atMs: endMs + 1 } as const],
])('ends without a client when it is never told: %s', (_, event) => {
  const tracker = newTracker();
  const { ended } = playWatched([...declined('1.1'), event], tracker);
  expect(ended).toMatchObject([{ direction: 'internal', client: null, endedAt }]);
  expect(tracker.openCount).toBe(event.type === 'gap' ? 0 : 1);
});

it('ends on a quiet PBX as soon as the connection is known to have told everything', () => {
  const tracker = newTracker();
  expect(playWatched(declined('1.1'), tracker).ended).toEqual([]);
  expect(tracker.openCalls()).toMatchObject([{ endedAt: null, legs: [{ outcome: 'rejected' }] }]);
  expect(tracker.heard(endMs + 500)).toEqual([]);
  expect(tracker.heard(endMs + 501)).toEqual([{ type: 'call.ended', callId: 'replay-1.1', atMs: endMs }]);
  expect(tracker.call('replay-1.1')).toMatchObject({ endedAt, client: null });
  expect(tracker.heard(endMs + 5000)).toEqual([]);
  expect(tracker.openCount).toBe(0);
});

it.each<[string, (tracker: ReturnType<typeof newTracker>) => Call[], string | undefined]>([
  ['OriginateResponse', (tracker) => play([told(endMs + 3)], tracker).ended, client],
  ['the next snapshot', (tracker) => play([nobody(endMs + 60_000)], tracker).ended, undefined],
  [
    'the gap of a new connection',
    (tracker) => play([{ type: 'gap', atMs: endMs + 2 }, nobody(endMs + 2)], tracker).ended,
    undefined,
  ],
])('is held across a restart and ended once by %s', (_, go, number) => {
  const before = newTracker();
  play(declined('1.1'), before);
  const stored = JSON.stringify(before.openCalls().map(({ id }) => before.dump(id)));
  const after = newTracker();
  after.restore(JSON.parse(stored) as CallDump[]);
  const ended = go(after);
  expect(ended).toMatchObject([{ id: 'replay-1.1', endedAt }]);
  expect(ended[0]?.client?.number).toBe(number);
  expect(after.openCount).toBe(0);
});

const nobody = (atMs: number): PbxEvent => ({ type: 'snapshot', atMs, first: true, channels: [] });

it('goes on when a channel comes back into it', () => {
  const trunk = {
    id: '1.3',
    name: 'PJSIP/trunk-3',
    linkedId: '1.1',
    state: 'down' as const,
    number: client,
    exten: '',
  };
  const { ended } = playWatched(
    [
      ...declined('1.1'),
      { type: 'channel', atMs: endMs + 5, channel: trunk },
      { type: 'hangup', atMs: endMs + 700, channel: trunk, cause: 16 },
      told(endMs + 701),
    ],
    newTracker(),
  );
  expect(ended).toMatchObject([{ id: 'replay-1.1', endedAt: new Date(endMs + 700).toISOString() }]);
});
