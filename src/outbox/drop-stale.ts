import { releaseQueues, waitingOnly } from '../store/deliveries.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Db } from '../store/dialect.ts';
import { deliveryOf } from './delivery-row.ts';

/** Inside a write that took the counter `delivery`. Gives what was dropped. */
export async function dropStale(db: Db, ids: readonly number[], nowMs: number): Promise<Delivery[]> {
  const rows = await db
    .updateTable('deliveries')
    .set({ state: 'dropped', ended_at: nowMs, note: 'too late: it could not be sent while it was of use' })
    .where('id', 'in', [...ids])
    .where(waitingOnly)
    .where('stale_at', '<=', nowMs)
    .returningAll()
    .execute();
  const dropped = rows.map(deliveryOf);
  await releaseQueues(db, dropped);
  return dropped;
}
