// What people look at: deliveries with filters, newest first.
import { sql } from 'kysely';
import type { Delivery, DeliveryKind, DeliveryState } from '../store/delivery.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import { deliveryOf } from './delivery-row.ts';

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
    let query = db
      .selectFrom('deliveries')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(limit + 1);
    if (page.before !== undefined) query = query.where('id', '<', page.before);
    if (floor !== null) query = query.where('id', '>=', floor.from);
    if (filter.crm !== undefined) query = query.where('crm', '=', withoutNul(filter.crm));
    if (filter.state !== undefined) query = query.where(stateIs[filter.state]);
    if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
    if (filter.callId !== undefined) query = query.where('call_id', '=', withoutNul(filter.callId));
    const rows = await query.execute();
    const deliveries = rows.slice(0, limit).map(deliveryOf);
    const next = rows.length > limit ? (deliveries.at(-1)?.id ?? null) : floor?.more === true ? floor.from : null;
    return { deliveries, next };
  });
}

export async function deliveryById(database: Dialect, id: number): Promise<Delivery | null> {
  const row = await database.read((db) =>
    db.selectFrom('deliveries').selectAll().where('id', '=', id).executeTakeFirst(),
  );
  return row === undefined ? null : deliveryOf(row);
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

/** Written out, so that the partial indexes serve. */
const stateIs = {
  waiting: sql<boolean>`state = 'waiting'`,
  working: sql<boolean>`state = 'working'`,
  done: sql<boolean>`state = 'done'`,
  dropped: sql<boolean>`state = 'dropped'`,
  rejected: sql<boolean>`state = 'rejected'`,
} as const;

function withoutNul(text: string): string {
  return text.replaceAll('\0', '');
}
