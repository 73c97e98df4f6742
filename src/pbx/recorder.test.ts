import { expect, test } from 'vitest';
import type { Fact } from '../calls/facts.ts';
import { mergesOf } from './recorder.ts';

const merged = (callId: string, into: string): Fact => ({ type: 'call.merged', callId, into, atMs: 1 });

test('names the call that is left at the end of a chain of merges, because only that one is stored', () => {
  const facts: Fact[] = [
    { type: 'call.started', callId: 'a', atMs: 1 },
    merged('a', 'b'),
    merged('c', 'b'),
    merged('b', 'd'),
  ];
  expect(mergesOf(facts)).toEqual([
    { id: 'a', into: 'd' },
    { id: 'c', into: 'd' },
    { id: 'b', into: 'd' },
  ]);
});
