// What a person decides about deliveries.
import { nextNumbers } from '../store/counters.ts';
import { releaseQueues } from '../store/deliveries.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import { deliveryOf } from './delivery-row.ts';

/** Rejected ones are sent again by so many in one transaction. */
const stepRows = 1_000;

/**
 * Lets a delivery be worked now: a rejected one again, a waiting one before the end of its back-off. What ended is not begun anew.
 * @returns false when there is nothing to send again
 * @throws StoreError
 */
export function resend(database: Dialect, id: number, nowMs: number): Promise<boolean> {
  return database.write(async (db) => {
    const changed = await again(db, [id], nowMs);
    if (changed > 0) await database.announce(db, 'live');
    return changed > 0;
  });
}

/** Lets all rejected ones of a connection be worked again. @returns how many @throws StoreError */
export async function resendRejected(database: Dialect, crm: string, nowMs: number): Promise<number> {
  let count = 0;
  for (;;) {
    const changed = await database.write(async (db) => {
      const rows = await db
        .selectFrom('deliveries')
        .select('id')
        .where('crm', '=', crm)
        .where('state', '=', 'rejected')
        .orderBy('id')
        .limit(stepRows)
        .execute();
      const ids = rows.map(({ id }) => id);
      const sent = ids.length === 0 ? 0 : await again(db, ids, nowMs);
      if (sent > 0) await database.announce(db, 'live');
      return sent;
    });
    count += changed;
    if (changed < stepRows) return count;
  }
}

/**
 * Gives a waiting or rejected delivery up.
 * @param by who decided it, for the note
 * @returns false when it is neither waiting nor rejected
 * @throws StoreError
 */
export function drop(database: Dialect, id: number, by: string, nowMs: number): Promise<boolean> {
  return database.write(async (db) => {
    await nextNumbers(db, 'delivery', 0);
    const row = await db
      .updateTable('deliveries')
      .set({ state: 'dropped', ended_at: nowMs, note: `given up by ${by.replaceAll('\0', '').slice(0, 200)}` })
      .where('id', '=', id)
      .where('state', 'in', ['waiting', 'rejected'])
      .returningAll()
      .executeTakeFirst();
    if (row === undefined) return false;
    await releaseQueues(db, [deliveryOf(row)]);
    await database.announce(db, 'live');
    return true;
  });
}

async function again(db: Db, ids: readonly number[], nowMs: number): Promise<number> {
  const changed = await db
    .updateTable('deliveries')
    .set({ state: 'waiting', due_at: nowMs, retries: 0 })
    .where('id', 'in', [...ids])
    .where('state', 'in', ['waiting', 'rejected'])
    .returning('id')
    .execute();
  return changed.length;
}
