// What people change at work: operators, groups, schedules, lines, templates, lists and policies, each kind with its own schema; and the tester of numbers.
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Changed } from '../people/change.ts';
import { oneOf, type AnyRecord } from '../people/check.ts';
import { directorySchemas, type DirectoryKind } from '../people/directory.ts';
import { directoryKinds } from '../people/empty.ts';
import { contentSchema, diffLines, readDirectoryFile, toYaml } from '../people/exchange.ts';
import type { DirectoryStore } from '../people/open-directory.ts';
import { DirectoryError } from '../people/problems.ts';
import { numberTrialSchema, tryNumber, type NumberSettings } from '../rules/number-trial.ts';
import { ApiError } from './errors.ts';
import { flag, wholeNumber, words } from './parameters.ts';
import { errorSchema } from './schemas.ts';

export interface DirectoryRoutes {
  directory: DirectoryStore;
  settings: NumberSettings;
  /** Names of the configured connections. */
  connections: readonly string[];
}

/** A directory of thousands of operators. */
const importBytesMax = 8 * 1024 * 1024;
const listed = 500;
const admin = { scope: 'admin' as const };
const nothing = z.strictObject({});
const tags = ['directory'];

/** Names of the kinds in addresses, and of their schemas in the description. */
const paths: Record<DirectoryKind, { path: string; schema: string }> = {
  operators: { path: 'operators', schema: 'Operator' },
  groups: { path: 'groups', schema: 'Group' },
  schedules: { path: 'schedules', schema: 'Schedule' },
  lines: { path: 'lines', schema: 'Line' },
  taskTemplates: { path: 'task-templates', schema: 'TaskTemplate' },
  lists: { path: 'lists', schema: 'ListRule' },
  policies: { path: 'policies', schema: 'Policy' },
};

const changedSchema = z.object({
  changed: z.array(
    z.object({
      kind: z.enum(directoryKinds),
      id: z.string(),
      previous: z.record(z.string(), z.unknown()).nullable().describe('Null: it is new'),
      record: z.record(z.string(), z.unknown()).nullable().describe('Null: it goes'),
    }),
  ),
  diff: z.array(z.string()).describe('The same as lines for people'),
});

export function directoryRoutes(given: DirectoryRoutes): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    for (const kind of directoryKinds) app.register(routesOf(kind, given.directory));
    app.register(exchangeRoutes(given.directory));
    app.register(numberRoutes(given));
    done();
  };
}

function routesOf(kind: DirectoryKind, directory: DirectoryStore): FastifyPluginCallbackZod {
  const { path, schema: schemaName } = paths[kind];
  // The same schema for whichever kind: what differs between them is known when a request is checked, not here.
  const schema = directorySchemas[kind] as unknown as z.ZodObject;
  const record = schema.meta({ id: schemaName });
  const body = schema.partial({ id: true });
  const params = z.object({ id: z.string().min(1).max(64).describe(`Id of the ${oneOf[kind]}`) });
  const records = (): readonly AnyRecord[] => directory.current()[kind];
  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: `/directory/${path}`,
      schema: {
        summary: `Every ${oneOf[kind]}, in order of id`,
        tags,
        querystring: z.strictObject({
          after: words('Those behind this id: `next` of the page before', 64).optional(),
          limit: wholeNumber(1, 1000, `How many; ${listed} unless told`).optional(),
        }),
        response: { 200: z.object({ records: z.array(record), next: z.string().nullable() }), default: errorSchema },
      },
      handler: async ({ query: { after = '', limit = listed } }) => {
        const found = records().filter(({ id }) => id > after);
        const page = found.slice(0, limit);
        return { records: page, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
      },
    });

    app.route({
      method: 'GET',
      url: `/directory/${path}/:id`,
      schema: {
        summary: `One ${oneOf[kind]}`,
        tags,
        params,
        querystring: nothing,
        response: { 200: record, default: errorSchema },
      },
      handler: async ({ params: { id } }) => {
        const found = records().find((one) => one.id === id);
        if (!found) throw new ApiError('not_found', `there is no ${oneOf[kind]} "${id}"`);
        return found;
      },
    });

    app.route({
      method: 'PUT',
      url: `/directory/${path}/:id`,
      config: admin,
      // The directory's own check says more than the schema's: it names the record.
      attachValidation: true,
      schema: {
        summary: `Make or replace a ${oneOf[kind]}`,
        description: 'A field that is not given gets its default. `previous` is what was there: put it back to undo.',
        tags,
        params,
        querystring: nothing,
        body,
        response: { 200: z.object({ record, previous: record.nullable() }), default: errorSchema },
      },
      handler: async (request) => {
        refuseOthers(request);
        const { id } = request.params;
        return told(async () => directory.put(kind, recordOf(request.body, id)));
      },
    });

    app.route({
      method: 'DELETE',
      url: `/directory/${path}/:id`,
      config: admin,
      schema: {
        summary: `Remove a ${oneOf[kind]}`,
        description: 'Refused while another record names it. `previous` is what was there.',
        tags,
        params,
        querystring: nothing,
        response: { 200: z.object({ previous: record }), default: errorSchema },
      },
      handler: async ({ params: { id } }) => told(async () => ({ previous: await directory.remove(kind, id) })),
    });
    done();
  };
}

