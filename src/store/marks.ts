// The client's marks of calls: how content he was, from 1 to 5. Stored together with the work that tells CRMs of it.
import type { Call } from '../calls/call.ts';
import { insertDeliveries } from './deliveries.ts';
import type { NewDelivery } from './delivery.ts';
import type { Db } from './dialect.ts';
import type { Store } from './store.ts';

export interface CallMark {
  /** Of the surviving call, when the one that was asked for was joined to another. */
  callId: string;
  /** 1 to 5; null: none was given. */
  mark: number | null;
}

export interface GivenMark {
  callId: string;
  mark: number;
  /** What it was before; null: none was given. */
  previous: number | null;
}

/** Every method rejects with StoreError only. */
export interface Marks {
  /** Null: no call has this id. */
  of(callId: string): Promise<CallMark | null>;
  /** The last one given holds; the same one again tells nobody anew. Null: no call has this id. */
  give(callId: string, mark: number): Promise<GivenMark | null>;
}

/** @param plan which CRMs are to be told of the mark of this call */
export function openMarks(
  store: Pick<Store, 'call' | 'database'>,
  plan: (call: Call) => readonly NewDelivery[],
  now: () => number,
): Marks {
  const { database } = store;
  return {
    async of(id) {
      const call = await store.call(id);
      return call && { callId: call.id, mark: await database.read((db) => markOf(db, call.id)) };
    },
    async give(id, mark) {
      const call = await store.call(id);
      if (!call) return null;
      const deliveries = plan(call);
      const nowMs = now();
      return database.write(async (db) => {
        const previous = await markOf(db, call.id);
        if (previous !== mark) {
          await saveMark(db, call.id, mark, nowMs);
          await insertDeliveries(database, db, deliveries, { nowMs });
        }
        return { callId: call.id, mark, previous };
      });
    },
  };
}

/** The last one that was given to this call, or to one that was joined to it later. */
export async function markOf(db: Db, callId: string): Promise<number | null> {
  const joined = db.selectFrom('merged_calls').select('id').where('into_id', '=', callId);
  const row = await db
    .selectFrom('marks')
    .select('mark')
    .where((is) => is.or([is('call_id', '=', callId), is('call_id', 'in', joined)]))
    .orderBy('marked_at', 'desc')
    .orderBy('call_id')
    .limit(1)
    .executeTakeFirst();
  return row?.mark ?? null;
}

async function saveMark(db: Db, callId: string, mark: number, nowMs: number): Promise<void> {
  const row = { mark, marked_at: nowMs };
  await db
    .insertInto('marks')
    .values({ call_id: callId, ...row })
    .onConflict((conflict) => conflict.column('call_id').doUpdateSet(row))
    .execute();
}
