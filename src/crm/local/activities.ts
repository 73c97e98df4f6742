// The calls of the built-in CRM's clients: what was said of each when it ended.
import { z } from 'zod';
import { directions } from '../../calls/call.ts';
import type { Db } from '../../store/dialect.ts';

export const activitySchema = z
  .object({
    callId: z.string(),
    entityId: z.int().positive().nullable().describe('Whose; null for a number that nobody is known for'),
    number: z.string().nullable(),
    responsible: z.string().nullable().describe('Id of an operator'),
    direction: z.enum(directions),
    status: z.int().describe('Result in SIP’s style; 304 for a missed call'),
    talkSec: z.int().nonnegative(),
    waitSec: z.int().nonnegative(),
    line: z.string().nullable(),
    source: z.string().nullable(),
    recorded: z.boolean().describe('The recording can be played: /api/v1/calls/<id>/recording'),
    mark: z.int().nullable().describe('The client’s, 1 to 5; null: none was given'),
    startedAt: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'Activity', description: 'A call as the built-in CRM keeps it' });
export type Activity = z.infer<typeof activitySchema>;

/** Written anew when it is there already, but for its recording: that comes by itself. */
export async function saveActivity(db: Db, activity: Omit<Activity, 'recorded'>): Promise<void> {
  const row = {
    entity_id: activity.entityId,
    number: activity.number,
    responsible: activity.responsible,
    direction: activity.direction,
    status: activity.status,
    talk_sec: activity.talkSec,
    wait_sec: activity.waitSec,
    line: activity.line,
    source: activity.source,
    mark: activity.mark,
    started_at: Date.parse(activity.startedAt),
  };
  await db
    .insertInto('local_activities')
    .values({ call_id: activity.callId, recorded: 0, ...row })
    .onConflict((conflict) => conflict.column('call_id').doUpdateSet(row))
    .execute();
}

/** @returns false when the call is not registered */
export async function markRecorded(db: Db, callId: string): Promise<boolean> {
  const changed = await db
    .updateTable('local_activities')
    .set({ recorded: 1 })
    .where('call_id', '=', callId)
    .executeTakeFirst();
  return Number(changed.numUpdatedRows) > 0;
}

/** @returns false when the call is not registered */
export async function setMark(db: Db, callId: string, mark: number): Promise<boolean> {
  const changed = await db
    .updateTable('local_activities')
    .set({ mark })
    .where('call_id', '=', callId)
    .executeTakeFirst();
  return Number(changed.numUpdatedRows) > 0;
}

/** Newest first. `before`: older than this call. */
export async function findActivities(
  db: Db,
  filter: { entityId?: number; number?: string; beforeMs?: number; limit: number },
): Promise<Activity[]> {
  let query = db.selectFrom('local_activities').selectAll().orderBy('started_at', 'desc').limit(filter.limit);
  if (filter.entityId !== undefined) query = query.where('entity_id', '=', filter.entityId);
  if (filter.number !== undefined) query = query.where('number', '=', filter.number);
  if (filter.beforeMs !== undefined) query = query.where('started_at', '<', filter.beforeMs);
  return (await query.execute()).map((row) => ({
    callId: row.call_id,
    entityId: row.entity_id,
    number: row.number,
    responsible: row.responsible,
    direction: row.direction as Activity['direction'],
    status: row.status,
    talkSec: row.talk_sec,
    waitSec: row.wait_sec,
    line: row.line,
    source: row.source,
    recorded: row.recorded === 1,
    mark: row.mark,
    startedAt: new Date(row.started_at).toISOString(),
  }));
}

/** What was known of a number without a client becomes the client's. */
export async function adoptActivities(db: Db, number: string, entityId: number): Promise<void> {
  await db
    .updateTable('local_activities')
    .set({ entity_id: entityId })
    .where('number', '=', number)
    .where('entity_id', 'is', null)
    .execute();
}
