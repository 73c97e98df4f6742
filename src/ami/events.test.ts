import { expect, it } from 'vitest';
import { isEvent } from './events.ts';
import { AmiBlock } from './message.ts';
import type { AmiMessage } from './message.ts';

it('tells one event from another, and knows its headers', () => {
  const message: AmiMessage = new AmiBlock('Event: Hangup\r\nUniqueid: 1.1\r\nCause: 16');
  expect(isEvent(message, 'Newchannel')).toBe(false);
  if (!isEvent(message, 'Hangup')) throw new Error('it is a Hangup');
  expect(message.get('Cause')).toBe('16');
  // @ts-expect-error a misspelt header does not compile
  expect(message.get('Couse')).toBe('');
});
