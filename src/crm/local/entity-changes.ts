// What people change about a client.
import type { Db } from '../../store/dialect.ts';
import { setPhones, type Entity } from './entities.ts';

/** What is absent stays as it is. */
export interface EntityChanges {
  name?: string | undefined;
  phones?: readonly string[] | undefined;
  companyId?: number | null | undefined;
  status?: Entity['status'] | undefined;
  responsible?: string | null | undefined;
  note?: string | undefined;
}

export async function changeEntity(db: Db, id: number, changes: EntityChanges, nowMs: number): Promise<void> {
  await db
    .updateTable('local_entities')
    .set({
      changed_at: nowMs,
      ...(changes.name !== undefined && { name: changes.name, name_key: changes.name.toLowerCase() }),
      ...(changes.companyId !== undefined && { company_id: changes.companyId }),
      ...(changes.status !== undefined && { status: changes.status }),
      ...(changes.responsible !== undefined && { responsible: changes.responsible }),
      ...(changes.note !== undefined && { note: changes.note }),
    })
    .where('id', '=', id)
    .execute();
  if (changes.phones) await setPhones(db, id, changes.phones);
}

/** Calls and tasks stay, and are nobody's then. */
export async function removeEntity(db: Db, id: number): Promise<void> {
  await db.updateTable('local_activities').set({ entity_id: null }).where('entity_id', '=', id).execute();
  await db.updateTable('local_tasks').set({ entity_id: null }).where('entity_id', '=', id).execute();
  await db.updateTable('local_entities').set({ company_id: null }).where('company_id', '=', id).execute();
  await db.deleteFrom('local_notes').where('entity_id', '=', id).execute();
  await db.deleteFrom('local_phones').where('entity_id', '=', id).execute();
  await db.deleteFrom('local_entities').where('id', '=', id).execute();
}
