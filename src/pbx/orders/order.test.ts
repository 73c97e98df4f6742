import { expect, it } from 'vitest';
import type { Call } from '../../calls/call.ts';
import { type Order, settle as settleAbout } from './order.ts';

const placedAtMs = 1_800_000_000_000;
const ringMs = 20_000;
const order: Order = {
  id: '0123456789',
  pbx: 'main',
  crm: 'portal',
  crmCallId: 'externalCall.1',
  kind: 'click_to_call',
  extension: '101',
  number: '+79161234567',
  line: null,
  channelId: 'pc0123456789-1800000000.1',
  state: 'placed',
  reason: null,
  requestedBy: '12',
  placedAtMs,
  endedAtMs: null,
};

/** Connected all the time. */
const settle = (one: Order, its: Call | null, ms: number, nowMs: number, heardSinceMs: number | null = 0) =>
  settleAbout(one, its, { ringMs: ms, heardSinceMs, nowMs });

const call = (outcome: string | null, endedAt: string | null): Call =>
  ({ id: 'main-1', endedAt, line: null, legs: [{ extension: '101', outcome }] }) as unknown as Call;
const ended = '2027-01-15T08:00:10.000Z';

it('waits while the call goes on, whatever the time', () => {
  expect(settle(order, call(null, null), ringMs, placedAtMs + 3_600_000)).toBeNull();
  const failed: Order = { ...order, reason: 'no-answer', endedAtMs: placedAtMs + 10_000 };
  expect(settle(failed, call('no-answer', null), ringMs, placedAtMs + 20_000)).toBeNull();
});

it.each([
  ['answered', 'answered', null],
  ['no-answer', 'failed', 'no-answer'],
  ['caller-cancelled', 'failed', 'no-answer'],
  ['busy', 'failed', 'busy'],
  ['rejected', 'failed', 'rejected'],
  ['unavailable', 'failed', 'unavailable'],
  ['failed', 'failed', 'unavailable'],
  [null, 'failed', 'unavailable'],
])('takes the outcome of the operator’s leg: %s', (outcome, state, reason) => {
  expect(settle(order, call(outcome, ended), ringMs, placedAtMs + 10_000)).toEqual({ state, reason, told: 'by-call' });
});

it('gives a call time to appear after a failure, and is told by the order then', () => {
  const failed: Order = { ...order, endedAtMs: placedAtMs + 100 };
  expect(settle(failed, null, ringMs, placedAtMs + 3_099)).toBeNull();
  expect(settle(failed, null, ringMs, placedAtMs + 3_100)).toEqual({
    state: 'failed',
    reason: 'unavailable',
    told: 'by-order',
  });
  expect(settle({ ...failed, reason: 'no-answer' }, null, ringMs, placedAtMs + 3_100)).toMatchObject({
    reason: 'no-answer',
  });
});

it('expires when neither Asterisk nor a call says anything', () => {
  expect(settle(order, null, ringMs, placedAtMs + 34_999)).toBeNull();
  expect(settle(order, null, ringMs, placedAtMs + 35_000)).toEqual({
    state: 'expired',
    reason: 'pbx-down',
    told: 'by-order',
  });
});

it('does not expire before Asterisk has been heard for a while, unless that never happens', () => {
  const at = (nowMs: number, heardSinceMs: number | null) =>
    settle(order, null, ringMs, placedAtMs + nowMs, heardSinceMs);
  expect(at(100_000, null)).toBeNull();
  expect(at(100_000, placedAtMs + 90_000)).toBeNull();
  expect(at(105_000, placedAtMs + 90_000)).toMatchObject({ state: 'expired' });
  expect(at(599_999, null)).toBeNull();
  expect(at(600_000, null)).toMatchObject({ state: 'expired' });
});
