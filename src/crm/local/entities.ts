// Contacts, companies and leads, and the numbers by which they are found.
import { z } from 'zod';
import { nextNumbers } from '../../store/counters.ts';
import type { Db } from '../../store/dialect.ts';
import { inParts, insertAll } from '../../store/rows.ts';
import type { Tables } from '../../store/tables.ts';

export const entityKinds = ['contact', 'company', 'lead'] as const;
export type EntityKind = (typeof entityKinds)[number];
export const leadStatuses = ['open', 'won', 'lost'] as const;

export const entitySchema = z
  .object({
    id: z.int().positive(),
    kind: z.enum(entityKinds),
    name: z.string(),
    phones: z.array(z.string()).describe('E.164 where it can be told'),
    companyId: z.int().positive().nullable(),
    status: z.enum(leadStatuses).nullable().describe('Of a lead; null for the others'),
    responsible: z.string().nullable().describe('Id of an operator'),
    source: z.string().nullable().describe('Where the client came from: the source of the line'),
    callId: z.string().nullable().describe('The call that it was made from'),
    note: z.string(),
    createdAt: z.iso.datetime({ precision: 3 }),
  })
  .meta({ id: 'Entity', description: 'A contact, a company or a lead of the built-in CRM' });
export type Entity = z.infer<typeof entitySchema>;

/** What is needed to make one. Phones are canonical. */
export interface NewEntity {
  kind: EntityKind;
  name: string;
  phones: readonly string[];
  companyId?: number | null;
  status?: (typeof leadStatuses)[number] | null;
  responsible?: string | null;
  source?: string | null;
  callId?: string | null;
  note?: string;
}

export interface EntityFilter {
  kind?: EntityKind;
  /** Any part of the name, in any case; or the digits that a number ends or begins with. */
  search?: string;
  status?: (typeof leadStatuses)[number];
  /** Entities older than this id. */
  before?: number;
  limit: number;
}

/** Makes them in one go. @returns their ids, in order */
export async function addEntities(db: Db, entities: readonly NewEntity[], nowMs: number): Promise<number[]> {
  if (entities.length === 0) return [];
  const first = await nextNumbers(db, 'local', entities.length);
  const rows = entities.map((entity, index) => ({
    id: first + index,
    kind: entity.kind,
    name: entity.name,
    name_key: entity.name.toLowerCase(),
    company_id: entity.companyId ?? null,
    status: entity.kind === 'lead' ? (entity.status ?? 'open') : null,
    responsible: entity.responsible ?? null,
    source: entity.source ?? null,
    call_id: entity.callId ?? null,
    note: entity.note ?? '',
    created_at: nowMs,
    changed_at: nowMs,
  }));
  await insertAll(db, 'local_entities', rows);
  await insertAll(
    db,
    'local_phones',
    entities.flatMap((entity, index) =>
      [...new Set(entity.phones)].map((number) => ({ number, entity_id: first + index })),
    ),
  );
  return rows.map(({ id }) => id);
}

/** Replaces the phones of an entity. */
export async function setPhones(db: Db, id: number, phones: readonly string[]): Promise<void> {
  await db.deleteFrom('local_phones').where('entity_id', '=', id).execute();
  await insertAll(
    db,
    'local_phones',
    [...new Set(phones)].map((number) => ({ number, entity_id: id })),
  );
}

/** Newest first. */
export async function findEntities(db: Db, filter: EntityFilter): Promise<Entity[]> {
  let query = db.selectFrom('local_entities').selectAll().orderBy('id', 'desc').limit(filter.limit);
  if (filter.kind) query = query.where('kind', '=', filter.kind);
  if (filter.status) query = query.where('status', '=', filter.status);
  if (filter.before !== undefined) query = query.where('id', '<', filter.before);
  const search = filter.search?.trim().toLowerCase() ?? '';
  if (search !== '') {
    const digits = search.replaceAll(/[^0-9]/g, '');
    query = query.where((is) =>
      is.or([
        is('name_key', 'like', `%${escapeLike(search)}%`),
        ...(digits.length >= 3
          ? [is('id', 'in', is.selectFrom('local_phones').select('entity_id').where('number', 'like', `%${digits}%`))]
          : []),
      ]),
    );
  }
  return withPhones(db, await query.execute());
}

export async function entityById(db: Db, id: number): Promise<Entity | null> {
  const rows = await db.selectFrom('local_entities').selectAll().where('id', '=', id).execute();
  return (await withPhones(db, rows))[0] ?? null;
}

/** Everybody with this number, best match first: a contact, then an open lead, then a company, then a closed lead; the oldest of each. */
export async function entitiesByNumber(db: Db, number: string): Promise<Entity[]> {
  const rows = await db
    .selectFrom('local_phones')
    .innerJoin('local_entities', 'local_entities.id', 'local_phones.entity_id')
    .selectAll('local_entities')
    .where('local_phones.number', '=', number)
    .limit(100)
    .execute();
  const entities = await withPhones(db, rows);
  return entities.sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}

function rank({ kind, status }: Entity): number {
  if (kind === 'contact') return 0;
  if (kind === 'lead') return status === 'open' ? 1 : 3;
  return 2;
}

async function withPhones(db: Db, rows: readonly Tables['local_entities'][]): Promise<Entity[]> {
  const phones = new Map<number, string[]>();
  for (const some of inParts(rows)) {
    const found = await db
      .selectFrom('local_phones')
      .selectAll()
      .where(
        'entity_id',
        'in',
        some.map(({ id }) => id),
      )
      .orderBy('number')
      .execute();
    for (const { entity_id: id, number } of found) phones.set(id, [...(phones.get(id) ?? []), number]);
  }
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as EntityKind,
    name: row.name,
    phones: phones.get(row.id) ?? [],
    companyId: row.company_id,
    status: row.status as Entity['status'],
    responsible: row.responsible,
    source: row.source,
    callId: row.call_id,
    note: row.note,
    createdAt: new Date(row.created_at).toISOString(),
  }));
}

/** `%`, `_` and `\` stand for themselves. SQLite has no escape sign unless told, so they become any one letter. */
function escapeLike(text: string): string {
  return text.replaceAll(/[%\\]/g, '_');
}
