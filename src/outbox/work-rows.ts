// What a worker is given with a delivery, and what it lets us remember.
import type { Call } from '../calls/call.ts';
import { unpackCall } from '../store/body.ts';
import type { Db } from '../store/dialect.ts';

export interface ReadCall {
  call: Call;
  /** Its id when the call that was asked for is a part of it now. */
  absorbedBy: string | null;
}

/** By the id that was asked for; an absorbed call gives the one that it is a part of. */
export async function readCalls(db: Db, ids: readonly string[]): Promise<Map<string, ReadCall>> {
  const calls = new Map<string, ReadCall>();
  for (const call of await storedCalls(db, ids)) calls.set(call.id, { call, absorbedBy: null });
  const missing = ids.filter((id) => !calls.has(id));
  if (missing.length === 0) return calls;
  const merged = await db.selectFrom('merged_calls').selectAll().where('id', 'in', missing).execute();
  const survivors = await storedCalls(
    db,
    merged.map(({ into_id }) => into_id),
  );
  for (const { id, into_id } of merged) {
    const call = survivors.find((one) => one.id === into_id);
    if (call !== undefined) calls.set(id, { call, absorbedBy: into_id });
  }
  return calls;
}

async function storedCalls(db: Db, ids: readonly string[]): Promise<Call[]> {
  if (ids.length === 0) return [];
  const rows = await db
    .selectFrom('calls')
    .innerJoin('call_bodies', 'call_bodies.call_no', 'calls.no')
    .select('call_bodies.body')
    .where('calls.id', 'in', [...new Set(ids)])
    .execute();
  return rows.map(({ body }) => unpackCall(body));
}

/** What a connection remembers of calls. */
export async function readStates(db: Db, crm: string, callIds: readonly string[]): Promise<Map<string, unknown>> {
  const rows = await db
    .selectFrom('crm_calls')
    .select(['call_id', 'state'])
    .where('crm', '=', crm)
    .where('call_id', 'in', [...new Set(callIds)])
    .execute();
  return new Map(rows.map(({ call_id, state }) => [call_id, JSON.parse(state) as unknown]));
}

export async function writeState(
  db: Db,
  about: { crm: string; callId: string; state: unknown; nowMs: number },
): Promise<void> {
  const state = JSON.stringify(about.state ?? null);
  await db
    .insertInto('crm_calls')
    .values({ crm: about.crm, call_id: about.callId, state, changed_at: about.nowMs })
    .onConflict((conflict) => conflict.columns(['crm', 'call_id']).doUpdateSet({ state, changed_at: about.nowMs }))
    .execute();
}
