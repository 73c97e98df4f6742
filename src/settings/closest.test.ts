import { describe, expect, it } from 'vitest';
import { closest } from './closest.ts';

const known = ['listen', 'database', 'region', 'internalNumbers', 'pbx', 'secret', 'secretFile'];

describe('the closest word', () => {
  it.each([
    ['listn', 'listen'],
    ['secert', 'secret'],
    ['secretfile', 'secretFile'],
    ['Database', 'database'],
    ['internal_numbers', 'internalNumbers'],
    ['pxb', 'pbx'],
    ['quark', null],
    ['', null],
    ['x'.repeat(100_000), null],
  ])('%s: %s', (word, meant) => {
    expect(closest(word, known)).toBe(meant);
  });
});
