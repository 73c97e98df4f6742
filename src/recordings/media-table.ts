// What became of the recordings of each call.
import type { Dialect } from '../store/dialect.ts';

/** `ready`: a file is there. `none`: there is nothing to hear. `failed`: there was something, and it could not be had. */
export type MediaState = 'ready' | 'none' | 'failed';

export interface MediaRow {
  callId: string;
  state: MediaState;
  /** Within the folder of recordings; null unless ready. */
  file: string | null;
  bytes: number | null;
  durationMs: number | null;
  contentType: string | null;
  /** See `Encoded.peaks`; null when they are not known. */
  peaks: Uint8Array | null;
  note: string | null;
}

export interface MediaTable {
  /** By the id of the call, or of one that was merged into it. */
  get(callId: string): Promise<MediaRow | null>;
  put(row: MediaRow, nowMs: number): Promise<void>;
}

/** Every method rejects with StoreError only. */
export function mediaTable(database: Dialect): MediaTable {
  return {
    get: (callId) =>
      database.read(async (db) => {
        const row = async (id: string) =>
          db.selectFrom('media').selectAll().where('call_id', '=', id).executeTakeFirst();
        let found = await row(callId);
        if (!found) {
          const merged = await db
            .selectFrom('merged_calls')
            .select('into_id')
            .where('id', '=', callId)
            .executeTakeFirst();
          found = merged && (await row(merged.into_id));
        }
        if (!found) return null;
        return {
          callId: found.call_id,
          state: found.state as MediaState,
          file: found.file,
          bytes: found.bytes,
          durationMs: found.duration_ms,
          contentType: found.content_type,
          peaks: found.peaks,
          note: found.note,
        };
      }),
    put: (row, nowMs) =>
      database.write(async (db) => {
        const values = {
          state: row.state,
          file: row.file,
          bytes: row.bytes,
          duration_ms: row.durationMs,
          content_type: row.contentType,
          peaks: row.peaks === null ? null : Buffer.from(row.peaks),
          note: row.note,
          changed_at: nowMs,
        };
        await db
          .insertInto('media')
          .values({ call_id: row.callId, ...values })
          .onConflict((conflict) => conflict.column('call_id').doUpdateSet(values))
          .execute();
      }),
  };
}

/** CDR rows that are looked through, from the newest: the call's own are among the last that were copied. */
const cdrRows = 5_000;

/** The names of recordings that the copies of a call's CDR rows hold in this column, in the order of the rows. */
export async function cdrRecordings(
  database: Dialect,
  about: { pbx: string; linkedIds: readonly string[]; column: string },
): Promise<string[]> {
  const rows = await database.read(async (db) => {
    const last = await db.selectFrom('cdr').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
    if (!last || about.linkedIds.length === 0) return [];
    return db
      .selectFrom('cdr')
      .select('columns')
      .where('id', '>', last.id - cdrRows)
      .where('pbx', '=', about.pbx)
      .where('linked_id', 'in', about.linkedIds.slice(0, 100))
      .orderBy('id')
      .limit(100)
      .execute();
  });
  const names = rows.map(({ columns }) => (JSON.parse(columns) as Record<string, unknown>)[about.column]);
  return [...new Set(names.filter((name) => typeof name === 'string' && name !== ''))] as string[];
}
