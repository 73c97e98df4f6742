import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fakePortal, opened } from './testing/open-portal.ts';

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe('lanes', () => {
  it('let a live command go at once while 5,000 others wait', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const backlog = many(5_000, () => portal.call('user.get', { FILTER: { ID: 11 } }, { lane: 'backlog' }));
    const settled = Promise.allSettled(backlog);
    // Until the others have taken all that they may.
    while (portal.status().tokens > 10) await sleep(20);
    const delaysMs: number[] = [];
    for (let card = 0; card < 12; card += 1) {
      const startedMs = performance.now();
      await portal.call('telephony.externalCall.searchCrmEntities', { PHONE_NUMBER: '+79261000001' }, { lane: 'live' });
      delaysMs.push(performance.now() - startedMs);
      await sleep(300);
    }
    delaysMs.sort((a, b) => a - b);
    console.info(
      `live behind ${portal.status().waiting.backlog} others: median ${delaysMs[6]?.toFixed(1)} ms, slowest ${delaysMs.at(-1)?.toFixed(1)} ms`,
    );
    expect(portal.status().waiting.backlog).toBeGreaterThan(3_000);
    // Waiting for a token alone would be half a second.
    expect(delaysMs.at(-1)).toBeLessThan(400);
    expect(portal.status().limited).toBe(0);
    await portal.close();
    await settled;
  }, 30_000);

  it('come in their order, yet none waits for ever', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const done: string[] = [];
    const call = (name: string, lane: 'usual' | 'backlog' | 'sync') =>
      portal.call('user.get', { FILTER: { NAME: name } }, { lane }).then(() => done.push(name));
    await Promise.all([
      ...many(60, (index) => call(`backlog${index}`, 'backlog')),
      ...many(60, (index) => call(`sync${index}`, 'sync')),
      ...many(40, (index) => call(`usual${index}`, 'usual')),
    ]);
    const first = done.slice(0, 50);
    expect(first.filter((name) => name.startsWith('usual'))).toHaveLength(40);
    expect(first.filter((name) => name.startsWith('backlog'))).toHaveLength(9);
    expect(first.filter((name) => name.startsWith('sync'))).toHaveLength(1);
    expect(done).toHaveLength(160);
  }, 20_000);

  it('give the others their share when live ones take every token', async () => {
    const fake = await fakePortal();
    const { portal } = opened({ webhook: fake.webhookUrl(), requestsPerSec: 4 });
    const over = new AbortController();
    const live = (async () => {
      while (!over.signal.aborted) await portal.call('profile', {}, { lane: 'live' });
    })();
    while (portal.status().tokens > 2) await sleep(20);
    const heavy = many(60, () =>
      portal.call('crm.lead.add', { fields: { TITLE: 'L' } }, { lane: 'backlog', heavy: true }),
    );
    await Promise.all(heavy);
    over.abort();
    await live;
    expect(fake.counters()['leads']).toBeGreaterThanOrEqual(60);
  }, 30_000);
});

describe('the portal’s limit', () => {
  it('is never met by ourselves, however much waits', async () => {
    // Ten times as fast as real, so that forty seconds' work fits into four.
    const fake = await fakePortal({ rate: { threshold: 250, drainPerSecond: 20 } });
    const { portal } = opened({ webhook: fake.webhookUrl(), requestsPerSec: 20 });
    const settled = Promise.allSettled(
      many(60_000, (index) =>
        portal.call('user.get', { FILTER: { ID: 11 } }, { lane: index % 2 === 0 ? 'backlog' : 'usual' }),
      ),
    );
    await sleep(4_000);
    const { requests, commands, limited } = portal.status();
    console.info(`4 s at 20 a second: ${requests} requests, ${commands} commands, ${limited} times too many`);
    expect(limited).toBe(0);
    expect(requests).toBeGreaterThan(100);
    expect(commands / requests).toBeGreaterThan(49);
    await portal.close();
    await settled;
  }, 30_000);

  it('is waited for when somebody else has used it up, and nothing is done twice', async () => {
    const fake = await fakePortal({ rate: { threshold: 50, drainPerSecond: 10 } });
    const { portal } = opened({ webhook: fake.webhookUrl(), requestsPerSec: 10 });
    await portal.call('profile');
    // Another program behind our address.
    await Promise.all(many(60, () => fetch(`${fake.webhookUrl()}profile`, { method: 'POST' })));
    const before = fake.state.entities.LEAD.size;
    const added = await Promise.all(
      many(120, (index) => portal.call('crm.lead.add', { fields: { TITLE: `L${index}` } })),
    );
    expect(new Set(added.map(({ result }) => result)).size).toBe(120);
    expect(fake.state.entities.LEAD.size - before).toBe(120);
    const { limited, lastError } = portal.status();
    expect(limited).toBeGreaterThanOrEqual(1);
    expect(lastError).toBeNull();
  }, 20_000);

  it('is told to the caller when it stays used up', async () => {
    const fake = await fakePortal();
    fake.unkind.add({ kind: 'limit' });
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const told = portal.call('profile', {}, { lane: 'live' });
    await expect(told).rejects.toMatchObject({ kind: 'limit', code: 'QUERY_LIMIT_EXCEEDED', retryAfterMs: 8_000 });
    expect(fake.requests).toHaveLength(4);
  }, 30_000);

  it('is understood without a body, too', async () => {
    const fake = await fakePortal();
    fake.unkind.add({ kind: 'limit-empty', times: 1 });
    const { portal } = opened({ webhook: fake.webhookUrl() });
    await portal.call('profile', {}, { lane: 'live' });
    expect(portal.status().limited).toBe(1);
  });

  it('of one method stops that method alone, until the portal gives its time back', async () => {
    const fake = await fakePortal({ operatingCostSeconds: { 'crm.lead.add': 300 } });
    const { portal } = opened({ webhook: fake.webhookUrl() });
    const add = () => portal.call('crm.lead.add', { fields: { TITLE: 'L' } });
    await add();
    await add();
    const [third, other] = await Promise.allSettled([add(), portal.call('profile')]);
    expect(third).toMatchObject({ status: 'rejected', reason: { kind: 'limit', code: 'OPERATION_TIME_LIMIT' } });
    expect(other.status).toBe('fulfilled');
    const before = fake.requests.length;
    await expect(add()).rejects.toMatchObject({ code: 'OPERATION_TIME_LIMIT' });
    expect(fake.requests).toHaveLength(before);
    const [blocked] = portal.status().blocked;
    expect(blocked?.method).toBe('crm.lead.add');
    expect((blocked?.untilMs ?? 0) - Date.now()).toBeGreaterThan(8 * 60_000);
  });
});
