import { expect, test, vi } from 'vitest';
import type { Health } from '../contract.ts';
import { crm, portalWorld } from './testing/portal-world.ts';

const operators = [{ id: 'boris', name: 'Boris', extensions: ['101'], crmUsers: { [crm]: '11' } }];
const policies = [{ id: crm, defaultUser: '11' }];

const part = (found: readonly Health[], name: string) => found.filter((one) => one.part === name);
const bad = (found: readonly Health[]) => found.filter(({ level }) => level !== 'ok');

test('all is well: an application with everything', async () => {
  const world = await portalWorld({ isApplication: true, publicUrl: 'here', directory: { operators, policies } });
  world.connection.start();
  await vi.waitFor(() => expect(world.portal.state.handlers.all()).toHaveLength(2), { timeout: 5000 });
  const found = await world.connection.check();
  expect(bad(found)).toEqual([]);
  expect(found.map((one) => one.part)).toEqual([
    'portal',
    'rights',
    'telephony',
    'statistics',
    'lines',
    'clicks',
    'default user',
    'operators',
  ]);
});

test('a wrong webhook is one finding with the mend', async () => {
  const world = await portalWorld();
  const [hook] = world.portal.settings.webhooks;
  if (hook) hook.secret = 'changed-in-the-portal';
  const found = await world.connection.check();
  expect(found).toMatchObject([{ part: 'portal', level: 'error', mend: expect.stringContaining('webhook') }]);
});

test('missing rights are named, each with what it is for', async () => {
  const world = await portalWorld({
    portal: { webhooks: [{ userId: 1, secret: 'hook', scopes: ['telephony', 'user_basic'] }] },
    directory: { operators, policies },
  });
  const rights = part(await world.connection.check(), 'rights');
  expect(rights.map(({ level, message }) => [level, message])).toEqual([
    ['error', 'The right “crm” is missing: clients and leads'],
    ['warning', 'The right “task” is missing: tasks for missed calls'],
    ['warning', 'The right “im” is missing: notices'],
  ]);
  expect(rights.every(({ mend }) => mend?.startsWith('Tick “'))).toBe(true);
});

test('a portal that takes no telephony from a webhook says so', async () => {
  const world = await portalWorld({ portal: { webhookTelephonyAllowed: false }, directory: { operators, policies } });
  const found = await world.connection.check();
  expect(part(found, 'telephony')).toMatchObject([
    { level: 'error', mend: expect.stringContaining('local application') },
  ]);
});

test('no rights on statistics, no administrator, unmapped operators and no default user are warnings', async () => {
  const world = await portalWorld({
    portal: { webhooks: [{ userId: 12, secret: 'hook', scopes: ['telephony', 'crm', 'user', 'task', 'im'] }] },
    directory: {
      operators: [...operators, { id: 'new', name: 'New', extensions: ['199'] }],
      lines: [{ id: 'x', name: 'X', numbers: ['+74950000009'] }],
    },
  });
  const user = world.portal.state.users.get(12);
  if (user) user.statisticRights = 'none';
  const found = bad(await world.connection.check());
  expect(found.map((one) => [one.part, one.level])).toEqual([
    ['portal', 'warning'],
    ['statistics', 'warning'],
    ['lines', 'warning'],
    ['clicks', 'warning'],
    ['default user', 'warning'],
    ['operators', 'warning'],
  ]);
  expect(found.every(({ mend }) => mend !== null && mend !== '')).toBe(true);
  expect(part(found, 'operators')[0]?.message).toContain('New (199)');
});

test('a portal that is not there is one finding', async () => {
  const world = await portalWorld();
  world.portal.refuseConnections(true);
  const found = await world.connection.check();
  expect(found).toMatchObject([{ part: 'portal', level: 'error' }]);
});

test('an application that is not authorised is one finding, with the command that leads there', async () => {
  const access = {
    webhook: undefined,
    portal: 'http://127.0.0.1:9',
    clientId: 'local.1',
    clientSecret: 'secret-of-it',
  };
  const world = await portalWorld({ settings: access });
  const found = await world.connection.check();
  expect(found).toMatchObject([{ part: 'portal', level: 'error' }]);
  expect(found[0]?.mend).toContain('patchcord crm authorize portal');
  expect((await world.connection.authorize?.())?.url).toMatch(
    /^http:\/\/127\.0\.0\.1:9\/oauth\/authorize\/\?client_id=local\.1&state=.{32}$/,
  );
  expect(world.connection.status()[0]).toMatchObject({ part: 'portal', level: 'error' });
});

test.each([
  [
    'a missing right',
    {
      error: 'rights',
      portal: { webhooks: [{ userId: 1, secret: 'a1b2c3d4', scopes: ['crm', 'user', 'task', 'im'] }] },
    },
  ],
  ['no telephony', { error: 'telephony', unkind: true }],
])(
  '%s is told once, not by all that needs it',
  async (_, about: { error: string; portal?: object; unkind?: boolean }) => {
    const world = await portalWorld({ portal: about.portal ?? {} });
    if (about.unkind) {
      const told = { code: 'ERROR_METHOD_NOT_FOUND', description: 'Method not found!' };
      world.portal.unkind.add({ kind: 'refuse', method: 'telephony.*', error: told });
    }
    const found = await world.connection.check();
    expect(found.filter(({ level }) => level === 'error').map((one) => one.part)).toEqual([about.error]);
    expect(found.map((one) => one.part)).not.toContain('lines');
  },
);

test('a default user whom the portal does not know is told, running or not', async () => {
  const world = await portalWorld({ directory: { policies: [{ id: crm, defaultUser: '9999' }] } });
  const told = { part: 'default user', level: 'warning', message: expect.stringContaining('user 9999') };
  expect(await world.connection.check()).toContainEqual(expect.objectContaining(told));
  expect(world.connection.status()).toContainEqual(expect.objectContaining(told));
});
