import { describe, expect, it } from 'vitest';
import { asApp, call, openPortal, result } from './test-client.ts';

type Row = Record<string, unknown>;

describe('user.get', () => {
  it('filters by FILTER, or by its own parameters when there is none', async () => {
    const portal = await openPortal();
    const get = (params: object): Promise<Row[]> => result<Row[]>(portal, 'user.get', params);
    expect(await get({ FILTER: { ID: 12 } })).toMatchObject([
      { ID: '12', ACTIVE: true, UF_PHONE_INNER: '102', TIMESTAMP_X: {} },
    ]);
    expect(await get({ id: 12 })).toHaveLength(1);
    expect(await get({ UF_PHONE_INNER: '102' })).toHaveLength(1);
    expect(await get({ FILTER: { UF_PHONE_INNR: '102' } })).toHaveLength(7);
    expect((await get({ sort: 'ID', order: 'DESC' }))[0]).toMatchObject({ ID: '16' });
    expect(await get({ FILTER: { ID: 12 }, select: ['ID', 'NAME'] })).toEqual([{ ID: '12', NAME: 'Vera' }]);
  });

  it('hides bots and mail users, and shows the dismissed as inactive', async () => {
    const portal = await openPortal();
    portal.state.users.get(16)!.userType = 'bot';
    portal.state.users.get(15)!.active = false;
    const rows = await result<Row[]>(portal, 'user.get');
    expect(rows.map(({ ID }) => ID)).not.toContain('16');
    expect(rows.filter(({ ACTIVE }) => ACTIVE === false).map(({ ID }) => ID)).toEqual(['15']);
    expect(await result<Row[]>(portal, 'user.get', { FILTER: { ACTIVE: 'Y' } })).toHaveLength(5);
  });

  it('shows no phones to the brief scope', async () => {
    const portal = await openPortal({ webhooks: [{ userId: 1, secret: 's', scopes: ['user_brief'] }] });
    const [row] = await result<Row[]>(portal, 'user.get', { FILTER: { ID: 11 } });
    expect(row).toHaveProperty('UF_PHONE_INNER', '101');
    expect(row).not.toHaveProperty('PERSONAL_MOBILE');
    expect(row).not.toHaveProperty('EMAIL');
  });

  it('pages more than fifty', async () => {
    const portal = await openPortal({
      users: Array.from({ length: 70 }, (_, index) => ({ id: index + 1, admin: index === 0 })),
    });
    expect((await call(portal, 'user.get')).body).toMatchObject({ total: 70, next: 50 });
    expect(await result<Row[]>(portal, 'user.get', { start: 50 })).toHaveLength(20);
  });
});

describe('notices and working days', () => {
  it('replaces a notice with the same tag and refuses empty ones', async () => {
    const portal = await openPortal();
    for (const MESSAGE of ['one', 'two']) await result(portal, 'im.notify', { to: 11, MESSAGE, TAG: 'CALL|1' });
    expect(portal.state.notes.all()).toMatchObject([{ message: 'two', userId: 11 }]);
    expect((await call(portal, 'im.notify', { MESSAGE: 'x' })).body['error']).toBe('USER_ID_EMPTY');
    expect((await call(portal, 'im.notify', { USER_ID: 11 })).body['error']).toBe('MESSAGE_EMPTY');
  });

  it('tells the working day of others to administrators only', async () => {
    const portal = await openPortal();
    portal.state.users.get(12)!.timeman = 'CLOSED';
    expect(await result(portal, 'timeman.status', { USER_ID: 12 })).toMatchObject({ STATUS: 'CLOSED' });
    expect((await asApp(portal, 11)('timeman.status', { USER_ID: 12 })).body).toEqual({
      error: '',
      error_description: 'User does not have access to managing other users work time',
    });
  });
});
