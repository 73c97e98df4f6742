import { describe, expect, it } from 'vitest';
import { AmiBlock } from './message.ts';

const message = (...lines: string[]): AmiBlock => new AmiBlock(lines.join('\r\n'));

describe('the name', () => {
  it('is the value of Event', () => {
    expect(message('Event: Hangup', 'Cause: 16').name).toBe('Hangup');
  });

  it('is Response for an answer, whatever its other headers are', () => {
    expect(message('Response: Success', 'ActionID: 1', 'Event: none').name).toBe('Response');
    expect(message('response: Error').name).toBe('Response');
  });

  it('is the event of an OriginateResponse, which has a Response header too', () => {
    expect(message('Event: OriginateResponse', 'Response: Failure').name).toBe('OriginateResponse');
  });

  it('is found when Event is not the first header, and in any case', () => {
    expect(message('Privilege: call', 'EVENT: Newstate').name).toBe('Newstate');
    expect(message('Nothing: here').name).toBe('');
  });
});

describe('get', () => {
  const hangup = message(
    'Event: Hangup',
    'Channel: PJSIP/101-1',
    'Cause: 16',
    'Cause-txt: Normal',
    'AccountCode: ',
    'X:y',
  );

  it('gives the value, with everything after the first colon and one space', () => {
    expect(hangup.get('Channel')).toBe('PJSIP/101-1');
    expect(message('Event: A', 'AppData: to: Anna: 4').get('AppData')).toBe('to: Anna: 4');
    expect(message('Event: A', 'AppData:  two spaces ').get('AppData')).toBe(' two spaces ');
    expect(hangup.get('X')).toBe('y');
  });

  it('tells a header from another that begins or ends like it', () => {
    expect(hangup.get('Cause')).toBe('16');
    expect(hangup.get('Cause-txt')).toBe('Normal');
    expect(hangup.get('txt')).toBe('');
    expect(hangup.get('Chan')).toBe('');
  });

  it('compares keys without case', () => {
    expect(message('Event: Cdr', 'UniqueID: 1.2').get('Uniqueid')).toBe('1.2');
    expect(message('Event: Cdr', 'UniqueID: 1.2').has('UNIQUEID')).toBe(true);
  });

  it('gives nothing for a header that is absent, and tells it from an empty one', () => {
    expect(hangup.get('AccountCode')).toBe('');
    expect(hangup.has('AccountCode')).toBe(true);
    expect(hangup.get('Linkedid')).toBe('');
    expect(hangup.has('Linkedid')).toBe(false);
    expect(hangup.get('')).toBe('');
    expect(hangup.has('')).toBe(false);
  });

  it('gives the first of repeated headers', () => {
    expect(message('Event: A', 'Item: one', 'Item: two').get('Item')).toBe('one');
  });

  it('does not take text inside a value for a header', () => {
    const name = 'Eve\nUniqueid: 6.6\rLinkedid: 6.6 Channel: X';
    const event = message('Event: Newchannel', `CallerIDName: ${name}`, 'Uniqueid: 1.1');
    expect(event.get('Uniqueid')).toBe('1.1');
    expect(event.get('CallerIDName')).toBe(name);
    expect(event.has('Linkedid')).toBe(false);
    expect(event.has('Channel')).toBe(false);
  });

  it('survives letters whose lower case is longer', () => {
    expect(message('Event: A', 'Name: İİİİ', 'UniqueID: 1.2').get('uniqueid')).toBe('1.2');
  });
});

describe('lists', () => {
  it('gives all values of a repeated header in order, keys in any case', () => {
    const event = message('Event: A', 'Output: one', 'output: ', 'Output: three');
    expect(event.all('OUTPUT')).toEqual(['one', '', 'three']);
    expect(event.all('None')).toEqual([]);
  });

  it('gives all headers as they came', () => {
    expect(message('Event: A', 'b: c: d').headers()).toEqual([
      ['Event', 'A'],
      ['b', 'c: d'],
    ]);
  });

  it('reads channel variables, empty ones too', () => {
    const event = message('Event: A', 'ChanVariable: CRM=1', 'ChanVariable: LINK=a=b', 'ChanVariable: NONE=');
    expect([...event.variables()]).toEqual([
      ['CRM', '1'],
      ['LINK', 'a=b'],
      ['NONE', ''],
    ]);
  });

  it('keeps the variables of the two channels of an event apart', () => {
    const event = message('Event: DialBegin', 'ChanVariable: A=1', 'DestChanVariable: A=2');
    expect(event.variables().get('A')).toBe('1');
    expect(event.variables('DestChanVariable').get('A')).toBe('2');
  });

  it('reads the pair of VarSet', () => {
    const event = message('Event: VarSet', 'Variable: FILE', 'Value: /a=b: c', 'ChanVariable: CRM=1');
    expect([...event.variables()]).toEqual([
      ['CRM', '1'],
      ['FILE', '/a=b: c'],
    ]);
  });
});
