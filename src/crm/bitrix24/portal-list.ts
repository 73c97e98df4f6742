// Lists, page by page. By offset the portal counts all rows for each page, and rows move while one reads; by `>ID` it does neither.
import { asObject } from './portal-answer.ts';
import type { About, Answered, Params, Value } from './portal.ts';

type Row = Record<string, unknown>;
type Call = (method: string, params: Params, about: About) => Promise<Answered>;

const pageRows = 50;
const pagesAtOnce = 20;

/** How a method is paged by ID. */
interface ById {
  filter: 'filter' | 'FILTER';
  /** In the filter, and in the rows. */
  key: string;
  rowKey: string;
  /** Under which name the rows are, when they are not the result itself. */
  rows?: string;
  order: Params;
}

const plainId = { key: 'ID', rowKey: 'ID' } as const;

/** Where paging by ID is known to work; other methods ignore the filter, or the order, silently. */
function byIdOf(method: string): ById | null {
  if (/^crm\.(lead|contact|company|deal|activity)\.list$/.test(method)) {
    return { filter: 'filter', ...plainId, order: { order: { ID: 'ASC' } } };
  }
  if (method === 'crm.item.list') {
    return { filter: 'filter', key: 'id', rowKey: 'id', rows: 'items', order: { order: { id: 'ASC' } } };
  }
  if (method === 'tasks.task.list') {
    return { filter: 'filter', key: 'ID', rowKey: 'id', rows: 'tasks', order: { order: { ID: 'asc' } } };
  }
  if (method === 'voximplant.statistic.get') {
    return { filter: 'FILTER', ...plainId, order: { SORT: 'ID', ORDER: 'ASC' } };
  }
  return null;
}

/** All rows of a list. @throws PortalError */
export async function* listRows(call: Call, method: string, params: Params, about: About): AsyncGenerator<Row> {
  const byId = byIdOf(method);
  yield* byId ? pagesById(call, method, params, about, byId) : pagesByOffset(call, method, params, about);
}

async function* pagesById(call: Call, method: string, params: Params, about: About, by: ById): AsyncGenerator<Row> {
  const filter = asObject(params[by.filter]) ?? {};
  // Without the ID in the rows there would be no way on.
  const select = Array.isArray(params['select'])
    ? { select: [...new Set([...params['select'], by.key])] as Value[] }
    : {};
  let last = 0;
  while (true) {
    const page = {
      ...params,
      ...select,
      ...by.order,
      start: -1,
      [by.filter]: { ...filter, [`>${by.key}`]: last } as Params,
    };
    const { result } = await call(method, page, about);
    const rows = rowsOf(result, by.rows);
    for (const row of rows) {
      const id = Number(row[by.rowKey]);
      // A portal that does not go by the filter would give the same rows for ever.
      if (!(id > last)) return;
      last = id;
      yield row;
    }
    if (rows.length < pageRows) return;
  }
}

async function* pagesByOffset(call: Call, method: string, params: Params, about: About): AsyncGenerator<Row> {
  let starts = [0];
  while (starts.length > 0) {
    const pages = await Promise.all(starts.map((start) => call(method, { ...params, start }, about)));
    for (const { result } of pages) yield* rowsOf(result);
    const [asked, last] = [starts.at(-1) ?? 0, pages.at(-1)];
    starts = last === undefined || last.next === null || last.next <= asked ? [] : startsFrom(last.next, last.total);
  }
}

/** Asked for together, pages travel in few requests. Beyond what the portal has counted there is one at most. */
function startsFrom(next: number, total: number | null): number[] {
  const count = Math.ceil(((total ?? 0) - next) / pageRows);
  return Array.from({ length: Math.min(Math.max(count, 1), pagesAtOnce) }, (_, n) => next + n * pageRows);
}

function rowsOf(result: unknown, name?: string): Row[] {
  const rows = name === undefined ? result : asObject(result)?.[name];
  // A list with holes comes as an object.
  const all: unknown[] = Array.isArray(rows) ? rows : Object.values(asObject(rows) ?? {});
  return all.filter((row): row is Row => typeof row === 'object' && row !== null && !Array.isArray(row));
}
