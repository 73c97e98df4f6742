// The built-in CRM over the API: clients (contacts, companies, leads), their calls, notes and tasks.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { activitySchema, adoptActivities, findActivities } from '../crm/local/activities.ts';
import { ImportError } from '../crm/local/csv-contacts.ts';
import {
  addEntities,
  entitiesByNumber,
  entityById,
  entityKinds,
  entitySchema,
  findEntities,
  leadStatuses,
} from '../crm/local/entities.ts';
import { changeEntity, removeEntity } from '../crm/local/entity-changes.ts';
import { importContacts, numbersOf, readContacts } from '../crm/local/import.ts';
import { addNote, noteSchema, notesOf } from '../crm/local/notes.ts';
import { findTasks, setTaskOpen, taskSchema } from '../crm/local/tasks.ts';
import type { Dialect } from '../store/dialect.ts';
import { ApiError } from './errors.ts';
import { flag, wholeNumber, words } from './parameters.ts';
import { errorSchema } from './schemas.ts';

interface Given {
  database: Dialect;
  /** Country whose numbers come without a country code. */
  region: string;
  now: () => number;
}

const listed = 100;
const idParameters = z.object({ id: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'Id of the client') });
const limit = wholeNumber(1, 500, 'How many; 50 unless told').optional();
const before = wholeNumber(1, Number.MAX_SAFE_INTEGER, 'Those with a smaller id: `next` of the page before').optional();

const changesSchema = z.strictObject({
  name: z.string().min(1).max(500).optional(),
  phones: z.array(z.string().min(3).max(40)).max(20).optional(),
  companyId: z.int().positive().nullable().optional(),
  status: z.enum(leadStatuses).optional(),
  responsible: z.string().max(64).nullable().optional(),
  note: z.string().max(5000).optional(),
});

const newClientSchema = changesSchema.extend({
  kind: z.enum(entityKinds),
  name: z.string().min(1).max(500),
});

const cardSchema = z.object({
  client: entitySchema,
  company: entitySchema.nullable(),
  calls: z.array(activitySchema).describe('The latest, newest first'),
  tasks: z.array(taskSchema),
  notes: z.array(noteSchema),
});

