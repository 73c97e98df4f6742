// What goes by itself of deliveries and of the log of requests.
import type { Db } from './dialect.ts';

/** Rows that one step removes: some milliseconds of SQLite. */
const stepRows = 2_000;
/** Requests that stay for each connection. */
const requestsKept = 1_000;

/** Removes some of the deliveries that ended before a time. Returns whether more may be waiting. */
export async function pruneDeliveries(db: Db, endedBeforeMs: number): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('deliveries')
    .where('id', 'in', (query) =>
      query
        .selectFrom('deliveries')
        .select('id')
        .where('ended_at', 'is not', null)
        .where('ended_at', '<', endedBeforeMs)
        .orderBy('ended_at')
        .limit(stepRows),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows) === stepRows;
}

/** Removes some of the oldest requests of connections that have more than are kept. Returns whether more may be waiting. */
export async function pruneRequests(db: Db): Promise<boolean> {
  const crms = await db.selectFrom('crm_requests').select('crm').distinct().execute();
  let more = false;
  for (const { crm } of crms) {
    const ofCrm = db.selectFrom('crm_requests').select('id').where('crm', '=', crm);
    const newestGoing = await ofCrm.orderBy('id', 'desc').offset(requestsKept).limit(1).executeTakeFirst();
    if (newestGoing === undefined) continue;
    const { numDeletedRows } = await db
      .deleteFrom('crm_requests')
      .where('id', 'in', ofCrm.where('id', '<=', newestGoing.id).orderBy('id').limit(stepRows))
      .executeTakeFirstOrThrow();
    if (Number(numDeletedRows) === stepRows) more = true;
  }
  return more;
}
