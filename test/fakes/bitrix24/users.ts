import { badArgument } from './errors.ts';
import { domainError, page, RestError } from './envelope.ts';
import { rowTest, sortRows, startOf } from './filter.ts';
import { asMap, items, toInt, toText, upperKeys } from './php.ts';
import type { PhpMap } from './php.ts';
import type { SeedEntity } from './settings.ts';
import type { User } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, Methods, World } from './world.ts';

/** A whole user from the few fields that a test names. */
export const userFrom = (seed: Partial<User> & { id: number }): User => ({
  name: `User${seed.id}`,
  lastName: 'Test',
  email: `user${seed.id}@example.test`,
  active: true,
  admin: false,
  inner: '',
  workPhone: '',
  personalMobile: '',
  personalPhone: '',
  departments: [1],
  online: true,
  userType: 'employee',
  timeman: 'OPENED',
  outgoingLine: '',
  crmRights: 'all',
  statisticRights: 'all',
  ...seed,
});

export const seedFields = (seed: SeedEntity): PhpMap => ({
  ...seed.fields,
  ...(seed.phones && { PHONE: seed.phones.map((VALUE) => ({ VALUE, VALUE_TYPE: 'WORK' })) }),
});

const byInner = (world: World, inner: string): User | undefined =>
  [...world.state.users.values()].find((user) => user.active && user.inner === inner && inner !== '');

/** The id that USER_ID or USER_PHONE_INNER names; the first wins when it is not 0. The user may not exist. */
export function namedUserId(world: World, params: PhpMap): number {
  const id = toInt(params['USER_ID']);
  const found = id === 0 ? (byInner(world, toText(params['USER_PHONE_INNER']))?.id ?? 0) : id;
  if (found === 0) throw domainError('USER_ID or USER_PHONE_INNER should be set');
  return found;
}

/** The user, when it is a real active employee. */
export function activeUser(world: World, id: number): User {
  const user = world.state.users.get(id);
  if (!user?.active || user.userType === 'bot' || user.userType === 'email')
    throw domainError('User is not found or is not active');
  return user;
}

const BRIEF = ['ID', 'ACTIVE', 'NAME', 'LAST_NAME', 'SECOND_NAME', 'WORK_POSITION', 'UF_DEPARTMENT', 'USER_TYPE'];
const BRIEF_ALSO = ['UF_PHONE_INNER', 'IS_ONLINE', 'TIME_ZONE', 'LAST_ACTIVITY_DATE', 'TIMESTAMP_X'];
const BASIC = [...BRIEF, ...BRIEF_ALSO, 'EMAIL', 'WORK_PHONE', 'PERSONAL_MOBILE', 'PERSONAL_PHONE'];

/** The fields that the granted scope lets through. */
const visibleFields = (scopes: string[]): string[] =>
  scopes.includes('user') || scopes.includes('user_basic') ? BASIC : [...BRIEF, ...BRIEF_ALSO];

function userRow(user: User): PhpMap {
  const row: PhpMap = {
    ID: String(user.id),
    ACTIVE: user.active,
    NAME: user.name,
    LAST_NAME: user.lastName,
    EMAIL: user.email,
    UF_DEPARTMENT: user.departments,
    IS_ONLINE: user.online ? 'Y' : 'N',
    USER_TYPE: user.userType,
    TIME_ZONE: '',
    LAST_ACTIVITY_DATE: {},
    TIMESTAMP_X: {},
    WORK_PHONE: user.workPhone,
    PERSONAL_MOBILE: user.personalMobile,
    // Never filled in is null, emptied by hand is "".
    UF_PHONE_INNER: user.inner === '' ? (user.id % 2 === 0 ? '' : null) : user.inner,
  };
  if (user.personalPhone !== '') row['PERSONAL_PHONE'] = user.personalPhone;
  return row;
}

const cut = (row: PhpMap, fields: string[]): PhpMap =>
  Object.fromEntries(Object.entries(row).filter(([field]) => fields.includes(field)));

