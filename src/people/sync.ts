// Operators out of a CRM's users: made when they are new, completed when they are known, and never against what a person wrote.
import { plainNumber } from '../phones/number.ts';
import { operatorSchema, type Operator } from './directory.ts';
import { Roster } from './roster.ts';

/** A user as a CRM tells it. */
export interface CrmUser {
  id: string;
  name: string;
  /** Inner number; null when none. */
  extension: string | null;
  mobiles: readonly string[];
  active: boolean;
}

/**
 * The operators that change, whole.
 *
 * - A user belongs to the active operator with his extension, else to the operator who has his id already.
 * - Nobody has either: an operator is made, if the user is active and has an extension.
 * - A user who left takes his id with him; the operator who was made from him leaves too.
 * - Name and extension follow the CRM only for operators made from this connection; mobiles are added, never taken away.
 */
export function mergeUsers(operators: readonly Operator[], crm: string, users: readonly CrmUser[]): Operator[] {
  const now = new Roster(operators, crm);
  const active = new Map(users.filter(isActive).map((one) => [one.id, one]));
  // Those who left first: the number may be another's already.
  for (const user of users.filter((one) => !one.active)) leave(now, crm, user);
  // Then those whose phone is somebody's: he may be another user's until now, who is looked at again without him.
  const isHeld = (user: CrmUser): boolean => now.holderOf(extensionOf(user)) !== null;
  const [held, rest] = [[...active.values()].filter(isHeld), [...active.values()].filter((user) => !isHeld(user))];
  for (const user of [...held, ...rest]) join(now, crm, user, active);
  const before = new Map(operators.map((one) => [one.id, one]));
  return now
    .all()
    .filter((one) => one !== before.get(one.id) && JSON.stringify(one) !== JSON.stringify(before.get(one.id)));
}

/** Active, with an id that can be kept. */
function isActive({ id, active }: CrmUser): boolean {
  return active && id !== '' && id.length <= 64;
}

function leave(now: Roster, crm: string, user: CrmUser): void {
  // With the id kept he is known again when he comes back.
  for (const operator of now.ofUser(user.id))
    now.set(operator.from === crm ? { ...operator, active: false } : without(operator, crm));
}

function join(now: Roster, crm: string, user: CrmUser, active: ReadonlyMap<string, CrmUser>): void {
  const extension = extensionOf(user);
  const known = now.ofUser(user.id)[0] ?? null;
  const holder = now.holderOf(extension);
  if (holder && holder !== known && isOfAnother(holder, crm, active)) return;
  const operator = holder ?? known;
  if (!operator) {
    if (extension !== null) make(now, crm, user, extension);
    return;
  }
  // The extension is at another operator than the id: who has the phone has the user.
  if (known && known !== operator) now.set({ ...without(known, crm), active: known.active && known.from !== crm });
  now.set({
    ...operator,
    crmUsers: { ...operator.crmUsers, [crm]: user.id },
    mobiles: completed(operator.mobiles, user.mobiles),
    ...(operator.from === crm ? ofCrm(now, operator, user, extension) : {}),
  });
}

/**
 * The operator is another user's already, and nothing in the CRM speaks against it: that user has no inner number there (a person has put
 * the two together), or one of this operator's (two users have the same).
 */
function isOfAnother(holder: Operator, crm: string, active: ReadonlyMap<string, CrmUser>): boolean {
  const other = active.get(holder.crmUsers[crm] ?? '');
  if (!other) return false;
  const extension = extensionOf(other);
  return extension === null || holder.extensions.includes(extension);
}

function extensionOf({ extension }: CrmUser): string | null {
  return extension !== null && /^[0-9]{1,10}$/.test(extension) ? extension : null;
}

function without(operator: Operator, crm: string): Operator {
  const { [crm]: _gone, ...crmUsers } = operator.crmUsers;
  return { ...operator, crmUsers };
}

/** What an operator who was made from this connection takes over from it. */
function ofCrm(
  now: Roster,
  operator: Operator,
  user: CrmUser,
  extension: string | null,
): Pick<Operator, 'name' | 'active' | 'extensions'> {
  const isNew = extension !== null && !operator.extensions.includes(extension);
  const extensions = isNew ? [extension] : operator.extensions;
  // While he was away another may have got his phone.
  return {
    name: nameOf(user),
    active: true,
    extensions: extensions.filter((one) => [null, operator].includes(now.holderOf(one))),
  };
}

function make(now: Roster, crm: string, user: CrmUser, extension: string): void {
  const base = `${crm}-${user.id}`
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 60);
  let id = base;
  for (let n = 2; now.has(id); n += 1) id = `${base}-${n}`;
  const operator = operatorSchema.parse({
    id,
    name: nameOf(user),
    extensions: [extension],
    mobiles: completed([], user.mobiles),
    crmUsers: { [crm]: user.id },
    from: crm,
  });
  now.set(operator);
}

function nameOf(user: CrmUser): string {
  return user.name.trim().slice(0, 200) || `user ${user.id}`;
}

const mobilesMax = 20;

/** What is there stays as it was written; what is new and a number comes after it. */
function completed(mobiles: readonly string[], more: readonly string[]): string[] {
  const known = new Set(mobiles.map((one) => digitsOf(one)));
  const all = [...mobiles];
  for (const mobile of more) {
    const plain = plainNumber(mobile);
    // A short number is an extension, not a mobile.
    if (plain === null || /[*#]/.test(plain) || plain.length < 7) continue;
    if (all.length >= mobilesMax || known.has(digitsOf(plain))) continue;
    known.add(digitsOf(plain));
    all.push(plain);
  }
  return all;
}

/** `8 916…`, `+7916…` and `916…` are one number to us; which country is meant does not matter for that. */
function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, '').slice(-10);
}
