import { expect, test, vi } from 'vitest';
import { crm, directoryOf, portalWorld } from './testing/portal-world.ts';

const soon = { timeout: 5000 };

test('employees come with inner numbers and mobiles, those who left too', async () => {
  const world = await portalWorld();
  const left = world.portal.state.users.get(16);
  if (left) left.active = false;
  world.connection.start();
  await vi.waitFor(() => expect(world.users).toHaveLength(1), soon);
  expect(world.users[0]).toHaveLength(7);
  expect(world.users[0]?.[1]).toEqual({
    id: '11',
    name: 'Boris Volkov',
    extension: '101',
    mobiles: ['+79161110011'],
    active: true,
  });
  expect(world.users[0]?.find(({ id }) => id === '1')).toMatchObject({ extension: null });
  expect(world.users[0]?.find(({ id }) => id === '16')).toMatchObject({ active: false });
});

test('all pages of a big portal are read, in a few requests', async () => {
  const users = Array.from({ length: 2230 }, (_, n) => ({ id: n + 1, admin: n === 0, inner: String(1000 + n) }));
  const world = await portalWorld({ portal: { users } });
  world.connection.start();
  await vi.waitFor(() => expect(world.users).toHaveLength(1), soon);
  expect(new Set(world.users[0]?.map(({ id }) => id)).size).toBe(2230);
  expect(world.requests()).toBeLessThan(10);
});

test('hundreds of lines are made in a few requests, though the portal does not take one of them', async () => {
  const numbers = Array.from({ length: 300 }, (_, n) => `+74950000${String(n).padStart(3, '0')}`);
  const world = await portalWorld({ directory: { lines: [{ id: 'main', name: 'Main', numbers }] } });
  const error = { code: '', description: 'DB error' };
  world.portal.unkind.add({ kind: 'refuse', method: 'telephony.externalline.add', error, times: 1 });
  world.connection.start();
  await vi.waitFor(() => expect(world.portal.state.lines.all()).toHaveLength(299), soon);
  expect(world.requests()).toBeLessThan(20);
});

test('an empty answer changes nothing, and is a trouble with its mend', async () => {
  const world = await portalWorld();
  for (const user of world.portal.state.users.values()) user.userType = 'extranet';
  world.connection.start();
  const told = () => world.connection.status().find(({ part }) => part === 'users');
  await vi.waitFor(
    () => expect(told()).toMatchObject({ level: 'warning', mend: expect.stringContaining('user_basic') }),
    soon,
  );
  expect(world.users).toEqual([]);
});

test('our lines are in the portal, renamed when ours are, and gone when ours are; those of others stay', async () => {
  const line = (name: string, numbers: string[]) => ({ id: 'main', name, numbers });
  const world = await portalWorld({ directory: { lines: [line('Main', ['8 495 000-00-01', '+7495000000X'])] } });
  const { lines } = world.portal.state;
  lines.add({ id: 1, appId: null, number: '+70000000000', name: 'Not ours', crmAutoCreate: true });
  world.connection.start();
  await vi.waitFor(() => expect(lines.all()).toHaveLength(2), soon);
  expect(lines.all()[1]).toMatchObject({ number: '+74950000001', name: 'Main', crmAutoCreate: false });
  await world.connection.stop();

  world.directory = directoryOf({ lines: [line('Renamed', ['+74950000001'])] });
  world.reopen();
  world.connection.start();
  await vi.waitFor(() => expect(lines.all()[1]?.name).toBe('Renamed'), soon);
  await world.connection.stop();

  world.directory = directoryOf({ lines: [{ ...line('Main', ['+74950000001']), crms: ['other'] }] });
  world.reopen();
  world.connection.start();
  await vi.waitFor(() => expect(lines.all().map(({ name }) => name)).toEqual(['Not ours']), soon);
});

test('bindings are made once, and again after the portal has dropped them', async () => {
  const world = await portalWorld({ isApplication: true, publicUrl: 'here' });
  const { handlers } = world.portal.state;
  const binds = () => world.sent().filter((method) => method === 'event.bind').length;
  for (const expected of [2, 0]) {
    world.connection.start();
    await vi.waitFor(() => expect(world.users.length).toBeGreaterThan(0), soon);
    await vi.waitFor(() => expect(handlers.all()).toHaveLength(2), soon);
    await world.connection.stop();
    expect(binds()).toBe(expected);
    world.reopen();
  }
  for (const { id } of handlers.all()) handlers.remove(id);
  world.connection.start();
  await vi.waitFor(() => expect(handlers.all()).toHaveLength(2), soon);
  expect(world.connection.status().find(({ part }) => part === 'clicks')).toMatchObject({ level: 'ok' });
});

test('with a webhook and no address for it clicks cannot come, and the status says the mend', async () => {
  const world = await portalWorld();
  world.connection.start();
  expect(world.connection.status().find(({ part }) => part === 'clicks')).toMatchObject({
    level: 'warning',
    mend: expect.stringContaining('publicUrl'),
  });
  const address = await portalWorld({ publicUrl: 'https://pbx.example' });
  expect(address.connection.status().find(({ part }) => part === 'clicks')?.message).toContain(
    `https://pbx.example/crm/${crm}/event`,
  );
});

test('a portal that is away is tried again, and stops nothing', async () => {
  const world = await portalWorld();
  world.portal.refuseConnections(true);
  world.connection.start();
  // What is not brought up to date because of that is not told besides.
  await vi.waitFor(() => expect(world.connection.status()).toMatchObject([{ part: 'portal', level: 'error' }]), soon);
  await world.connection.stop();
});
