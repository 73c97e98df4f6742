import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { destinations, type DestinationRules } from './destinations.ts';

const rules: DestinationRules = { region: 'RU', countries: [], allow: [], deny: [] };
const judge = (raw: string, more: Partial<DestinationRules> = {}) => destinations({ ...rules, ...more })(raw);

describe('by default', () => {
  it.each([
    ['+7 916 123-45-67', '+79161234567'],
    ['89161234567', '+79161234567'],
    ['9161234567', '+79161234567'],
    ['8 (495) 123 45 67', '+74951234567'],
    ['88005553535', '+78005553535'],
  ])('%s is dialled as %s', (raw, number) => {
    expect(judge(raw)).toEqual({ ok: true, number });
  });

  it.each([
    ['112', /short/],
    ['101', /short/],
    ['911', /short/],
    ['*72', /short/],
    ['#31#79161234567', /no number/],
    ['*21*79161234567#', /no number/],
    ['88091234567', /costs more/],
    ['+78091234567', /costs more/],
    ['+442071838750', /calls to GB/],
    ['810442071838750', /calls to GB/],
    ['00442071838750', /calls to GB/],
    ['+77011234567', /calls to KZ/],
    ['+1 900 234 5678', /costs more/],
    ['+881612345678', /no country/],
    ['+870773123456', /no country/],
    ['1234567', /no number/],
  ])('%s is refused', (raw, problem) => {
    const verdict = judge(raw);
    expect(verdict).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
    expect(verdict).toMatchObject({ mend: expect.stringContaining('pbx[].dial.') });
  });
});

it.each([
  '',
  'anonymous',
  '7916123\r\nVariable: x=1',
  '79161234567\nApplication: System',
  '7916123\u0000456',
  '79161234567@from-internal',
  '79161234567,1,System(rm)',
  '79161234567&PJSIP/102',
  '${SHELL(rm -rf /)}',
  '$[1+1]',
  'Local/101@x',
  '٧٩١٦١٢٣٤٥٦٧',
  '79161234567;ext=5',
  '1'.repeat(25),
  '9'.repeat(1_000_000),
])('%.40j is no number', (raw) => {
  expect(judge(raw, { countries: ['*'], allow: ['*'] })).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/not a phone/),
  });
});

it('allows countries by name, or all', () => {
  expect(judge('+77011234567', { countries: ['KZ'] })).toEqual({ ok: true, number: '+77011234567' });
  expect(judge('+442071838750', { countries: ['KZ'] })).toMatchObject({ ok: false });
  expect(judge('+442071838750', { countries: ['*'] })).toMatchObject({ ok: true });
  expect(judge('+881612345678', { countries: ['*'] })).toMatchObject({ ok: false });
  expect(judge('+1 900 234 5678', { countries: ['*'] })).toMatchObject({ ok: false });
});

it('asks deny before allow, and both before everything else', () => {
  expect(judge('102', { allow: ['1XX'] })).toEqual({ ok: true, number: '102' });
  expect(judge('112', { allow: ['1XX'], deny: ['112'] })).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/forbidden/),
  });
  expect(judge('89031234567', { deny: ['_+7903XXXXXXX'] })).toMatchObject({
    ok: false,
    problem: expect.stringMatching(/forbidden/),
  });
  expect(judge('+79031234567', { deny: ['_7903XXXXXXX'] })).toMatchObject({ ok: false });
  expect(judge('+79031234567', { deny: ['_8903XXXXXXX'] })).toMatchObject({ ok: false });
  expect(judge('+78091234567', { allow: ['_+7809.'] })).toEqual({ ok: true, number: '+78091234567' });
});

it('lets nothing through that could be more than a number', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[+0-9*#()., -]{0,30}$/));
  fc.assert(
    fc.property(text, (raw) => {
      const verdict = judge(raw, { countries: ['*'], allow: ['*'] });
      expect(verdict.ok ? verdict.number : '1').toMatch(/^\+?[0-9*#]{1,24}$/);
    }),
  );
});
