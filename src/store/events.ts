import type { Call } from '../calls/call.ts';
import type { FactType } from '../calls/facts.ts';
import { unpackCall } from './body.ts';
import type { Db } from './dialect.ts';
import { inParts } from './rows.ts';
import type { StoredEvent } from './store.ts';

/** See `Store.events`. */
export async function readEvents(db: Db, afterSeq: number, limit: number): Promise<StoredEvent[]> {
  const rows = await db
    .selectFrom('events')
    .select(['seq', 'type', 'at', 'pbx', 'call_id', 'leg', 'into_id', 'snapshot'])
    .where('seq', '>', afterSeq)
    .orderBy('seq')
    .limit(limit)
    .execute();
  const snapshots = [...new Set(rows.flatMap((row) => (row.snapshot === null ? [] : [row.snapshot])))];
  const bodies = new Map<number, Uint8Array>();
  for (const some of inParts(snapshots)) {
    const found = await db.selectFrom('snapshots').selectAll().where('seq', 'in', some).execute();
    for (const row of found) bodies.set(row.seq, row.body);
  }
  return rows.map((row) => ({
    seq: row.seq,
    type: row.type as FactType,
    at: new Date(row.at).toISOString(),
    pbx: row.pbx,
    callId: row.call_id,
    leg: row.leg,
    into: row.into_id,
    // each event its own object: whoever changes one must not change the others
    call: callOf(row.snapshot === null ? undefined : bodies.get(row.snapshot)),
  }));
}

function callOf(body: Uint8Array | undefined): Call | null {
  return body === undefined ? null : unpackCall(body);
}

/** The oldest row, or null. */
export async function firstSeqOf(db: Db): Promise<number | null> {
  const row = await db.selectFrom('events').select('seq').orderBy('seq').limit(1).executeTakeFirst();
  return row?.seq ?? null;
}

/** Rows that one step removes: some milliseconds of SQLite. */
const pruneRows = 2_000;
/** More rows than one batch has: within so many the snapshots of a batch are still asked for. */
const batchRowsMax = 5_000;

/** Removes some of the oldest rows that were stored before a time. Returns whether more may be waiting. */
export async function pruneEvents(db: Db, storedBeforeMs: number): Promise<boolean> {
  const oldest = await db.selectFrom('events').select(['seq', 'stored_at']).orderBy('seq').limit(pruneRows).execute();
  const kept = oldest.findIndex((row) => row.stored_at >= storedBeforeMs);
  const going = kept === -1 ? oldest : oldest.slice(0, kept);
  const last = going.at(-1);
  if (last === undefined) return false;
  await db.deleteFrom('events').where('seq', '<=', last.seq).execute();
  const used = await db
    .selectFrom('events')
    .select((is) => is.fn.min('snapshot').as('first'))
    .where('seq', '<=', last.seq + batchRowsMax)
    .executeTakeFirst();
  const firstUsed = Math.min(used?.first ?? Infinity, last.seq + 1);
  await db.deleteFrom('snapshots').where('seq', '<', firstUsed).execute();
  return going.length === pruneRows;
}
