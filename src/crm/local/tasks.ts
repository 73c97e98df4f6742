// Tasks of the built-in CRM: for a missed call by rule, or made by a person.
import { z } from 'zod';
import { nextNumbers } from '../../store/counters.ts';
import type { Db } from '../../store/dialect.ts';

export const taskSchema = z
  .object({
    id: z.int().positive(),
    title: z.string(),
    text: z.string(),
    responsible: z.string().nullable().describe('Id of an operator'),
    deadlineAt: z.iso.datetime({ precision: 3 }).nullable(),
    entityId: z.int().positive().nullable(),
    number: z.string().nullable(),
    callId: z.string().nullable().describe('The missed call that it was made for'),
    createdAt: z.iso.datetime({ precision: 3 }),
    closedAt: z.iso.datetime({ precision: 3 }).nullable(),
    closedBy: z.string().nullable().describe('The call that reached the client, or who closed it'),
  })
  .meta({ id: 'Task' });
export type Task = z.infer<typeof taskSchema>;

export interface NewTask {
  title: string;
  text: string;
  responsible: string | null;
  deadlineAtMs: number | null;
  entityId: number | null;
  number: string | null;
  callId: string | null;
}

/** A second task for the same call is not made. @returns the id of the one there is */
export async function addTask(db: Db, task: NewTask, nowMs: number): Promise<number> {
  if (task.callId !== null) {
    const known = await db.selectFrom('local_tasks').select('id').where('call_id', '=', task.callId).executeTakeFirst();
    if (known) return known.id;
  }
  const id = await nextNumbers(db, 'local', 1);
  await db
    .insertInto('local_tasks')
    .values({
      id,
      title: task.title,
      text: task.text,
      responsible: task.responsible,
      deadline_at: task.deadlineAtMs,
      entity_id: task.entityId,
      number: task.number,
      call_id: task.callId,
      created_at: nowMs,
      closed_at: null,
      closed_by: null,
    })
    .execute();
  return id;
}

/** Closes what is open for a client's number. @returns how many */
export async function closeTasks(db: Db, number: string, by: string, nowMs: number): Promise<number> {
  const closed = await db
    .updateTable('local_tasks')
    .set({ closed_at: nowMs, closed_by: by })
    .where('number', '=', number)
    .where('call_id', 'is not', null)
    .where('closed_at', 'is', null)
    .executeTakeFirst();
  return Number(closed.numUpdatedRows);
}

/** Open or closed again by a person. @returns false when there is no such task */
export async function setTaskOpen(db: Db, id: number, open: boolean, by: string, nowMs: number): Promise<boolean> {
  const changed = await db
    .updateTable('local_tasks')
    .set(open ? { closed_at: null, closed_by: null } : { closed_at: nowMs, closed_by: by })
    .where('id', '=', id)
    .executeTakeFirst();
  return Number(changed.numUpdatedRows) > 0;
}

/** Newest first. */
export async function findTasks(
  db: Db,
  filter: { open?: boolean; responsible?: string; entityId?: number; before?: number; limit: number },
): Promise<Task[]> {
  let query = db.selectFrom('local_tasks').selectAll().orderBy('id', 'desc').limit(filter.limit);
  if (filter.open !== undefined) query = query.where('closed_at', filter.open ? 'is' : 'is not', null);
  if (filter.responsible !== undefined) query = query.where('responsible', '=', filter.responsible);
  if (filter.entityId !== undefined) query = query.where('entity_id', '=', filter.entityId);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  const iso = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());
  return (await query.execute()).map((row) => ({
    id: row.id,
    title: row.title,
    text: row.text,
    responsible: row.responsible,
    deadlineAt: iso(row.deadline_at),
    entityId: row.entity_id,
    number: row.number,
    callId: row.call_id,
    createdAt: new Date(row.created_at).toISOString(),
    closedAt: iso(row.closed_at),
    closedBy: row.closed_by,
  }));
}
