// What people look at: deliveries with filters, newest first.
import { type Delivery, type DeliveryKind, type DeliveryState, deliveryStates } from '../store/delivery.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import { type DeliveryRow, deliveryOf } from './delivery-row.ts';

/** All conditions must hold; an absent one always does. */
export interface DeliveryFilter {
  crm?: string;
  state?: DeliveryState;
  kind?: DeliveryKind;
  callId?: string;
}

export interface DeliveryPage {
  deliveries: Delivery[];
  /** `before` of the next page; null on the last. A page may be short, or empty, and still have a next one. */
  next: number | null;
}

const limitMax = 1_000;
/** No index knows the kinds: a page looks at so many rows at most, some milliseconds of SQLite. */
const windowRows = 20_000;

/**
 * Newest first.
 * @param page.limit 1 to 1000
 * @param page.before an id: only older ones
 * @throws StoreError
 */
export function listDeliveries(
  database: Dialect,
  filter: DeliveryFilter,
  page: { limit: number; before?: number },
): Promise<DeliveryPage> {
  const limit = Math.min(Math.max(Math.trunc(page.limit), 1), limitMax);
  return database.read(async (db) => {
    const floor = filter.kind !== undefined && filter.callId === undefined ? await floorOf(db, page.before) : null;
    const within = { below: page.before ?? null, from: floor?.from ?? null, limit: limit + 1 };
    const rows: DeliveryRow[] = [];
    for (const one of await indexed(db, filter)) rows.push(...(await newest(db, one, within)));
    rows.sort((a, b) => b.id - a.id);
    const deliveries = rows.slice(0, limit).map(deliveryOf);
    const next = rows.length > limit ? (deliveries.at(-1)?.id ?? null) : floor?.more === true ? floor.from : null;
    return { deliveries, next };
  });
}

/** Null when there is none, or it is gone. @throws StoreError */
export async function deliveryById(database: Dialect, id: number): Promise<Delivery | null> {
  const row = await database.read((db) =>
    db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst(),
  );
  return row === undefined ? null : deliveryOf(row);
}

/** The names of all connections that have deliveries, each found by a jump in the index. */
export async function crmsOf(db: Db): Promise<string[]> {
  const crms: string[] = [];
  for (;;) {
    let query = db.selectFrom('deliveries').select('crm').orderBy('crm').limit(1);
    const last = crms.at(-1);
    if (last !== undefined) query = query.where('crm', '>', last);
    const next = await query.executeTakeFirst();
    if (next === undefined) return crms;
    crms.push(next.crm);
  }
}

/** The same filter as questions that the index by connection and state answers without looking further. */
async function indexed(db: Db, filter: DeliveryFilter): Promise<DeliveryFilter[]> {
  if (filter.callId !== undefined) return [filter];
  if (filter.crm === undefined && filter.state === undefined) return [filter];
  const crms = filter.crm === undefined ? await crmsOf(db) : [filter.crm];
  const states = filter.state === undefined ? deliveryStates : [filter.state];
  return crms.flatMap((crm) => states.map((state) => ({ ...filter, crm, state })));
}

function newest(
  db: Db,
  filter: DeliveryFilter,
  within: { below: number | null; from: number | null; limit: number },
): Promise<DeliveryRow[]> {
  let query = db.selectFrom('deliveries').selectAll().orderBy('id', 'desc').limit(within.limit);
  if (within.below !== null) query = query.where('id', '<', within.below);
  if (within.from !== null) query = query.where('id', '>=', within.from);
  if (filter.crm !== undefined) query = query.where('crm', '=', withoutNul(filter.crm));
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.callId !== undefined) query = query.where('call_id', '=', withoutNul(filter.callId));
  return query.execute();
}

async function floorOf(db: Db, before: number | undefined): Promise<{ from: number; more: boolean }> {
  const ids = await db
    .selectFrom('deliveries')
    .select((is) => [is.fn.min('id').as('first'), is.fn.max('id').as('last')])
    .executeTakeFirst();
  const first = ids?.first ?? 1;
  const from = Math.max((before ?? (ids?.last ?? 0) + 1) - windowRows, first);
  return { from, more: from > first };
}

/** PostgreSQL takes no NUL. */
function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
