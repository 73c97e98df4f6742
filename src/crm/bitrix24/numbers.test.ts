import { expect, test } from 'vitest';
import { externalId, phoneOf, startDate, typeOf } from './numbers.ts';

test.each([
  ['+79161234567', '+79161234567'],
  ['8 (916) 123-45-67', '89161234567'],
  ['101', '101'],
  ['+123456789012345678901234', '+1234567890123456789'],
  ['anonymous', null],
  ['sip:7@evil', null],
  ['"><b>1</b>', null],
  ['', null],
  ['---', null],
  [null, null],
])('the portal gets %s as %s', (clientNumber, phone) => {
  expect(phoneOf({ clientNumber })).toBe(phone);
});

test('our id fits the portal’s column and stays unique', () => {
  expect(externalId('call-1', 0)).toBe('call-1');
  expect(externalId('call-1', 2)).toBe('call-1#2');
  const long = 'x'.repeat(65);
  expect(externalId(long, 0)).toHaveLength(64);
  expect(externalId(long, 0)).not.toBe(externalId(`${long}y`, 0));
});

test('times have an offset, and every inbound call is of the type that counts as missed', () => {
  expect(startDate({ startedAt: '2026-11-21T09:00:00.123Z' })).toBe('2026-11-21T09:00:00+00:00');
  expect(typeOf({ direction: 'inbound', origin: null })).toBe(2);
  expect(typeOf({ direction: 'outbound', origin: 'click_to_call' })).toBe(1);
  expect(typeOf({ direction: 'outbound', origin: 'callback' })).toBe(4);
});
