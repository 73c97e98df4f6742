import { describe, expect, it } from 'vitest';
import { changed, type Wanted } from './change.ts';
import type { AnyRecord } from './check.ts';
import type { Directory } from './directory.ts';
import { emptyDirectory } from './empty.ts';
import { DirectoryError } from './problems.ts';

const person = { byPerson: true };
const put = (kind: Wanted['kind'], record: AnyRecord): Wanted => ({ kind, id: record.id, record });

function directoryOf(...wanted: Wanted[]): Directory {
  return changed(emptyDirectory(), wanted, { byPerson: false }).directory;
}

function refusal(directory: Directory, wanted: Wanted[], connections?: string[]): string[] {
  try {
    changed(directory, wanted, connections ? { ...person, connections } : person);
  } catch (error) {
    if (error instanceof DirectoryError)
      return error.problems.map(({ kind, id, field, message }) => `${kind} ${id} ${field}: ${message}`);
    throw error;
  }
  return [];
}

describe('a change is refused with the record and the field', () => {
  it.each<[Wanted, string]>([
    [put('operators', { id: 'a', name: '' }), 'operators a name: Too small'],
    [put('operators', { id: 'A b', name: 'x' }), 'operators A b id: must be small letters'],
    [put('operators', { id: 'a', name: 'x', groups: ['no'] }), 'operators a groups: there is no group "no"'],
    [put('operators', { id: 'a', name: 'x', schedule: 'no' }), 'operators a schedule: there is no schedule "no"'],
    [put('operators', { id: 'a', name: 'x', mobiles: ['8916 XX'] }), 'operators a mobiles[0]: "8916 XX" is neither'],
    [
      put('operators', { id: 'a', name: 'x', crmUsers: { amo: '1' } }),
      'operators a crmUsers.amo: there is no connection "amo"; there are: b24',
    ],
    [put('operators', { id: 'a', name: 'x', extension: '1' }), 'operators a : Unrecognized key'],
    [
      put('lines', { id: 'a', name: 'x', firstResponsible: 'no' }),
      'lines a firstResponsible: there is no operator "no"',
    ],
    [put('lines', { id: 'a', name: 'x', numbers: ['[1'] }), 'lines a numbers[0]: "[1" is neither'],
    [put('lines', { id: 'a', name: 'x', crms: ['b42'] }), 'lines a crms[0]: there is no connection "b42"'],
    [
      put('taskTemplates', { id: 'a', title: 'x', exceptLines: ['no'] }),
      'taskTemplates a exceptLines: there is no line "no"',
    ],
    [put('lists', { id: 'a', action: 'deny' }), 'lists a action: Invalid option'],
    [put('policies', { id: 'b42' }), 'policies b42 id: there is no connection "b42"'],
    [put('policies', { id: '*', defaultOperator: 'no' }), 'policies * defaultOperator: there is no operator "no"'],
    [
      put('schedules', { id: 'a', name: 'x', timeZone: 'Moon/Sea', week: [] }),
      'schedules a timeZone: "Moon/Sea" is no time zone',
    ],
    [
      put('schedules', { id: 'a', name: 'x', timeZone: 'UTC', week: [{ days: [1], from: '22:00', to: '06:00' }] }),
      'schedules a week[0]: ends before it begins',
    ],
    [{ kind: 'groups', id: 'a', record: { id: 'b', name: 'x' } }, 'groups a id: is "b" in the record'],
    [{ kind: 'groups', id: 'a', record: 'text' }, 'groups a : Invalid input'],
    [{ kind: 'groups', id: 'a', record: null }, 'groups a : there is no group of this id'],
  ])('%j', (wanted, said) => {
    const told = refusal(emptyDirectory(), [wanted], ['b24']);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(said);
  });
});

it('tells every problem of an import at once', () => {
  const told = refusal(emptyDirectory(), [
    put('operators', { id: 'a', name: '', mobiles: 7 }),
    put('lines', { id: 'b', name: 'x', numbers: ['?? '] }),
  ]);
  expect(told).toHaveLength(3);
});

it('lets an extension pass from one who has left to another', () => {
  const left = { id: 'a', name: 'A', extensions: ['101'], active: false };
  const directory = directoryOf(put('operators', left));
  const { directory: next } = changed(
    directory,
    [put('operators', { id: 'b', name: 'B', extensions: ['101'] })],
    person,
  );
  expect(next.operators).toHaveLength(2);
  expect(refusal(next, [put('operators', { ...left, active: true })])).toEqual([
    'operators b extensions[0]: 101 is already the extension of the operator "a"',
  ]);
});

it('replaces what is referred to and what refers to it in one change', () => {
  const directory = directoryOf(
    put('groups', { id: 'g', name: 'G' }),
    put('operators', { id: 'a', name: 'A', groups: ['g'] }),
  );
  expect(refusal(directory, [{ kind: 'groups', id: 'g', record: null }])).toEqual([
    'groups g : is in use by operator "a"; take it out there first',
  ]);
  const { changed: done } = changed(
    directory,
    [{ kind: 'groups', id: 'g', record: null }, put('operators', { id: 'a', name: 'A' })],
    person,
  );
  expect(done.map(({ kind, record }) => `${kind} ${record ? 'put' : 'gone'}`)).toEqual([
    'groups gone',
    'operators put',
  ]);
});

it('keeps to what is right though something else was wrong before', () => {
  const operator = { ...directoryOf(put('operators', { id: 'a', name: 'A' })).operators[0], schedule: 'lost' };
  const directory = { ...emptyDirectory(), operators: [operator] } as Directory;
  expect(refusal(directory, [put('groups', { id: 'g', name: 'G' })])).toEqual([]);
});

it('leaves out of what changed whatever stays the same', () => {
  const directory = directoryOf(put('groups', { id: 'g', name: 'G' }));
  expect(changed(directory, [put('groups', { name: 'G', id: 'g' })], person).changed).toEqual([]);
});

it('unties an operator from his CRM only where a person gave him another name, phone or state', () => {
  const made = { id: 'a', name: 'A', extensions: ['101'], crmUsers: { b24: '1' }, from: 'b24' };
  const directory = directoryOf(put('groups', { id: 'g', name: 'G' }), put('operators', made));
  const after = (change: object): unknown =>
    changed(directory, [put('operators', { ...made, ...change })], person).directory.operators[0]?.from;
  expect(after({ groups: ['g'] })).toBe('b24');
  expect(after({ mobiles: ['+79160000000'] })).toBe('b24');
  expect([after({ name: 'B' }), after({ active: false }), after({ extensions: ['102'] })]).toEqual([null, null, null]);
});
