import { expect, it } from 'vitest';
import { mobileOwners } from '../phones/mobiles.ts';
import { changed, type Wanted } from './change.ts';
import type { AnyRecord } from './check.ts';
import { emptyDirectory } from './empty.ts';
import { lineNumbers, lineOf, mobilesOf, operatorByExtension, operatorByNumber, operatorByUser } from './lookups.ts';

const put = (kind: Wanted['kind'], record: AnyRecord): Wanted => ({ kind, id: record.id, record });
const { directory } = changed(
  emptyDirectory(),
  [
    put('operators', {
      id: 'a-left',
      name: 'Left',
      extensions: ['101', '109'],
      mobiles: ['89160000001'],
      active: false,
      crmUsers: { b24: '1' },
    }),
    put('operators', {
      id: 'anna',
      name: 'Anna',
      extensions: ['101', '201'],
      mobiles: ['+7 (916) 000-00-01', '7926000XXXX'],
      crmUsers: { b24: '1' },
    }),
    put('operators', { id: 'nobody', name: 'No phone', mobiles: ['+79160000003'] }),
    put('lines', { id: 'main', name: 'Main', numbers: ['8 (495) 111-22-33', '7495000XXXX', '84951112233', '12'] }),
  ],
  { byPerson: false },
);

it('takes the active operator before one who has left, and him before nobody', () => {
  expect(operatorByExtension(directory, '101')?.id).toBe('anna');
  expect(operatorByExtension(directory, '109')?.id).toBe('a-left');
  expect(operatorByExtension(directory, '999')).toBeNull();
  expect(operatorByUser(directory, 'b24', '1')?.id).toBe('anna');
  expect(operatorByUser(directory, 'amo', '1')).toBeNull();
});

it.each([
  ['89160000001', 'anna'],
  ['+79160000001', 'anna'],
  ['9160000001', 'anna'],
  ['89260001234', 'anna'],
  ['+79160000003', 'nobody'],
  ['+79160000009', undefined],
  ['', undefined],
  ['<b>9160000001</b>', undefined],
  ['9'.repeat(10_000), undefined],
])('knows the owner of the mobile %s', (number, id) => {
  expect(operatorByNumber(directory, number, 'RU')?.id).toBe(id);
  // The second time it is remembered.
  expect(operatorByNumber(directory, number, 'RU')?.id).toBe(id);
});

it('gives the tracker mobiles that it takes', () => {
  const ownerOf = mobileOwners(mobilesOf(directory), 'RU');
  expect(ownerOf('89160000001')).toEqual({ extension: '101' });
  expect(ownerOf('+79260009999')).toEqual({ extension: '101' });
  expect(ownerOf('+79160000003')).toEqual({ extension: null });
});

it('tells the numbers of a line as calls have them', () => {
  const [line] = directory.lines;
  expect(line && lineNumbers(line, 'RU')).toEqual(['+74951112233', '12']);
  expect(lineOf(directory, { number: '4951112233', trunk: null }, 'RU')?.id).toBe('main');
  expect(lineOf(directory, { number: '12', trunk: null }, 'RU')?.id).toBe('main');
});
