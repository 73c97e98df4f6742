import * as fc from 'fast-check';
import { getCountries, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples' with { type: 'json' };
import { describe, expect, it } from 'vitest';
import { readSettings } from '../settings/load.ts';
import { isAnonymous } from './anonymous.ts';
import { internalNumbers } from './internal.ts';
import { maskNumber } from './mask.ts';
import { isRegion, numberForms, plainNumber, toE164 } from './number.ts';

const hostile = [
  '1'.repeat(1_000_000),
  '+'.repeat(1000),
  '(((((((((('.repeat(100),
  '7916123\r\nVariable: x=1',
  '7916123\u0000456',
  '٧٩١٦١٢٣٤٥٦٧',
  '７９１６１２３４５６７',
  '\u202e79161234567',
  '79161234567;ext=5',
  '1-800-FLOWERS',
  'sip:79161234567@host',
  '${SHELL(rm)}',
];

describe('E.164', () => {
  it.each([
    ['+7 916 123-45-67', '+79161234567'],
    ['79161234567', '+79161234567'],
    ['89161234567', '+79161234567'],
    ['9161234567', '+79161234567'],
    ['8 (495) 123 45 67', '+74951234567'],
    ['88005553535', '+78005553535'],
    ['375291234567', '+375291234567'],
    ['00442071838750', '+442071838750'],
    ['810442071838750', '+442071838750'],
    ['442071838750', '+442071838750'],
    ['+442071838750', '+442071838750'],
    ['1234567', null],
    ['101', null],
    ['112', null],
    ['*8101', null],
    ['#31#79161234567', null],
    ['anonymous', null],
    ['<unknown>', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('of %s in RU', (raw, e164) => {
    expect(toE164(raw, 'RU')).toBe(e164);
  });

  it('depends on the region', () => {
    expect(toE164('020 7183 8750', 'GB')).toBe('+442071838750');
    expect(toE164('020 7183 8750', 'RU')).toBeNull();
    expect(toE164('87771234567', 'KZ')).toBe('+77771234567');
  });

  it.each(hostile.map((raw) => [raw.slice(0, 40), raw]))('of %j is not told', (_, raw) => {
    expect(plainNumber(raw)).toBeNull();
    expect(toE164(raw, 'RU')).toBeNull();
    expect(numberForms(raw, 'RU')).toEqual([]);
  });

  it('never throws, and is a plus with at most 15 digits', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\+?[0-9 ()-]{0,25}$/)), (raw) => {
        expect(toE164(raw, 'RU') ?? '+79161234567').toMatch(/^\+[1-9][0-9]{6,14}$/);
      }),
    );
  });

  it('is the same for every form in which a mobile number of any country is written there', () => {
    for (const country of getCountries()) {
      const example = getExampleNumber(country, examples);
      if (!example) continue;
      for (const form of [example.number, example.formatNational(), example.formatInternational()]) {
        expect(toE164(form, country), `${country} ${form}`).toBe(example.number);
      }
      expect(numberForms(example.formatNational(), country)).toContain(example.number);
    }
  });
});

describe('regions', () => {
  it('that have numbers are taken in the settings', () => {
    for (const region of getCountries().filter((country) => !['AC', 'TA', 'XK'].includes(country))) {
      expect(isRegion(region)).toBe(true);
      expect(readSettings(`region: "${region}"`, { file: 'patchcord.yaml', environment: {} }).region).toBe(region);
    }
    expect(isRegion('QQ')).toBe(false);
  });
});

describe('a withheld number', () => {
  it.each([
    '',
    '  ',
    '<unknown>',
    'unknown',
    'Anonymous',
    'ANONYMOUS',
    '"Anonymous"',
    'restricted',
    'Private',
    'unavailable',
    'anonymous@anonymous.invalid',
    'Номер скрыт',
    '\u202eanonymous',
    null,
    undefined,
  ])('%j', (number) => {
    expect(isAnonymous(number)).toBe(true);
  });

  it.each(['0', '101', '+79161234567', 'privateer', 'a'.repeat(1_000_000)])('is not %.20s', (number) => {
    expect(isAnonymous(number)).toBe(false);
  });
});

describe('an internal number', () => {
  it('is any of up to 6 digits unless the settings say', () => {
    const isInternal = internalNumbers([]);
    expect(['1', '101', '123456'].map(isInternal)).toEqual([true, true, true]);
    expect(['', '1234567', '+101', '*8', '10a', '١٠١'].map(isInternal)).toEqual([
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    const ours = internalNumbers(['1XX', '70000']);
    expect(['101', '70000', '201', '112000'].map(ours)).toEqual([true, true, false, false]);
  });
});

it('a masked number hides its middle', () => {
  expect(maskNumber('79161234567')).toBe('7916***4567');
  expect(maskNumber('+79161234567')).toBe('+7916***4567');
  expect(maskNumber('101')).toBe('101');
  expect(maskNumber('9'.repeat(100_000)).length).toBeLessThan(50);
});
