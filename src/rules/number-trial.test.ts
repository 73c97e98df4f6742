import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { changed } from '../people/change.ts';
import { emptyDirectory } from '../people/empty.ts';
import { importWanted } from '../people/exchange.ts';
import { tryNumber, type NumberSettings } from './number-trial.ts';

const content = {
  operators: [{ id: 'anna', name: 'Anna', extensions: ['101'], mobiles: ['+7 916 000-00-01'] }],
  lines: [{ id: 'main', name: 'Main', numbers: ['84951112233'] }],
  taskTemplates: [{ id: 't', title: 'T', exceptNumbers: ['+79160000005'] }],
  policies: [{ id: '*', taskTemplate: 't' }],
  lists: [{ id: 'spam', action: 'block', clients: ['7495999XXXX'], crms: ['b24'] }],
};
const { directory } = changed(emptyDirectory(), importWanted(emptyDirectory(), content, { prune: false }), {
  byPerson: false,
});
const settings: NumberSettings = {
  region: 'RU',
  internalNumbers: ['1XX'],
  mobiles: [{ number: '+79160000002', extension: '101' }],
  rewrite: {
    fromPbx: [
      { match: '_9NXXXXXXXXXX', strip: 1, add: '' },
      { match: '[2-7]XXXXXX', strip: 0, add: '+7495' },
    ],
    toPbx: [{ match: '+7.', strip: 2, add: '98' }],
  },
  pbx: [{ name: 'main', dial: { countries: [], allow: [], deny: [] } }, { name: 'mute' }],
};
const tried = (number: string) => tryNumber(number, directory, settings, ['b24', 'amo']);

it('shows every step both ways', () => {
  expect(tried('2223344')).toMatchObject({
    withheld: false,
    fromPbx: {
      number: '+74952223344',
      steps: [
        { match: '_9NXXXXXXXXXX', outcome: 'no match' },
        { match: '[2-7]XXXXXX', strip: 0, add: '+7495', outcome: 'applied' },
      ],
    },
    e164: '+74952223344',
    client: '+74952223344',
    internal: false,
    mobileOf: null,
    line: null,
  });
  expect(tried('89261234567').toPbx).toMatchObject({ number: '989261234567', steps: [{ outcome: 'applied' }] });
  expect(tried('+4930123456').toPbx).toMatchObject({ number: '4930123456', steps: [{ outcome: 'no match' }] });
  expect(tried('+4930123456').dial).toMatchObject([{ pbx: 'main', allowed: false }]);
  expect(tried('89261234567').dial).toEqual([{ pbx: 'main', allowed: true, problem: null, mend: null }]);
});

it('knows what is ours', () => {
  expect(tried('101')).toMatchObject({ internal: true, extensionOf: { id: 'anna' }, e164: null, client: '101' });
  expect(tried('9160000001').mobileOf).toEqual({
    extension: '101',
    operator: { id: 'anna', name: 'Anna' },
    from: 'directory',
  });
  expect(tried('89160000002').mobileOf).toMatchObject({ extension: '101', operator: { id: 'anna' }, from: 'settings' });
  expect(tried('4951112233').line).toEqual({ id: 'main', name: 'Main' });
});

it('says which list decides where, and what task there would be', () => {
  expect(tried('84959990000').lists).toEqual([
    { crm: 'b24', registered: false, rule: 'spam', task: 't' },
    { crm: 'amo', registered: true, rule: null, task: 't' },
  ]);
  expect(tried('89160000005').lists).toMatchObject([{ task: null }, { task: null }]);
  expect(tried('anonymous')).toMatchObject({ withheld: true, client: null, lists: [{ task: null }, { task: null }] });
});

it('has an answer to any text', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      expect(tried(text).number).toBe(text);
    }),
  );
});
