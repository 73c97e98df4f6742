// Users of the portal become operators: their inner numbers and mobiles.
import type { CrmUser } from '../contract.ts';
import { idOf, textOf } from './answers.ts';
import type { Context } from './context.ts';
import { PortalError } from './portal.ts';

/** More is no portal that anybody has. */
const USERS_MAX = 50_000;

/**
 * Asks for all employees, those who left too, and hands them on. An empty answer is an error: it never takes the place of a good one.
 * @throws PortalError
 */
export async function syncUsers({ portal, users, given }: Context): Promise<void> {
  const found: CrmUser[] = [];
  const params = { FILTER: { USER_TYPE: 'employee' }, SORT: 'ID', ORDER: 'ASC' };
  for await (const row of portal.list('user.get', params, { lane: 'sync' })) {
    const user = userOf(row);
    if (user !== null) found.push(user);
    if (found.length >= USERS_MAX) break;
  }
  if (!users.replace(found))
    throw new PortalError('scope', 'NO_USERS', 'The portal showed no users', {
      mend: 'Give the application or the webhook the right user_basic, and its owner the right to see employees',
    });
  await given.users(found);
}

/** Null for a row that is no employee: a filter that the portal does not know lets everybody through. */
function userOf(row: Record<string, unknown>): CrmUser | null {
  const id = idOf(row['ID']);
  const type = textOf(row['USER_TYPE']);
  if (id === null || (type !== null && type !== 'employee')) return null;
  const name = [row['NAME'], row['LAST_NAME']].map(textOf).filter((part) => part !== null);
  const mobile = textOf(row['PERSONAL_MOBILE']);
  return {
    id: String(id),
    name: name.join(' ') || `user ${id}`,
    extension: textOf(row['UF_PHONE_INNER']),
    mobiles: mobile === null ? [] : [mobile],
    active: row['ACTIVE'] === true || row['ACTIVE'] === 'Y' || row['ACTIVE'] === '1',
  };
}
