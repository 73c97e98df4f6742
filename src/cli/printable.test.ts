import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fit, printable, printableJson, widthOf } from './printable.ts';

describe('printable text', () => {
  it.each([
    ['Иван Петров', 'Иван Петров'],
    ['\u001b[2J\u001b]0;title\u0007name', '[2J]0;titlename'],
    ['\u009b31mred', '31mred'],
    ['+7 916\u202e7654321', '+7 9167654321'],
    ['a\u200b\u2066b\ufeffc', 'abc'],
    ['two\r\nlines\tand', 'two lines and'],
    ['a\u2028b', 'ab'],
    [`z${'\u0336'.repeat(500)}`, 'z\u0336\u0336'],
    ['half \ud83d', 'half '],
    ['smile 😀', 'smile 😀'],
  ])('of %j', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('has no control or format character, whatever comes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('is cut to the columns that it may take', () => {
    expect(fit('Пётр Иванов', 6)).toBe('Пётр …');
    expect(fit('漢字漢字', 5)).toBe('漢字…');
    expect(fit('short', 5)).toBe('short');
    expect(fit('any', 0)).toBe('');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
        expect(widthOf(fit(text, columns))).toBeLessThanOrEqual(Math.max(columns, 0));
      }),
    );
  });

  it('as JSON loses nothing and moves no cursor', () => {
    const value = { name: 'a\u009b31m\u202eb\ufeff\u2028\u{e0041}c' };
    const text = printableJson(value);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(JSON.parse(text)).toEqual(value);
  });
});
