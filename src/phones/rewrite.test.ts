import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mobileOwners } from './mobiles.ts';
import { rewriter } from './rewrite.ts';

const rules = [
  { match: '00.', strip: 2, add: '+' },
  { match: '_8NXXXXXXXXX', strip: 1, add: '+7' },
  { match: '_8!', strip: 11, add: '' },
  { match: '_XXXXXXX', strip: 0, add: '+7495' },
];

describe('rewriting', () => {
  it.each([
    ['89161234567', '+79161234567'],
    ['00442071838750', '+442071838750'],
    ['1234567', '+74951234567'],
    ['101', '101'],
    ['', ''],
  ])('%s becomes %s', (number, rewritten) => {
    expect(rewriter(rules)(number).number).toBe(rewritten);
  });

  it('tells what became of every rule', () => {
    const { number, steps } = rewriter(rules)('8000000');
    expect(number).toBe('+74958000000');
    expect(steps.map(({ outcome }) => outcome)).toEqual(['no match', 'no match', 'leaves nothing', 'applied']);
    expect(rewriter(rules)('89161234567').steps.map(({ outcome }) => outcome)).toEqual([
      'no match',
      'applied',
      'not reached',
      'not reached',
    ]);
  });

  it('without rules changes nothing, and with any makes nothing empty', () => {
    const rule = fc.record({
      match: fc.stringMatching(/^_[0-9XZN]{1,8}[.!]?$/),
      strip: fc.nat(40),
      add: fc.stringMatching(/^\+?[0-9]{0,4}$/),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), fc.string({ minLength: 1 }), (some, number) => {
        expect(rewriter([])(number)).toEqual({ number, steps: [] });
        const result = rewriter(some)(number);
        expect(result.number).not.toBe('');
        expect(result.steps).toHaveLength(some.length);
        expect(result.steps.filter(({ outcome }) => outcome === 'applied').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('staff mobiles', () => {
  const owner = mobileOwners(
    [
      { number: '+7 999 000-11-22', extension: '101' },
      { number: '89161234567', extension: '102' },
      { number: '8912345XXXX', extension: null },
      { number: '891234XXXXX', extension: '105' },
      { number: '8123456XXXX', extension: '106' },
      { number: '_+3752X.', extension: '104' },
      { number: '7001', extension: '103' },
    ],
    'RU',
  );

  it.each([
    ['+79990001122', '101'],
    ['89990001122', '101'],
    ['79990001122', '101'],
    ['9990001122', '101'],
    ['8 (999) 000-11-22', '101'],
    ['+7 916 123 45 67', '102'],
    ['7001', '103'],
    ['+375291234567', '104'],
    ['375291234567', '104'],
  ])('%s is that of %s', (number, extension) => {
    expect(owner(number)).toEqual({ extension });
  });

  it.each(['89123450000', '+79123450000', '79123450000', '9123450000'])('%s is found by a pattern', (number) => {
    expect(owner(number)).toEqual({ extension: null });
  });

  it('is found by the first pattern that matches, also outside the ranges in use', () => {
    expect(owner('89123460000')).toEqual({ extension: '105' });
    expect(owner('81234560000')).toEqual({ extension: '106' });
  });

  it.each(['79990001123', '101', '', 'anonymous', '<unknown>', '9'.repeat(100_000), '+79990001122\r\n', '7９90001122'])(
    '%.20j is nobody’s',
    (number) => {
      expect(owner(number)).toBeNull();
    },
  );

  it('without entries is nobody’s', () => {
    expect(mobileOwners([], 'RU')('79990001122')).toBeNull();
  });

  it('refuses an entry that is neither number nor pattern', () => {
    expect(() => mobileOwners([{ number: 'a b', extension: null }], 'RU')).toThrow(RangeError);
  });
});
