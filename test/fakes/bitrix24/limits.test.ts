import { describe, expect, it } from 'vitest';
import { call, openPortal } from './test-client.ts';

const START = 1_700_000_000_000;

describe('the leaky bucket', () => {
  it('takes X requests at once, then Y a second', async () => {
    let now = START;
    const portal = await openPortal({ now: () => now });
    const burst = async (count: number): Promise<number> => {
      const answers = await Promise.all(Array.from({ length: count }, () => call(portal, 'server.time')));
      return answers.filter(({ status }) => status === 200).length;
    };
    expect(await burst(60)).toBe(50);
    expect(await call(portal, 'server.time')).toMatchObject({ status: 503, body: { error: 'QUERY_LIMIT_EXCEEDED' } });
    now += 3000;
    expect(await burst(10)).toBe(6);
    now += 60_000;
    expect(await burst(60)).toBe(50);
  });

  it('may be filled by somebody else', async () => {
    const portal = await openPortal({ now: () => START });
    portal.limits.fill('127.0.0.1', START);
    expect((await call(portal, 'server.time')).status).toBe(503);
  });

  it('takes a batch of fifty for one', async () => {
    const portal = await openPortal({ now: () => START, rate: { threshold: 3, drainPerSecond: 2 } });
    const cmd = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`c${index}`, 'server.time']));
    expect((await call(portal, 'batch', { cmd })).status).toBe(200);
    expect(portal.limits.level('127.0.0.1')).toBe(1);
  });

  it('is off on a box and when it is switched off', async () => {
    const portal = await openPortal({ now: () => START, rate: { threshold: 1, drainPerSecond: 1 } });
    await call(portal, 'server.time');
    expect((await call(portal, 'server.time')).status).toBe(503);
    portal.settings.edition = 'box';
    expect((await call(portal, 'server.time')).status).toBe(200);
    Object.assign(portal.settings, { edition: 'cloud', rate: null });
    expect((await call(portal, 'server.time')).status).toBe(200);
  });
});

describe('operating time', () => {
  it('blocks one method once its sum is beyond the limit, until ten minutes have passed', async () => {
    let now = START;
    const portal = await openPortal({
      now: () => now,
      operatingLimitSeconds: 10,
      operatingCostSeconds: { 'crm.lead.list': 6 },
    });
    const first = await call(portal, 'crm.lead.list');
    expect(first.body['time']).toMatchObject({ operating: 6 });
    expect((await call(portal, 'crm.lead.list')).status).toBe(200);
    const blocked = { status: 429, body: { error: 'OPERATION_TIME_LIMIT' } };
    expect(await call(portal, 'crm.lead.list')).toMatchObject(blocked);
    expect((await call(portal, 'crm.contact.list')).status).toBe(200);
    const batch = await call(portal, 'batch', { cmd: { a: 'crm.lead.list', b: 'profile' } });
    expect(batch).toMatchObject({
      status: 200,
      body: { result: { result_error: { a: { error: 'OPERATION_TIME_LIMIT' } }, result: { b: { ID: '1' } } } },
    });
    const { operating_reset_at: resetAt } = first.body['time'] as { operating_reset_at: number };
    now = resetAt * 1000;
    expect((await call(portal, 'crm.lead.list')).status).toBe(200);
  });

  it('does not count what took less than a tenth of a second', async () => {
    const portal = await openPortal({ operatingCostSeconds: { profile: 0.09 }, operatingLimitSeconds: 0 });
    await call(portal, 'profile');
    expect((await call(portal, 'profile')).status).toBe(200);
  });
});
