import { createHash } from 'node:crypto';
import { nextNumbers } from './counters.ts';
import type { Db } from './dialect.ts';
import { inParts, insertAll } from './rows.ts';
import type { CdrRow, StoredCdrRow } from './store.ts';

/** See `Store.addCdr`. Inside a write. */
export async function addCdr(db: Db, rows: readonly CdrRow[]): Promise<number> {
  // the last of equal rows counts, as it would if they came one after the other
  const byIdentity = new Map(rows.map((row) => [identityOf(row), row]));
  if (byIdentity.size === 0) return 0;
  // the counter first, as a lock: another process may be adding the same rows
  const firstId = await nextNumbers(db, 'cdr', 0);
  const known = new Set<string>();
  for (const some of inParts([...byIdentity.keys()])) {
    const found = await db.selectFrom('cdr').select(['identity', 'columns']).where('identity', 'in', some).execute();
    for (const row of found) {
      known.add(row.identity);
      const columns = JSON.stringify(byIdentity.get(row.identity)?.columns);
      if (columns !== row.columns)
        await db.updateTable('cdr').set({ columns }).where('identity', '=', row.identity).execute();
    }
  }
  const added = [...byIdentity].filter(([identity]) => !known.has(identity));
  await nextNumbers(db, 'cdr', added.length);
  await insertAll(
    db,
    'cdr',
    added.map(([identity, row], index) => ({
      id: firstId + index,
      identity,
      pbx: row.pbx,
      unique_id: row.uniqueId,
      linked_id: row.linkedId,
      sequence: row.sequence,
      started_at: row.startedAt,
      src: row.src,
      dst: row.dst,
      channel: row.channel,
      dst_channel: row.dstChannel,
      last_app: row.lastApp,
      columns: JSON.stringify(row.columns),
    })),
  );
  return added.length;
}

/** See `Store.cdr`. The call is looked up when read: it may have been stored, or merged, after the row was. */
export async function readCdr(db: Db, afterId: number, limit: number): Promise<StoredCdrRow[]> {
  const rows = await db.selectFrom('cdr').selectAll().where('id', '>', afterId).orderBy('id').limit(limit).execute();
  const linkedIds = [...new Set(rows.flatMap((row) => (row.linked_id === null ? [] : [row.linked_id])))];
  const calls = new Map<string, string>();
  for (const some of inParts(linkedIds)) {
    const found = await db
      .selectFrom('linked_ids')
      .innerJoin('calls', 'calls.no', 'linked_ids.call_no')
      .select(['linked_ids.pbx', 'linked_ids.linked_id', 'calls.id'])
      .where('linked_ids.linked_id', 'in', some)
      .where('linked_ids.pbx', 'in', [...new Set(rows.map((row) => row.pbx))])
      .execute();
    for (const row of found) calls.set(`${row.pbx}\n${row.linked_id}`, row.id);
  }
  return rows.map((row) => ({
    id: row.id,
    callId: calls.get(`${row.pbx}\n${row.linked_id}`) ?? null,
    pbx: row.pbx,
    uniqueId: row.unique_id,
    linkedId: row.linked_id,
    sequence: row.sequence,
    startedAt: row.started_at,
    src: row.src,
    dst: row.dst,
    channel: row.channel,
    dstChannel: row.dst_channel,
    lastApp: row.last_app,
    columns: JSON.parse(row.columns) as CdrRow['columns'],
  }));
}

/** A uniqueid alone is not unique: one channel has a row for each party that it was joined with. */
function identityOf(row: CdrRow): string {
  const parts = [row.pbx, row.uniqueId, row.linkedId, row.sequence, row.startedAt, row.src, row.dst];
  const more = [row.channel, row.dstChannel, row.lastApp];
  return createHash('sha256')
    .update(JSON.stringify([...parts, ...more]))
    .digest('base64url')
    .slice(0, 27);
}
