import { expect, it } from 'vitest';
import { aCall, anOpenCall } from '../../test/store/a-call.ts';
import { emptyDirectory } from '../people/empty.ts';
import { planMark } from './plan-mark.ts';
import type { PlannedFor } from './plan.ts';

const connections: PlannedFor[] = [
  { name: 'portal', takes: ['ended', 'mark'] },
  { name: 'hook', takes: ['event'] },
  { name: 'branch', takes: ['mark'], pbxs: ['other'] },
];
const about = { region: 'RU' };

it('tells a mark to whoever takes marks and has the call, whether it goes on or not', () => {
  for (const call of [aCall('c'), anOpenCall('c')]) {
    expect(planMark(call, emptyDirectory(), connections, about)).toEqual([
      { crm: 'portal', kind: 'mark', callId: 'c', number: '+79161234567', live: false, payload: {}, staleAtMs: null },
    ]);
  }
});

it('tells nobody of a call that is not registered', () => {
  const internal = aCall('c', { direction: 'internal', client: null, line: null });
  expect(planMark(internal, emptyDirectory(), connections, about)).toEqual([]);
});
