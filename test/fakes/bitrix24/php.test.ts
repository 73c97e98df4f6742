import { describe, expect, it } from 'vitest';
import { buildQuery, items, parseQuery, phpArray, truthy } from './php.ts';
import { phoneCode, strippedPhone } from './phone.ts';
import { parseDate, isoAt } from './time.ts';
import { rowTest } from './filter.ts';

describe('parsing as PHP does', () => {
  it('nests brackets, numbers empty ones and mangles the first name', () => {
    const parsed = parseQuery('fields[PHONE][0][VALUE]=%2B7+1&ids[]=5&ids[]=6&a.b=1&bad[=2&x=%zz&=9');
    expect(JSON.parse(JSON.stringify(parsed))).toEqual({
      fields: { PHONE: { 0: { VALUE: '+7 1' } } },
      ids: { 0: '5', 1: '6' },
      a_b: '1',
      bad: '2',
      x: '%zz',
    });
    expect(items(parsed['ids'])).toEqual(['5', '6']);
  });

  it('keeps a hostile key from reaching the prototype', () => {
    parseQuery('__proto__[polluted]=1&constructor[prototype][polluted]=1');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes "0", "" and [] for false and "N" and "false" for true', () => {
    expect(['0', 0, '', false, null, undefined, []].map(truthy)).toEqual(Array(7).fill(false));
    expect(['N', 'false', '1', 1, true, { a: 1 }].map(truthy)).toEqual(Array(6).fill(true));
  });

  it('writes events: booleans as 1 and 0, nulls and empty arrays not at all', () => {
    expect(decodeURIComponent(buildQuery({ a: true, b: false, c: null, d: [], e: { f: 'x y' } }))).toBe(
      'a=1&b=0&e[f]=x y',
    );
  });

  it('shows an empty or numbered array as a list', () => {
    expect(phpArray({})).toEqual([]);
    expect(phpArray({ 0: 'a', 1: 'b' })).toEqual(['a', 'b']);
    expect(phpArray({ 0: 'a', 2: 'b' })).toEqual({ 0: 'a', 2: 'b' });
  });
});

describe('numbers', () => {
  it('keeps digits and # * + , ; of a registered number', () => {
    expect(strippedPhone('+7 (495) 100-00-01,12abc')).toBe('+74951000001,12');
    expect(strippedPhone('anonymous')).toBe('');
  });

  it.each([
    ['8 926 100-00-02', '79261000002'],
    ['+79261000002', '79261000002'],
    ['00 7 926 1000002', '79261000002'],
    ['0119261000002', '9261000002'],
    ['+81312345678', '81312345678'],
    ['81312345678', '81312345678'],
    ['+79261000002;55', '79261000002'],
    ['101', '101'],
  ])('normalises %s to %s', (sent, code) => expect(phoneCode(sent)).toBe(code));

  it('matches no suffix', () => expect(phoneCode('4951234567')).not.toBe(phoneCode('74951234567')));
});

describe('dates', () => {
  it('takes a text without an offset for the portal’s local time', () => {
    expect(parseDate('2026-05-01 10:00:00', 180)).toBe(Date.parse('2026-05-01T07:00:00Z'));
    expect(parseDate('2026-05-01T10:00:00+05:00', 180)).toBe(Date.parse('2026-05-01T05:00:00Z'));
    expect(parseDate('rubbish', 180)).toBeNull();
  });

  it('prints the portal’s offset', () => expect(isoAt(0, -210)).toBe('1969-12-31T20:30:00-03:30'));
});

describe('filters', () => {
  const row = { ID: '7', NAME: 'Ivan', AT: '2026-05-01T10:00:00+03:00' };
  const test = (filter: Record<string, string | string[]>): boolean =>
    rowTest(filter, (field) => field in row, 180)(row);

  it.each([
    [{ ID: '7' }, true],
    [{ '!ID': '7' }, false],
    [{ '>ID': '10' }, false],
    [{ '>=ID': '7' }, true],
    [{ '><ID': ['1', '9'] }, true],
    [{ '!><ID': ['1', '9'] }, false],
    [{ ID: ['1', '7'] }, true],
    [{ '%NAME': 'VA' }, true],
    [{ '!%NAME': 'va' }, false],
    [{ '?NAME': 'van' }, true],
    [{ '>AT': '2026-05-01T06:59:00Z' }, true],
    [{ '<AT': '2026-05-01T06:59:00Z' }, false],
    [{ MISSPELT: 'nothing' }, true],
  ])('%j is %s', (filter, expected) => expect(test(filter as Record<string, string>)).toBe(expected));
});
