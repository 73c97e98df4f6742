import { describe, expect, it } from 'vitest';
import { listRows } from './portal-list.ts';
import type { Answered, Params } from './portal.ts';

/** Answers one after the other; what was asked is kept. */
function answering(...results: unknown[]) {
  const asked: Params[] = [];
  const call = (_: string, params: Params): Promise<Answered> => {
    asked.push(params);
    return Promise.resolve({ result: results[asked.length - 1] ?? [], total: null, next: null });
  };
  const all = async (method: string, params: Params = {}) => {
    const rows: unknown[] = [];
    for await (const row of listRows(call, method, params, {})) rows.push(row);
    return rows;
  };
  return { asked, all };
}

const page = (from: number, count: number, key = 'ID') =>
  Array.from({ length: count }, (_, index) => ({ [key]: String(from + index) }));

describe('a list by ID', () => {
  it.each([
    ['crm.deal.list', 'ID', (rows: unknown) => rows, { order: { ID: 'ASC' } }],
    ['crm.item.list', 'id', (items: unknown) => ({ items }), { order: { id: 'ASC' } }],
    ['tasks.task.list', 'id', (tasks: unknown) => ({ tasks }), { order: { ID: 'asc' } }],
  ])('of %s asks for what comes after the last row', async (method, key, wrap, order) => {
    const { asked, all } = answering(wrap(page(1, 50, key)), wrap(page(51, 3, key)));
    expect(await all(method, { filter: { STAGE: 'x' } })).toHaveLength(53);
    const name = method === 'crm.item.list' ? '>id' : '>ID';
    expect(asked).toEqual([
      { filter: { STAGE: 'x', [name]: 0 }, start: -1, ...order },
      { filter: { STAGE: 'x', [name]: 50 }, start: -1, ...order },
    ]);
  });

  it('of the statistics is asked for in capitals', async () => {
    const { asked, all } = answering(page(7, 1));
    expect(await all('voximplant.statistic.get', { FILTER: { CALL_ID: 'x' } })).toHaveLength(1);
    expect(asked).toEqual([{ FILTER: { CALL_ID: 'x', '>ID': 0 }, SORT: 'ID', ORDER: 'ASC', start: -1 }]);
  });

  it('ends when the portal does not go by the filter', async () => {
    const { asked, all } = answering(page(1, 50), page(1, 50), page(1, 50));
    expect(await all('crm.lead.list')).toHaveLength(50);
    expect(asked).toHaveLength(2);
  });

  it('asks for the ID even when it is not wanted, and reads a list with holes', async () => {
    const { asked, all } = answering({ '0': { ID: 1 }, '2': { ID: 3 }, '3': 'odd' });
    expect(await all('crm.lead.list', { select: ['TITLE'] })).toEqual([{ ID: 1 }, { ID: 3 }]);
    expect(asked[0]?.['select']).toEqual(['TITLE', 'ID']);
  });
});
