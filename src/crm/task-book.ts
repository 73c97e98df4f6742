// Tasks made in a CRM for missed calls, remembered by their ids: renaming one in the CRM breaks nothing.
import { sql } from 'kysely';
import { clientNumber } from '../store/call-rows.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import type { TaskBook } from './contract.ts';

/** No call is longer: what bounds the search. */
const longMs = 86_400_000;

/** The tasks of one connection. Every method rejects with StoreError. */
export function taskBook(database: Dialect, crm: string, now: () => number): TaskBook {
  return {
    async add({ taskId, callId, number }) {
      const row = {
        crm,
        task_id: taskId,
        call_id: callId,
        number,
        created_at: now(),
        closed_at: null,
        closed_by: null,
      };
      await database.write((db) =>
        db
          .insertInto('crm_tasks')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },
    async ofCall(callId) {
      const rows = await database.read((db) =>
        db
          .selectFrom('crm_tasks')
          .select('task_id')
          .where('crm', '=', crm)
          .where('call_id', '=', callId)
          .orderBy('created_at')
          .execute(),
      );
      return rows.map((row) => ({ taskId: row.task_id }));
    },
    async open(number) {
      const rows = await database.read((db) =>
        db
          .selectFrom('crm_tasks')
          .select(['task_id', 'call_id'])
          .where('crm', '=', crm)
          .where('number', '=', number)
          .where('closed_at', 'is', null)
          .orderBy('created_at')
          .execute(),
      );
      return rows.map((row) => ({ taskId: row.task_id, callId: row.call_id }));
    },
    async close(taskId, byCallId) {
      await database.write((db) =>
        db
          .updateTable('crm_tasks')
          .set({ closed_at: now(), closed_by: byCallId })
          .where('crm', '=', crm)
          .where('task_id', '=', taskId)
          .where('closed_at', 'is', null)
          .execute(),
      );
    },
    async reachedAfter(call) {
      const client = clientNumber(call);
      if (client === null || call.endedAt === null) return false;
      const about = { crm, client, endedAtMs: Date.parse(call.endedAt) };
      const row = await database.read((db) => laterReached(db, about).executeTakeFirst());
      return row !== undefined;
    },
  };
}

/** Deliveries `reached` that were worked, of later calls of a client. */
export function laterReached(
  db: Db,
  { crm, client, endedAtMs }: { crm: string; client: { digits: string; e164: string }; endedAtMs: number },
) {
  return (
    db
      .selectFrom('numbers')
      .innerJoin('calls', 'calls.number_id', 'numbers.id')
      .innerJoin('deliveries', 'deliveries.call_id', 'calls.id')
      .select('deliveries.id')
      .where(client.e164 === '' ? 'numbers.digits' : 'numbers.e164', '=', client.e164 || client.digits)
      .where('calls.started_at', '>', endedAtMs - longMs)
      .where('calls.ended_at', '>', endedAtMs)
      // Not as columns: SQLite would take the index of all that is done. The calls of one client are few.
      .where(sql<boolean>`deliveries.crm || '' = ${crm} and deliveries.kind = 'reached'`)
      .where(sql<boolean>`deliveries.state || '' in ('done', 'dropped')`)
      .limit(1)
  );
}