export function clientRoutes({ database, region, now }: Given): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    const tags = ['clients'];
    const admin = { scope: 'admin' as const };

    app.route({
      method: 'GET',
      url: '/clients',
      schema: {
        summary: 'Contacts, companies and leads of the built-in CRM, newest first',
        tags,
        querystring: z.strictObject({
          kind: z.enum(entityKinds).optional(),
          status: z.enum(leadStatuses).optional(),
          search: words('Any part of the name, or three digits and more of a number').optional(),
          before,
          limit,
        }),
        response: { 200: z.object({ clients: z.array(entitySchema), next: z.int().nullable() }), default: errorSchema },
      },
      handler: async ({ query }) => {
        const { kind, status, search } = query;
        const wanted = query.limit ?? 50;
        const filter = {
          limit: wanted + 1,
          ...(kind && { kind }),
          ...(status && { status }),
          ...(search && { search }),
          ...(query.before !== undefined && { before: query.before }),
        };
        const found = await database.read((db) => findEntities(db, filter));
        const clients = found.slice(0, wanted);
        return { clients, next: found.length > wanted ? (clients.at(-1)?.id ?? null) : null };
      },
    });

    app.route({
      method: 'GET',
      url: '/clients/by-number/:number',
      schema: {
        summary: 'Who calls: everybody with this number, best match first',
        tags,
        params: z.object({ number: z.string().min(3).max(40) }),
        querystring: z.strictObject({}),
        response: { 200: z.object({ clients: z.array(entitySchema) }), default: errorSchema },
      },
      handler: async ({ params }) => {
        const [number] = numbersOf({ phones: [params.number] }, region);
        if (number === undefined) return { clients: [] };
        return { clients: await database.read((db) => entitiesByNumber(db, number)) };
      },
    });

    app.route({
      method: 'POST',
      url: '/clients',
      config: admin,
      schema: {
        summary: 'Make a client',
        tags,
        body: newClientSchema,
        querystring: z.strictObject({}),
        response: { 201: entitySchema, default: errorSchema },
      },
      handler: async ({ body }, reply) => {
        const { kind, name, companyId = null, responsible = null, note = '', status = null } = body;
        const phones = readable(body.phones ?? []);
        const made = await database.write(async (db) => {
          const [id = 0] = await addEntities(db, [{ kind, name, phones, companyId, responsible, note, status }], now());
          for (const number of phones) await adoptActivities(db, number, id);
          return entityById(db, id);
        });
        void reply.status(201);
        return known(made);
      },
    });

    app.route({
      method: 'GET',
      url: '/clients/:id',
      schema: {
        summary: 'One client with the latest calls, tasks and notes',
        tags,
        params: idParameters,
        querystring: z.strictObject({}),
        response: { 200: cardSchema, default: errorSchema },
      },
      handler: async ({ params: { id } }) =>
        known(
          await database.read(async (db) => {
            const client = await entityById(db, id);
            return (
              client && {
                client,
                company: client.companyId === null ? null : await entityById(db, client.companyId),
                calls: await findActivities(db, { entityId: id, limit: listed }),
                tasks: await findTasks(db, { entityId: id, limit: listed }),
                notes: await notesOf(db, id, listed),
              }
            );
          }),
        ),
    });

    app.route({
      method: 'PATCH',
      url: '/clients/:id',
      config: admin,
      schema: {
        summary: 'Change a client',
        description: 'Answers with the client as it was before, so that the change can be taken back.',
        tags,
        params: idParameters,
        querystring: z.strictObject({}),
        body: changesSchema,
        response: { 200: z.object({ client: entitySchema, previous: entitySchema }), default: errorSchema },
      },
      handler: async ({ params: { id }, body }) => {
        const { phones, ...rest } = body;
        const changes = { ...rest, ...(phones && { phones: readable(phones) }) };
        const changed = await database.write(async (db) => {
          const previous = await entityById(db, id);
          if (previous === null) return null;
          await changeEntity(db, id, changes, now());
          return { client: await entityById(db, id), previous };
        });
        const { client, previous } = known(changed);
        return { client: known(client), previous };
      },
    });

    app.route({
      method: 'DELETE',
      url: '/clients/:id',
      config: admin,
      schema: {
        summary: 'Remove a client; the calls stay',
        tags,
        params: idParameters,
        querystring: z.strictObject({}),
        response: { 200: z.object({ previous: entitySchema }), default: errorSchema },
      },
      handler: async ({ params: { id } }) => ({
        previous: known(
          await database.write(async (db) => {
            const previous = await entityById(db, id);
            if (previous !== null) await removeEntity(db, id);
            return previous;
          }),
        ),
      }),
    });

    app.route({
      method: 'POST',
      url: '/clients/:id/notes',
      config: admin,
      schema: {
        summary: 'Write something down about a client',
        tags,
        params: idParameters,
        querystring: z.strictObject({}),
        body: z.strictObject({ text: z.string().min(1).max(5000) }),
        response: { 201: z.object({ notes: z.array(noteSchema) }), default: errorSchema },
      },
      handler: async ({ params: { id }, body, tokenEntry }, reply) => {
        const notes = await database.write(async (db) => {
          if ((await entityById(db, id)) === null) return null;
          await addNote(db, { entityId: id, text: body.text, author: tokenEntry?.name ?? '' }, now());
          return notesOf(db, id, listed);
        });
        void reply.status(201);
        return { notes: known(notes) };
      },
    });

    app.route({
      method: 'POST',
      url: '/clients/import',
      config: admin,
      bodyLimit: 16 * 1024 * 1024,
      schema: {
        summary: 'Contacts out of a CSV table or a vCard file',
        description: 'A contact whose number is known already is left out, so the same file may be imported again.',
        tags,
        querystring: z.strictObject({ dryRun: flag('Only say what would be done').optional() }),
        body: z.strictObject({ file: z.string().min(1).describe('The text of the file') }),
        response: {
          200: z.object({
            added: z.int(),
            known: z.int(),
            refused: z.array(z.object({ contact: z.string(), reason: z.string() })).describe('The first 100'),
          }),
          default: errorSchema,
        },
      },
      handler: async ({ body, query }) => {
        try {
          return await importContacts(database, readContacts(body.file), {
            region,
            dryRun: query.dryRun === true,
            nowMs: now(),
          });
        } catch (error) {
          if (error instanceof ImportError) throw new ApiError('invalid_request', `${error.message}. ${error.mend}`);
          throw error;
        }
      },
    });

    app.route({
      method: 'GET',
      url: '/tasks',
      schema: {
        summary: 'Tasks of the built-in CRM, newest first',
        tags,
        querystring: z.strictObject({
          open: flag('Only the open ones, or only the closed ones').optional(),
          responsible: words('Id of an operator').optional(),
          before,
          limit,
        }),
        response: { 200: z.object({ tasks: z.array(taskSchema), next: z.int().nullable() }), default: errorSchema },
      },
      handler: async ({ query }) => {
        const wanted = query.limit ?? 50;
        const filter = {
          limit: wanted + 1,
          ...(query.open !== undefined && { open: query.open }),
          ...(query.responsible !== undefined && { responsible: query.responsible }),
          ...(query.before !== undefined && { before: query.before }),
        };
        const found = await database.read((db) => findTasks(db, filter));
        const tasks = found.slice(0, wanted);
        return { tasks, next: found.length > wanted ? (tasks.at(-1)?.id ?? null) : null };
      },
    });

    app.route({
      method: 'POST',
      url: '/tasks/:id/:change',
      config: admin,
      schema: {
        summary: 'Close a task, or open it again',
        tags,
        params: idParameters.extend({ change: z.enum(['close', 'open']) }),
        querystring: z.strictObject({}),
        response: { 200: z.object({ ok: z.boolean() }), default: errorSchema },
      },
      handler: async ({ params: { id, change }, tokenEntry }) => {
        const by = tokenEntry?.name ?? '';
        const found = await database.write((db) => setTaskOpen(db, id, change === 'open', by, now()));
        if (!found) throw new ApiError('not_found', 'no task has this id');
        return { ok: true };
      },
    });

    /** @throws ApiError when one of them is no number */
    function readable(phones: readonly string[]): string[] {
      return phones.map((phone) => {
        const [number] = numbersOf({ phones: [phone] }, region);
        if (number === undefined)
          throw new ApiError('invalid_request', `phones: ${JSON.stringify(phone)} is no number`);
        return number;
      });
    }
    done();
  };
}

/** Outside a transaction: what is thrown within one is a failure of the database. @throws ApiError `not_found` */
function known<T>(found: T | null): T {
  if (found === null) throw new ApiError('not_found', 'no client has this id');
  return found;
}
