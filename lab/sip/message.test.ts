import { expect, test } from 'vitest';
import {
  formatMessage,
  headerOf,
  headersOf,
  methodOf,
  parseMessage,
  quoted,
  statusOf,
  tagOf,
  uriOf,
  userOf,
} from './message.ts';

const invite = [
  'INVITE sip:101@127.0.0.1:5060;ob SIP/2.0',
  'v: SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1',
  'Via: SIP/2.0/UDP 127.0.0.3',
  'From: "Иван; tag=not \\"this\\"" <sip:79161234567@a>;tag=abc',
  't: <sip:101@b>',
  'Subject: one',
  ' and more',
  'CSeq: 7 INVITE',
  '',
  'v=0\r\n',
].join('\r\n');

test('compact names, folded lines and repeated headers are read', () => {
  const message = parseMessage(invite);
  expect(headersOf(message, 'Via')).toEqual(['SIP/2.0/UDP 127.0.0.2:5060;branch=z9hG4bK1', 'SIP/2.0/UDP 127.0.0.3']);
  expect(headerOf(message, 'subject')).toBe('one and more');
  expect(headerOf(message, 'to')).toBe('<sip:101@b>');
  expect(message.body).toBe('v=0\r\n');
});

test('a tag inside a display name is not the tag', () => {
  const from = headerOf(parseMessage(invite), 'from') ?? '';
  expect(tagOf(from)).toBe('abc');
  expect(tagOf('<sip:a@b>')).toBeNull();
  expect(userOf(uriOf(from))).toBe('79161234567');
});

test('an address inside a display name is not the address', () => {
  expect(uriOf('"a\\" <sip:x@y>" <sip:1@b;ob>;tag=2')).toBe('sip:1@b;ob');
  expect(uriOf('sip:1@b;tag=2')).toBe('sip:1@b');
});

test('method and status of requests and responses', () => {
  expect(methodOf(parseMessage(invite))).toBe('INVITE');
  const response = parseMessage('SIP/2.0 486 Busy Here\r\nCSeq: 3 BYE\r\n\r\n');
  expect([statusOf(response), methodOf(response)]).toEqual([486, 'BYE']);
});

test('the length that is sent counts bytes, not letters', () => {
  const text = formatMessage({ start: 'BYE sip:a@b SIP/2.0', headers: [['Content-Length', '9']], body: 'да' });
  expect(text).toBe('BYE sip:a@b SIP/2.0\r\nContent-Length: 4\r\n\r\nда');
});

test('a display name cannot leave its quotes or its line', () => {
  expect(quoted('a" <sip:x>\r\nVia: \\')).toBe('"a\\" <sip:x>  Via: \\\\"');
});

test('what is no SIP message is refused', () => {
  expect(() => parseMessage('hello')).toThrow('no SIP message');
  expect(() => parseMessage('BYE sip:a@b SIP/2.0\r\nnonsense\r\n\r\n')).toThrow('no SIP header');
});
