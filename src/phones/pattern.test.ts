import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPatternSyntax } from '../settings/pattern-syntax.ts';
import { compilePattern, compilePatterns } from './pattern.ts';

describe('a pattern', () => {
  it.each([
    ['1XX', ['101', '199'], ['10', '1011', '201', 'trunk', '1xx', '1٠١', '']],
    ['_1XX', ['101'], ['1011', '_1XX']],
    ['_1xx', ['101'], ['1xx']],
    ['[2-4]X.', ['201', '49x'], ['20', '501', '2']],
    ['[24-5]', ['2', '4', '5'], ['3', '-']],
    ['_8NXXXXXXXXX', ['89161234567'], ['81161234567', '79161234567', '891612345678']],
    ['8123456XXXX', ['81234560000'], ['81234570000']],
    ['ZXX', ['101'], ['001']],
    ['_7!', ['7', '79161234567'], ['8']],
    ['_.', ['x'], ['']],
    ['8-800-XXXXXXX', ['88001234567'], ['8-800-1234567']],
    ['trunk*', ['trunk', 'trunk-1', 'trunk*'], ['Trunk', 'mytrunk']],
    ['*-out', ['a-out', '-out', 'out-out-out'], ['out', 'a-out1']],
    ['a*b*c', ['abc', 'a--b--c', 'abbcbc'], ['acb', 'ab']],
    ['*', ['anything'], ['']],
    ['_*8', ['*8'], ['8', 'x8']],
    ['sip.provider', ['sip.provider'], ['sipxprovider']],
    ['trunk', ['trunk'], ['trunk1', 'TRUNK']],
    ['provider_1', ['provider_1'], ['provider_2']],
    ['+7XXXXXXXXXX', ['+79161234567'], ['+7XXXXXXXXXX']],
    ['_+7XXXXXXXXXX', ['+79161234567'], ['79161234567']],
  ])('%s', (text, good, bad) => {
    const pattern = compilePattern(text);
    expect([...good, ...bad].filter((value) => pattern.matches(value))).toEqual(good);
  });

  it.each(['', '_', '_1X.X', '_[1', '[]', '_[]', '1[2-]X', 'a b', 'a\nb', 'a\u202eb', 'x'.repeat(65), 'trunk]'])(
    '%j is none',
    (text) => {
      expect(() => compilePattern(text)).toThrow(RangeError);
    },
  );

  it('matches nothing that is endless', () => {
    expect(compilePattern('*').matches('1'.repeat(257))).toBe(false);
    expect(compilePattern('_X.').matches('1'.repeat(256))).toBe(true);
  });

  it('costs little for the worst that can be written', () => {
    const pattern = compilePattern(`${'*a'.repeat(31)}*b`);
    const value = 'a'.repeat(256);
    const beganMs = performance.now();
    for (let n = 0; n < 100; n += 1) expect(pattern.matches(value)).toBe(false);
    expect(performance.now() - beganMs).toBeLessThan(1000);
  });

  it('is refused or compiled, and then answers, whatever the text and the value', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^_?[0-9XZNxa*.![\]#+-]{0,12}$/));
    fc.assert(
      fc.property(text, fc.string({ unit: 'binary' }), (written, value) => {
        let answer: unknown;
        try {
          answer = compilePattern(written).matches(value);
        } catch (error) {
          answer = error instanceof RangeError ? 'refused' : error;
        }
        expect(typeof answer).toBe(isPatternSyntax(written) ? 'boolean' : 'string');
      }),
    );
  });

  it('of X, Z and N means what a regular expression of them would', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[XZN0-9]{1,8}[.!]?$/), fc.stringMatching(/^[0-9a]{0,10}$/), (written, value) => {
        const same = written
          .replaceAll('X', '[0-9]')
          .replaceAll('Z', '[1-9]')
          .replaceAll('N', '[2-9]')
          .replace(/\.$/, '.+')
          .replace(/!$/, '.*');
        expect(compilePattern(`_${written}`).matches(value)).toBe(value !== '' && new RegExp(`^${same}$`).test(value));
      }),
    );
  });

  it('that is a plain digit string matches itself only', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9]{1,12}$/), fc.stringMatching(/^[0-9]{1,12}$/), (own, other) => {
        expect(compilePattern(own).matches(own)).toBe(true);
        expect(compilePattern(own).matches(other)).toBe(own === other);
      }),
    );
  });
});

it('one of several patterns is enough', () => {
  const isOurs = compilePatterns(['1XX', 'reception']);
  expect(['101', 'reception', '201'].map(isOurs)).toEqual([true, true, false]);
  expect(compilePatterns([])('101')).toBe(false);
});
