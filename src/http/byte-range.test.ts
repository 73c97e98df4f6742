import { describe, expect, it } from 'vitest';
import { byteRange } from './byte-range.ts';

describe('a range of 1000 bytes', () => {
  it.each([
    ['bytes=0-', 0, 999],
    ['bytes=0-0', 0, 0],
    ['bytes=100-199', 100, 199],
    ['bytes=900-5000', 900, 999],
    ['bytes=-1', 999, 999],
    ['bytes=-5000', 0, 999],
    ['BYTES= 5-9 ', 5, 9],
  ])('%s', (header, first, last) => {
    expect(byteRange(header, 1000)).toEqual({ kind: 'part', first, last });
  });

  it.each(['bytes=1000-', 'bytes=1000-2000', 'bytes=-0', 'bytes=999999999999999-'])('%s is not there', (header) => {
    expect(byteRange(header, 1000)).toEqual({ kind: 'unsatisfiable' });
  });

  it.each([
    undefined,
    '',
    'bytes=',
    'bytes=-',
    'bytes=5-2',
    'bytes=0-1,5-9',
    'items=0-1',
    'bytes=a-b',
    'bytes=0x1-2',
    'bytes=1-2\n',
  ])('%j is passed over', (header) => {
    expect(byteRange(header, 1000)).toEqual({ kind: 'whole' });
  });

  it('of nothing is not there', () => {
    expect(byteRange('bytes=0-', 0)).toEqual({ kind: 'unsatisfiable' });
    expect(byteRange('bytes=-5', 0)).toEqual({ kind: 'unsatisfiable' });
  });
});
