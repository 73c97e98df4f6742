import { sql } from 'kysely';
import type { Dialect } from '../store/dialect.ts';

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

const nothing: Counts = { waiting: 0, working: 0, rejected: 0, oldestAtMs: null, rejectedMend: null };

/** By connection, those that are not configured any more included. @throws StoreError */
export function countDeliveries(database: Dialect): Promise<Map<string, Counts>> {
  return database.read(async (db) => {
    const counts = new Map<string, Counts>();
    const rows = await db
      .selectFrom('deliveries')
      .select((is) => ['crm', 'state', is.fn.countAll<number | string>().as('count'), is.fn.min('id').as('first')])
      .where(sql<boolean>`state in ('waiting', 'working', 'rejected', 'dropped')`)
      .where(sql<boolean>`state in ('waiting', 'working', 'rejected')`)
      .groupBy(['crm', 'state'])
      .execute();
    for (const { crm, state, count, first } of rows) {
      const known = counts.get(crm) ?? { ...nothing };
      counts.set(crm, known);
      if (state === 'waiting') {
        known.waiting = Number(count);
        // ids rise with time
        const oldest = await db
          .selectFrom('deliveries')
          .select('created_at')
          .where('id', '=', first)
          .executeTakeFirst();
        known.oldestAtMs = oldest?.created_at ?? null;
      } else if (state === 'working') {
        known.working = Number(count);
      } else {
        known.rejected = Number(count);
        const newest = await db
          .selectFrom('deliveries')
          .select('mend')
          .where('crm', '=', crm)
          .where(sql<boolean>`state = 'rejected'`)
          .orderBy('id', 'desc')
          .limit(1)
          .executeTakeFirst();
        known.rejectedMend = newest?.mend ?? null;
      }
    }
    return counts;
  });
}
