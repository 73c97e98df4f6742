// What people write down about a client.
import { z } from 'zod';
import { nextNumbers } from '../../store/counters.ts';
import type { Db } from '../../store/dialect.ts';

export const noteSchema = z
  .object({
    id: z.int().positive(),
    entityId: z.int().positive(),
    text: z.string(),
    author: z.string(),
    at: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'Note' });
export type Note = z.infer<typeof noteSchema>;

export async function addNote(
  db: Db,
  note: { entityId: number; text: string; author: string },
  nowMs: number,
): Promise<number> {
  const id = await nextNumbers(db, 'local', 1);
  await db
    .insertInto('local_notes')
    .values({ id, entity_id: note.entityId, text: note.text, author: note.author, at: nowMs })
    .execute();
  return id;
}

/** Newest first. */
export async function notesOf(db: Db, entityId: number, limit: number): Promise<Note[]> {
  const rows = await db
    .selectFrom('local_notes')
    .selectAll()
    .where('entity_id', '=', entityId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    entityId: row.entity_id,
    text: row.text,
    author: row.author,
    at: new Date(row.at).toISOString(),
  }));
}