function exchangeRoutes(directory: DirectoryStore): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    // Only where it is wanted: whoever may only read must not have megabytes of YAML read for him.
    for (const type of ['application/yaml', 'text/yaml', 'application/x-yaml']) {
      app.addContentTypeParser(type, { parseAs: 'string', bodyLimit: importBytesMax }, (_request, body, parsed) => {
        try {
          parsed(null, readDirectoryFile(body as string).content);
        } catch (error) {
          parsed(new ApiError('invalid_request', error instanceof RangeError ? error.message : 'the body is no YAML'));
        }
      });
    }

    app.route({
      method: 'GET',
      url: '/directory/export',
      schema: {
        summary: 'The whole directory, without what is by default',
        description: 'As JSON, or as YAML with `format=yaml`: what /directory/import and `patchcord import` take.',
        tags,
        querystring: z.strictObject({ format: z.enum(['json', 'yaml']).optional() }),
        response: { 200: contentSchema, default: errorSchema },
      },
      handler: async ({ query: { format } }, reply) => {
        const content = directory.exportAll();
        const isYaml = format === 'yaml';
        // As it is: the schema would fill in the defaults again.
        return reply
          .type(isYaml ? 'application/yaml; charset=utf-8' : 'application/json; charset=utf-8')
          .serializer((text: string) => text)
          .send((isYaml ? toYaml(content) : JSON.stringify(content)) as never);
      },
    });

    app.route({
      method: 'POST',
      url: '/directory/import',
      config: admin,
      bodyLimit: importBytesMax,
      attachValidation: true,
      schema: {
        summary: 'Add and replace records, all of them or none',
        description: 'Takes JSON or YAML (`Content-Type: application/yaml`), up to 8 MiB.',
        tags,
        consumes: ['application/json', 'application/yaml'],
        querystring: z.strictObject({
          dryRun: flag('Only say what would change').optional(),
          prune: flag('Remove the records of the given kinds that are not given').optional(),
        }),
        body: contentSchema,
        response: { 200: changedSchema, default: errorSchema },
      },
      handler: async (request) => {
        refuseOthers(request);
        const { dryRun = false, prune = false } = request.query;
        const changed = await told(async () => directory.importAll(request.body, { dryRun, prune }));
        return { changed: changed.map(whole), diff: diffLines(changed) };
      },
    });
    done();
  };
}

function numberRoutes({ directory, settings, connections }: DirectoryRoutes): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: 'POST',
      url: '/numbers/test',
      schema: {
        summary: 'What would happen with a number: rewriting both ways with every step, whose it is, lists',
        tags,
        querystring: nothing,
        body: z.strictObject({ number: z.string().min(1).max(100) }),
        response: { 200: numberTrialSchema, default: errorSchema },
      },
      handler: async ({ body: { number } }) => tryNumber(number, directory.current(), settings, connections),
    });
    done();
  };
}

function whole({ kind, id, previous, record }: Changed): z.input<typeof changedSchema>['changed'][number] {
  return { kind, id, previous, record };
}

/** Faults of anything but the body, which the directory checks itself. */
function refuseOthers(request: FastifyRequest): void {
  const fault = request.validationError;
  if (fault && fault.validationContext !== 'body') throw fault;
}

function recordOf(body: unknown, id: string): AnyRecord {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ApiError('invalid_request', 'the body must be the record as a JSON object');
  }
  const record = { ...body, id };
  if ('id' in body && body.id !== id)
    throw new ApiError('invalid_request', 'id: is not the one in the address, and cannot change');
  return record;
}

async function told<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    const code = { invalid: 'invalid_request', 'in-use': 'in_use', 'not-found': 'not_found' } as const;
    throw new ApiError(code[error.code], error.message);
  }
}