/** ACTIVE is compared as a flag, whatever way it is written. */
const activeFilter = (filter: PhpMap): PhpMap =>
  'ACTIVE' in filter ? { ...filter, ACTIVE: ['Y', '1', 'true'].includes(toText(filter['ACTIVE'])) ? '1' : '' } : filter;

function getUsers({ world, auth, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  // The kept bug: without FILTER the top-level keys are the filter.
  const filter = activeFilter(upperKeys('FILTER' in params ? asMap(params['FILTER']) : params));
  const visible = visibleFields(auth.scopes);
  const test = rowTest(filter, (field) => visible.includes(field), world.settings.utcOffsetMinutes);
  const rows = [...world.state.users.values()]
    .filter((user) => user.userType !== 'bot' && user.userType !== 'email')
    .map(userRow)
    .filter(test);
  const sort = toText(params['SORT']) || 'ID';
  const sorted = sortRows(rows, { [sort]: toText(params['ORDER']) || 'ASC' }, (row, field) => row[field]);
  const select = items(params['SELECT']).map(toText);
  const fields =
    select.length > 0 && !select.includes('*') ? visible.filter((field) => select.includes(field)) : visible;
  return page(sorted, startOf(params), (some) => some.map((row) => cut(row, fields)));
}

function searchUsers({ world, auth, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  const find = toText(params['FIND'] ?? asMap(params['FILTER'])['FIND']).toLowerCase();
  const rows = [...world.state.users.values()]
    .filter((user) => user.active && `${user.name} ${user.lastName}`.toLowerCase().includes(find))
    .map((user) => cut(userRow(user), visibleFields(auth.scopes)));
  return page(rows, startOf(params));
}

function currentUser({ world, auth }: Ctx): unknown {
  const user = world.state.users.get(auth.userId);
  return user ? cut(userRow(user), visibleFields(auth.scopes)) : [];
}

function timemanStatus({ world, auth, params: sent }: Ctx): unknown {
  const id = toInt(upperKeys(sent)['USER_ID']) || auth.userId;
  if (id !== auth.userId && !world.state.users.get(auth.userId)?.admin)
    throw domainError('User does not have access to managing other users work time');
  const user = world.state.users.get(id);
  if (!user) throw badArgument('USER_ID', 'User not found');
  const started = isoAt(world.now(), world.settings.utcOffsetMinutes);
  return { STATUS: user.timeman, TIME_START: started, TIME_FINISH: null, DURATION: '00:00:00', TIME_LEAKS: '00:00:00' };
}

function notify({ world, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  const userId = toInt(params['USER_ID'] ?? params['TO']);
  const message = toText(params['MESSAGE']);
  if (userId <= 0) throw new RestError('USER_ID_EMPTY', "User ID can't be empty");
  if (message === '') throw new RestError('MESSAGE_EMPTY', "Message can't be empty");
  if (!world.state.users.has(userId)) return false;
  const tag = toText(params['TAG']);
  if (tag !== '')
    for (const old of world.state.notes.all())
      if (old.userId === userId && old.tag === tag) world.state.notes.remove(old.id);
  const id = world.state.notes.nextId();
  world.state.notes.add({ id, atMs: world.now(), userId, message, tag });
  return id;
}

/** The users and what concerns them: working day and notices. */
export const userMethods: Methods = {
  'user.get': { scopes: ['user', 'user_basic', 'user_brief'], run: getUsers },
  'user.search': { scopes: ['user', 'user_basic', 'user_brief'], run: searchUsers },
  'user.current': { scopes: ['user', 'user_basic', 'user_brief'], run: currentUser },
  'timeman.status': { scopes: ['timeman'], run: timemanStatus },
  'im.notify': { scopes: ['im'], run: notify },
  'im.notify.personal.add': { scopes: ['im'], run: notify },
  'im.notify.system.add': { scopes: ['im'], run: notify },
};
