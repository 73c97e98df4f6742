import { describe, expect, it } from 'vitest';
import { fakePortal, opened } from './testing/open-portal.ts';

const phone = (index: number) => `+7926${String(2_000_000 + index)}`;
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const registration = (index: number) => ({
  USER_ID: 11,
  PHONE_NUMBER: phone(index),
  TYPE: 2,
  SHOW: false,
  CRM_CREATE: 0,
  EXTERNAL_CALL_ID: `batching-${index}`,
});

describe('commands that wait together', () => {
  it('travel together: 50 calls are registered and finished in a handful of requests', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const calls = await Promise.all(
      many(50, (index) => portal.call('telephony.externalCall.register', registration(index))),
    );
    const ids = calls.map(({ result }) => (result as { CALL_ID: string }).CALL_ID);
    expect(new Set(ids).size).toBe(50);
    const afterRegister = fake.requests.length;
    const finished = await Promise.all(
      ids.map((CALL_ID) => portal.call('telephony.externalCall.finish', { CALL_ID, USER_ID: 11, DURATION: 5 })),
    );
    expect(finished.map(({ result }) => (result as { CALL_ID: string }).CALL_ID)).toEqual(ids);
    // Of methods whose weight is not known yet 20 go together: 20, 20, 10; after that as many as fit.
    expect(afterRegister).toBeLessThanOrEqual(3);
    expect(fake.requests.length).toBeLessThanOrEqual(6);
    expect(fake.counters()['finished']).toBe(50);

    const before = fake.requests.length;
    await Promise.all(many(50, (index) => portal.call('telephony.externalCall.register', registration(100 + index))));
    expect(fake.requests.length - before).toBe(1);
  }, 20_000);

  it('keep their own fates, and their own answers', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const [user, wrong, nobody, missing, count] = await Promise.allSettled([
      portal.call('user.get', { FILTER: { ID: 11 } }),
      portal.call('telephony.externalCall.register', { USER_ID: 999, PHONE_NUMBER: '+79261112233', TYPE: 2 }),
      portal.call('crm.duplicate.findbycomm', { type: 'PHONE', values: ['+70000000000'] }),
      portal.call('no.such.method'),
      portal.call('user.get', {}),
    ]);
    expect(fake.requests.map(({ batchSize }) => batchSize)).toEqual([5]);
    expect(user).toMatchObject({ status: 'fulfilled', value: { result: [{ ID: '11' }], total: 1, next: null } });
    expect(wrong).toMatchObject({
      status: 'rejected',
      reason: { kind: 'domain', code: '', description: expect.stringContaining('User is not found') },
    });
    expect(nobody).toMatchObject({ status: 'fulfilled', value: { result: [] } });
    expect(missing).toMatchObject({ status: 'rejected', reason: { kind: 'scope', code: 'ERROR_METHOD_NOT_FOUND' } });
    expect(count).toMatchObject({ status: 'fulfilled', value: { total: expect.any(Number) } });
  });

  it('do not travel together when one’s text looks like a reference to another’s result', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const title = 'Call from $result[c0] and $RESULT[c1][0][EMAIL]';
    const [, lead] = await Promise.all([
      portal.call('user.get', {}),
      portal.call('crm.lead.add', { fields: { TITLE: title } }),
      portal.call('profile'),
    ]);
    const { result } = await portal.call('crm.lead.get', { id: lead.result as number });
    expect(result).toMatchObject({ TITLE: title });
    expect(fake.requests.find(({ method }) => method === 'crm.lead.add')?.batchSize).toBe(1);
  });

  it('carry Cyrillic and every odd character unharmed, in a batch and alone', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const titles = ['Звонок: Ёлкин & Ко = 50% + «[0]»', 'O\'Neil\r\n\t\\ "x" <b>', '😀 %D0%9F + a=b&c[]=d #'];
    const added = await Promise.all(titles.map((TITLE) => portal.call('crm.lead.add', { fields: { TITLE } })));
    const alone = await portal.call('crm.lead.add', { fields: { TITLE: titles[0] } });
    const ids = [...added, alone].map(({ result }) => result as number);
    const got = await Promise.all(ids.map((id) => portal.call('crm.lead.get', { id })));
    expect(got.map(({ result }) => (result as { TITLE: string }).TITLE)).toEqual([...titles, titles[0]]);
    expect(fake.requests.map(({ batchSize }) => batchSize)).toEqual([3, 1, 4]);
  });

  it('goes directly when it is alone, and can be taken back while it waits', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const stop = new AbortController();
    const taken = portal.call('user.get', {}, { signal: stop.signal });
    stop.abort();
    await expect(taken).rejects.toMatchObject({ kind: 'refused', code: 'CANCELLED' });
    await expect(portal.call('profile', {}, { signal: stop.signal })).rejects.toMatchObject({ kind: 'refused' });
    await portal.call('profile');
    expect(fake.requests.map(({ method }) => method)).toEqual(['profile']);
  });

  it('refuses parameters that PHP would read otherwise', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    await expect(portal.call('user.get', { 'a[b': 1 })).rejects.toMatchObject({ kind: 'bug', code: 'PARAMETERS' });
    expect(fake.requests).toEqual([]);
  });
});

describe('lists', () => {
  it('are read to the end, by ID or by offset', async () => {
    const users = many(120, (index) => ({ id: 100 + index, name: `N${index}`, lastName: 'X', inner: '' }));
    const fake = await fakePortal({
      users: [{ id: 1, name: 'Anna', lastName: 'O', inner: '', admin: true }, ...users],
    });
    for (const index of many(60, (each) => each)) fake.addEntity('LEAD', { TITLE: `L${index}` });
    const { portal } = opened({ webhook: fake.webhookUrl(), requestsPerSec: 50 });
    const ids = async (rows: AsyncIterable<Record<string, unknown>>) => {
      const found: unknown[] = [];
      for await (const row of rows) found.push(row['ID']);
      return found;
    };
    const leads = await ids(portal.list('crm.lead.list', { filter: { '%TITLE': 'L' }, select: ['TITLE'] }));
    expect(new Set(leads).size).toBe(60);
    const all = await ids(portal.list('user.get'));
    expect(new Set(all).size).toBe(121);
    // Pages by offset are counted: after the first one they go together.
    expect(fake.requests.map(({ methods }) => methods)).toEqual([
      ['crm.lead.list'],
      ['crm.lead.list'],
      ['user.get'],
      ['user.get', 'user.get'],
    ]);
  });
});
