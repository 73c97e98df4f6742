import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changed } from './change.ts';
import { operatorSchema, type Operator } from './directory.ts';
import { emptyDirectory } from './empty.ts';
import { mergeUsers, type CrmUser } from './sync.ts';

const operator = (id: string, about: Partial<Operator> = {}): Operator =>
  operatorSchema.parse({ id, name: id, ...about });
const user = (id: string, about: Partial<CrmUser> = {}): CrmUser => ({
  id,
  name: `User ${id}`,
  extension: null,
  mobiles: [],
  active: true,
  ...about,
});

describe('users of a CRM', () => {
  it('become operators when they have an extension and nobody else has it', () => {
    expect(
      mergeUsers([], 'b24', [user('1', { extension: '101', name: ' Ann ' }), user('2'), user('3', { extension: 'x' })]),
    ).toEqual([operator('b24-1', { name: 'Ann', extensions: ['101'], crmUsers: { b24: '1' }, from: 'b24' })]);
  });

  it('are known by extension before id, and change no name that a person gave', () => {
    const anna = operator('anna', { extensions: ['101', '201'] });
    const old = operator('old', { crmUsers: { b24: '1' }, extensions: ['105'] });
    expect(mergeUsers([anna, old], 'b24', [user('1', { extension: '201' })])).toEqual([
      { ...anna, crmUsers: { b24: '1' } },
      { ...old, crmUsers: {} },
    ]);
    expect(mergeUsers([old], 'b24', [user('1', { extension: null, mobiles: ['+7 (916) 000-00-01'] })])).toEqual([
      { ...old, mobiles: ['+79160000001'] },
    ]);
  });

  it('add mobiles, each once in whatever form, and never an inner number', () => {
    const anna = operator('anna', { extensions: ['101'], crmUsers: { b24: '1' }, mobiles: ['8 916 000 00 01'] });
    const told = ['+79160000001', '89160000002', '101', 'none', '9160000002'];
    expect(mergeUsers([anna], 'b24', [user('1', { extension: '101', mobiles: told })])).toEqual([
      { ...anna, mobiles: ['8 916 000 00 01', '89160000002'] },
    ]);
  });

  it('who left take their id with them, and the operator that was made of them', () => {
    const own = operator('own', { extensions: ['101'], crmUsers: { b24: '1', other: '9' } });
    const made = operator('b24-2', { extensions: ['102'], crmUsers: { b24: '2' }, from: 'b24' });
    const gone = [user('1', { active: false }), user('2', { active: false })];
    expect(mergeUsers([own, made], 'b24', gone)).toEqual([
      { ...own, crmUsers: { other: '9' } },
      { ...made, active: false },
    ]);
    // Another got the phone meanwhile, and then the first came back.
    const left = { ...made, active: false };
    expect(mergeUsers([left], 'b24', [user('3', { extension: '102' })])).toMatchObject([
      { id: 'b24-3', extensions: ['102'] },
    ]);
    expect(mergeUsers([left], 'b24', [user('2', { extension: '102' })])).toMatchObject([{ id: 'b24-2', active: true }]);
  });

  it('follow the CRM’s change of an inner number', () => {
    const made = operator('b24-1', { extensions: ['101'], crmUsers: { b24: '1' }, from: 'b24' });
    expect(mergeUsers([made], 'b24', [user('1', { extension: '109', name: 'Ann' })])).toMatchObject([
      { id: 'b24-1', extensions: ['109'], name: 'Ann' },
    ]);
  });

  it('do not take an operator whom a person has put together with a user that has no inner number', () => {
    const own = operator('own', { extensions: ['101'], crmUsers: { b24: '5' } });
    expect(mergeUsers([own], 'b24', [user('5'), user('7', { extension: '101' })])).toEqual([]);
    expect(mergeUsers([own], 'b24', [user('5', { extension: '105' }), user('7', { extension: '101' })])).toMatchObject([
      { id: 'own', crmUsers: { b24: '7' } },
      { id: 'b24-5', extensions: ['105'] },
    ]);
  });

  it('come to rest: the same users again change nothing, and the directory takes whatever they are', () => {
    const users = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('1', '2', '3', '4', '5'),
        name: fc.constantFrom('Ann', '', ' '),
        extension: fc.constantFrom(null, '101', '102', '103', 'x'),
        mobiles: fc.array(fc.constantFrom('+79160000001', '89160000001', '12'), { maxLength: 2 }),
        active: fc.boolean(),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(fc.array(users, { minLength: 1, maxLength: 4 }), fc.boolean(), (rounds, ours) => {
        let directory = emptyDirectory();
        if (ours)
          directory = { ...directory, operators: [operator('own', { extensions: ['101'], crmUsers: { b24: '2' } })] };
        for (const round of rounds) {
          const wanted = mergeUsers(directory.operators, 'b24', round).map((record) => ({
            kind: 'operators' as const,
            id: record.id,
            record,
          }));
          // Throws when two active operators come to have one extension.
          ({ directory } = changed(directory, wanted, { byPerson: false }));
        }
        expect(mergeUsers(directory.operators, 'b24', rounds.at(-1) ?? [])).toEqual([]);
        const users = directory.operators.filter((one) => one.active).flatMap((one) => one.crmUsers['b24'] ?? []);
        expect(new Set(users).size).toBe(users.length);
      }),
      { numRuns: 500 },
    );
  });

  it('of a company of thousands hold up nothing', () => {
    const users = Array.from({ length: 10_000 }, (_, n) =>
      user(String(n), { extension: n < 5000 ? String(10_000 + n) : null, active: n < 5000 }),
    );
    const operators = mergeUsers([], 'b24', users);
    expect(operators).toHaveLength(5000);
    const startedMs = performance.now();
    expect(mergeUsers(operators, 'b24', users)).toEqual([]);
    // Less than a hundred; when each user was looked for among all operators it was more than a second.
    expect(performance.now() - startedMs).toBeLessThan(400);
  });
});
