import type { Db, Dialect } from '../store/dialect.ts';
import type { DeliveryState } from '../store/delivery.ts';
import { crmsOf } from './list.ts';

/** What has not ended, of one connection. */
export interface Counts {
  waiting: number;
  working: number;
  rejected: number;
  /** When the oldest that waits was made (unix ms); null when none does. */
  oldestAtMs: number | null;
  /** The mend of the newest rejected one. */
  rejectedMend: string | null;
}

/** By connection, those that are not configured any more included. @throws StoreError */
export function countDeliveries(database: Dialect): Promise<Map<string, Counts>> {
  return database.read(async (db) => {
    const counts = new Map<string, Counts>();
    for (const crm of await crmsOf(db)) {
      const waiting = await count(db, crm, 'waiting');
      const rejected = await count(db, crm, 'rejected');
      counts.set(crm, {
        waiting,
        working: await count(db, crm, 'working'),
        rejected,
        oldestAtMs: waiting === 0 ? null : await oldestAtMs(db, crm),
        rejectedMend: rejected === 0 ? null : await newestMend(db, crm),
      });
    }
    return counts;
  });
}

async function count(db: Db, crm: string, state: DeliveryState): Promise<number> {
  const row = await db
    .selectFrom('deliveries')
    .select((is) => is.fn.countAll<number>().as('count'))
    .where('crm', '=', crm)
    .where('state', '=', state)
    .executeTakeFirst();
  return row?.count ?? 0;
}

/** Ids rise with time. */
async function oldestAtMs(db: Db, crm: string): Promise<number | null> {
  const ofState = db
    .selectFrom('deliveries')
    .select('created_at')
    .where('crm', '=', crm)
    .where('state', '=', 'waiting');
  const row = await ofState.orderBy('id').limit(1).executeTakeFirst();
  return row?.created_at ?? null;
}

async function newestMend(db: Db, crm: string): Promise<string | null> {
  const ofState = db.selectFrom('deliveries').select('mend').where('crm', '=', crm).where('state', '=', 'rejected');
  const row = await ofState.orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row?.mend ?? null;
}
