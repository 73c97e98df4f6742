import { expect, it } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { onEachDatabase } from './each-database.ts';

const dayMs = 86_400_000;
const nowMs = Date.UTC(2026, 10, 21);
const daysAgo = (days: number): number => nowMs - days * dayMs;

onEachDatabase('upkeep', ({ open }) => {
  it('forgets after 90 days what CRMs were told, unless something of it still goes on', async () => {
    const store = await open();
    await store.database.write(async (db) => {
      await db
        .insertInto('crm_calls')
        .values([
          { crm: 'portal', call_id: 'old', state: '{}', changed_at: daysAgo(91) },
          { crm: 'portal', call_id: 'old-rejected', state: '{}', changed_at: daysAgo(200) },
          { crm: 'other', call_id: 'old-rejected', state: '{}', changed_at: daysAgo(200) },
          { crm: 'portal', call_id: 'recent', state: '{}', changed_at: daysAgo(89) },
        ])
        .execute();
      await db
        .insertInto('deliveries')
        .values(delivery(1, { call_id: 'old-rejected', state: 'rejected' }))
        .execute();
      await db
        .insertInto('crm_tasks')
        .values([task('old', daysAgo(91)), task('recent', daysAgo(89))])
        .execute();
      await db
        .insertInto('orders')
        .values([
          order('old', daysAgo(91), 'answered'),
          order('old-going', daysAgo(91), 'ringing'),
          order('recent', daysAgo(89), 'failed'),
        ])
        .execute();
    });
    while (await store.tidy(nowMs));
    expect(await left(store)).toEqual({
      calls: ['portal old-rejected', 'portal recent'],
      tasks: ['recent'],
      orders: ['old-going', 'recent'],
    });
  });

  it('takes a great many in small steps', async () => {
    const store = await open();
    const count = 4_500;
    const rows = Array.from({ length: count }, (_, n) => ({
      crm: 'portal',
      call_id: `call-${n}`,
      state: '{}',
      changed_at: daysAgo(100) + n,
    }));
    await store.database.write(async (db) => {
      for (let at = 0; at < count; at += 500) {
        await db
          .insertInto('crm_calls')
          .values(rows.slice(at, at + 500))
          .execute();
      }
    });
    expect(await store.tidy(nowMs), 'more is waiting').toBe(true);
    const { calls } = await left(store);
    expect(calls.length).toBeGreaterThan(0);
    expect(calls, 'the oldest go first').not.toContain('portal call-0');
    while (await store.tidy(nowMs));
    expect((await left(store)).calls).toEqual([]);
  });
});

async function left(store: Store): Promise<{ calls: string[]; tasks: string[]; orders: string[] }> {
  return store.database.read(async (db) => {
    const calls = await db.selectFrom('crm_calls').select(['crm', 'call_id']).execute();
    const tasks = await db.selectFrom('crm_tasks').select('task_id').execute();
    const orders = await db.selectFrom('orders').select('id').execute();
    return {
      calls: calls.map(({ crm, call_id }) => `${crm} ${call_id}`).toSorted(),
      tasks: tasks.map(({ task_id }) => task_id).toSorted(),
      orders: orders.map(({ id }) => id).toSorted(),
    };
  });
}

function task(id: string, createdAtMs: number) {
  const row = { crm: 'portal', task_id: id, call_id: id, number: '+74951234567', created_at: createdAtMs };
  return { ...row, closed_at: null, closed_by: null };
}

function order(id: string, placedAtMs: number, state: string) {
  return {
    id,
    pbx: 'main',
    crm: null,
    crm_call_id: null,
    kind: 'click_to_call',
    extension: '101',
    number: '+74951234567',
    line: null,
    channel_id: `pc${id}`,
    state,
    reason: null,
    requested_by: null,
    placed_at: placedAtMs,
    ended_at: null,
  };
}

function delivery(id: number, about: { call_id: string; state: string }) {
  return {
    id,
    crm: 'portal',
    kind: 'ended',
    number: null,
    live: 0,
    payload: '{}',
    attempts: 1,
    created_at: daysAgo(200),
    due_at: daysAgo(200),
    behind: 0,
    retries: 0,
    stale_at: null,
    lease_until: null,
    worker: null,
    ended_at: null,
    note: null,
    mend: null,
    ...about,
  };
}
