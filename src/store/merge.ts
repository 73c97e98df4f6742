import { unpackCall } from './body.ts';
import { dayOf } from './call-rows.ts';
import type { Db } from './dialect.ts';
import { insertAll, touchDays } from './rows.ts';
import { StoreError } from './store-error.ts';

/**
 * Takes a call out of the history and lets its id lead to the one that it is a part of.
 * @throws StoreError when the surviving call is not stored: nothing would be left of the contact
 */
export async function mergeCall(db: Db, id: string, into: string): Promise<void> {
  if (id === into) return;
  const survivor = await survivorOf(db, into);
  if (survivor === undefined) {
    throw new StoreError(
      'failed',
      `Call ${id} was to be merged into ${into}, which is not stored.`,
      'This should not happen: please report it.',
    );
  }
  await db.updateTable('merged_calls').set({ into_id: survivor.id }).where('into_id', '=', id).execute();
  await insertAll(db, 'merged_calls', [{ id, into_id: survivor.id }], { key: ['id'] });

  const absorbed = await db
    .selectFrom('calls')
    .innerJoin('call_bodies', 'call_bodies.call_no', 'calls.no')
    .select(['calls.no', 'calls.pbx', 'calls.started_at', 'call_bodies.body'])
    .where('calls.id', '=', id)
    .executeTakeFirst();
  if (absorbed === undefined) return;
  const { linkedIds } = unpackCall(absorbed.body);
  for (const linked_id of linkedIds) {
    await insertAll(db, 'linked_ids', [{ pbx: absorbed.pbx, linked_id, call_no: survivor.no }], 'ignore');
    await db
      .deleteFrom('linked_ids')
      .where('pbx', '=', absorbed.pbx)
      .where('linked_id', '=', linked_id)
      .where('call_no', '=', absorbed.no)
      .execute();
  }
  for (const table of ['call_bodies', 'open_calls', 'legs', 'transfers', 'recordings'] as const) {
    await db.deleteFrom(table).where('call_no', '=', absorbed.no).execute();
  }
  await db.deleteFrom('calls').where('no', '=', absorbed.no).execute();
  await touchDays(db, [dayOf(absorbed.started_at)]);
}

/** The call of that id, or the one that it was merged into before. */
async function survivorOf(db: Db, id: string): Promise<{ id: string; no: number } | undefined> {
  const alias = await db.selectFrom('merged_calls').select('into_id').where('id', '=', id).executeTakeFirst();
  return db
    .selectFrom('calls')
    .select(['id', 'no'])
    .where('id', 'in', [id, alias?.into_id ?? id])
    .executeTakeFirst();
}
