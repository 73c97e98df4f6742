import { expect, it } from 'vitest';
import { asApp, call, openPortal, result } from './test-client.ts';

it('keeps the lines of each application apart, and those of all webhooks together', async () => {
  const portal = await openPortal();
  const app = asApp(portal);
  const line = { NUMBER: '74950000000', NAME: 'Sales', CRM_AUTO_CREATE: 'N' };
  expect((await app('telephony.externalLine.add', line)).body['result']).toEqual({ ID: 1 });
  expect((await app('telephony.externalLine.get')).body['result']).toEqual([line]);
  expect(await result(portal, 'telephony.externalLine.get')).toEqual([]);
  expect(await result(portal, 'telephony.externalLine.add', { NUMBER: line.NUMBER })).toEqual({ ID: 2 });
});

it('changes and removes them, or says why not', async () => {
  const portal = await openPortal();
  const error = async (what: string, params: object): Promise<unknown> =>
    (await call(portal, `telephony.externalLine.${what}`, params)).body['error_description'];
  expect(await error('add', {})).toBe('NUMBER should not be empty');
  await result(portal, 'telephony.externalLine.add', { NUMBER: '1' });
  expect(await error('add', { NUMBER: '1' })).toBe('Line already exists');
  expect(await error('update', { NUMBER: '1' })).toBe('There are no fields to update');
  expect(await error('update', { NUMBER: '2', NAME: 'x' })).toBe('Could not find line with number 2');
  expect(await result(portal, 'telephony.externalLine.update', { NUMBER: '1', NAME: 'One' })).toEqual({ ID: '1' });
  expect(await result(portal, 'telephony.externalLine.get')).toMatchObject([{ NAME: 'One', CRM_AUTO_CREATE: 'Y' }]);
  expect(await result(portal, 'telephony.externalLine.delete', { NUMBER: '1' })).toEqual([]);
  expect(await error('delete', { NUMBER: '1' })).toBe('Could not find line with number 1');
});

it('answers 1 to a default line that nobody knows, and does nothing', async () => {
  const portal = await openPortal();
  await result(portal, 'telephony.externalLine.add', { NUMBER: '74950000000' });
  const set = (LINE_ID: string): Promise<unknown> => result(portal, 'voximplant.line.outgoing.set', { LINE_ID });
  expect([await set('74950000000'), await set('nothing')]).toEqual([1, 1]);
  expect(await result(portal, 'voximplant.line.outgoing.get')).toBe('74950000000');
});
