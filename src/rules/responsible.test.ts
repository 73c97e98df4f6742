import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operatorSchema, type Directory, type Operator } from '../people/directory.ts';
import { emptyDirectory } from '../people/empty.ts';
import { callUser, leadResponsible, leadUser, missedResponsible, missedUser } from './responsible.ts';

const operator = (id: string, about: Partial<Operator> = {}): Operator =>
  operatorSchema.parse({ id, name: id, crmUsers: { b24: `${id}-user` }, ...about });

const [owner, rang, first, talked, usual] = ['owner', 'rang', 'first', 'talked', 'usual'].map((id) => operator(id)) as [
  Operator,
  Operator,
  Operator,
  Operator,
  Operator,
];
const directory: Directory = {
  ...emptyDirectory(),
  operators: [owner, rang, usual, operator('left', { active: false })],
};
const base = { rangLast: rang, defaultOperator: usual, defaultUser: null };

describe('a missed call', () => {
  it.each([
    [0, 'owner'],
    [1, 'rang'],
    [2, 'usual'],
  ] as const)('by mode %d is for %s', (missedOwner, id) => {
    expect(missedResponsible({ ...base, missedOwner }, { entityOwner: owner })?.id).toBe(id);
    expect(missedUser({ ...base, missedOwner }, { crm: 'b24', directory, entityUser: 'owner-user' })).toMatchObject({
      user: `${id}-user`,
    });
  });

  it('passes over who has left, and who is nobody there', () => {
    const decision = { ...base, missedOwner: 0 as const };
    expect(missedUser(decision, { crm: 'b24', directory, entityUser: 'left-user' })?.user).toBe('rang-user');
    expect(missedUser(decision, { crm: 'amo', directory, entityUser: null })).toBeNull();
    expect(missedUser({ ...decision, defaultUser: '99' }, { crm: 'amo', directory, entityUser: null })).toEqual({
      user: '99',
      operator: null,
    });
    // The owner of an entity need not be one of the operators.
    expect(missedUser(decision, { crm: 'b24', directory, entityUser: '12345' })).toEqual({
      user: '12345',
      operator: null,
    });
  });

  it('falls only downwards, whoever is missing', () => {
    const person = (id: string) =>
      fc.option(
        fc
          .record({ active: fc.boolean(), has: fc.boolean() })
          .map(({ active, has }) => operator(id, { active, ...(has ? {} : { crmUsers: {} }) })),
      );
    fc.assert(
      fc.property(
        person('owner'),
        person('rang'),
        person('usual'),
        fc.constantFrom(0 as const, 1 as const, 2 as const),
        (entityOwner, rangLast, defaultOperator, missedOwner) => {
          const steps = [entityOwner, rangLast, defaultOperator];
          const found = missedResponsible({ missedOwner, rangLast, defaultOperator }, { crm: 'b24', entityOwner });
          const at = steps.indexOf(found);
          expect(found === null || (found.active && found.crmUsers['b24'] !== undefined)).toBe(true);
          expect(found === null || at >= missedOwner).toBe(true);
          // Nobody fit stands between the mode's own place and who was taken.
          const passed = steps.slice(missedOwner, found ? at : 3);
          expect(passed.every((one) => !one?.active || one.crmUsers['b24'] === undefined)).toBe(true);
        },
      ),
    );
  });
});

it('a new client is for the line’s first responsible, then who talked, who rang last, the default', () => {
  const all = { firstResponsible: first, talked, rangLast: rang, defaultOperator: usual, defaultUser: '99' };
  expect(leadUser(all, 'b24')?.user).toBe('first-user');
  expect(leadUser({ ...all, firstResponsible: operator('x', { active: false }) }, 'b24')?.user).toBe('talked-user');
  expect(leadUser({ ...all, firstResponsible: null, talked: null }, 'b24')?.user).toBe('rang-user');
  expect(leadUser({ ...all, firstResponsible: null, talked: null, rangLast: null }, 'b24')?.user).toBe('usual-user');
  expect(leadUser(all, 'amo')).toEqual({ user: '99', operator: null });
  expect(leadResponsible({ ...all, firstResponsible: operator('own', { crmUsers: {} }) })?.id).toBe('own');
});

it('a call is of who talked, then who rang last, then the default', () => {
  const all = { talked, rangLast: rang, defaultOperator: usual, defaultUser: '99' };
  expect(callUser(all, 'b24')?.user).toBe('talked-user');
  expect(callUser({ ...all, talked: operator('x', { crmUsers: {} }) }, 'b24')?.user).toBe('rang-user');
  expect(callUser({ ...all, talked: null, rangLast: null, defaultOperator: null }, 'b24')).toEqual({
    user: '99',
    operator: null,
  });
  expect(
    callUser({ ...all, talked: null, rangLast: null, defaultOperator: null, defaultUser: null }, 'b24'),
  ).toBeNull();
});
