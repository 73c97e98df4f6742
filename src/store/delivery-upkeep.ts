// What goes by itself: deliveries that ended, the log of requests, and what is remembered of calls, tasks and orders of long ago.
import { sql } from 'kysely';
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

/**
 * Removes some of what CRMs were told of calls, of the tasks made for missed ones and of orders, older than a time. What a delivery still
 * needs stays, and so does an order that goes on. Returns whether more may be waiting.
 */
export async function pruneMemory(db: Db, beforeMs: number): Promise<boolean> {
  const calls = await db
    .deleteFrom('crm_calls')
    .where((is) =>
      is(
        is.refTuple('crm', 'call_id'),
        'in',
        is
          .selectFrom('crm_calls as old')
          .select(['old.crm', 'old.call_id'])
          .where('old.changed_at', '<', beforeMs)
          .where((old) =>
            old.not(
              old.exists(
                old
                  .selectFrom('deliveries as pending')
                  .select('pending.id')
                  .whereRef('pending.call_id', '=', 'old.call_id')
                  .whereRef('pending.crm', '=', 'old.crm')
                  .where(sql<boolean>`pending.state in ('waiting', 'working', 'rejected')`),
              ),
            ),
          )
          .orderBy('old.changed_at')
          .limit(stepRows)
          .$asTuple('crm', 'call_id'),
      ),
    )
    .executeTakeFirstOrThrow();
  const tasks = await db
    .deleteFrom('crm_tasks')
    .where((is) =>
      is(
        is.refTuple('crm', 'task_id'),
        'in',
        is
          .selectFrom('crm_tasks as old')
          .select(['old.crm', 'old.task_id'])
          .where('old.created_at', '<', beforeMs)
          .orderBy('old.created_at')
          .limit(stepRows)
          .$asTuple('crm', 'task_id'),
      ),
    )
    .executeTakeFirstOrThrow();
  const orders = await db
    .deleteFrom('orders')
    .where('id', 'in', (query) =>
      query
        .selectFrom('orders')
        .select('id')
        .where('placed_at', '<', beforeMs)
        .where('state', 'not in', ['placed', 'ringing'])
        .orderBy('placed_at')
        .limit(stepRows),
    )
    .executeTakeFirstOrThrow();
  return [calls, tasks, orders].some(({ numDeletedRows }) => Number(numDeletedRows) === stepRows);
}
