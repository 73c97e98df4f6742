// The CRMs that Patchcord is connected to: how they are, what was asked of them last.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Connections } from '../crm/connections.ts';
import { requestsKept, type RequestLog, type StoredRequest } from '../crm/request-log.ts';
import { deliveryKinds } from '../store/delivery.ts';
import { ApiError } from './errors.ts';
import { flag, wholeNumber } from './parameters.ts';
import { errorSchema } from './schemas.ts';
import { partStatusSchema } from './status.ts';

export interface CrmRoutesGiven {
  connections: Pick<Connections, 'list' | 'check' | 'get'>;
  requests: Pick<RequestLog, 'requests'>;
}

const connectionSchema = z
  .object({
    name: z.string(),
    type: z.string().describe('Which adapter: `crm[].type` of the settings'),
    title: z.string(),
    capabilities: z.object({
      takes: z.array(z.enum(deliveryKinds)).describe('The deliveries that are made for it'),
      clickToCall: z.boolean(),
      users: z.boolean().describe('Its users become operators'),
      lines: z.boolean().describe('It has lines, kept in step with ours'),
    }),
    health: z.array(partStatusSchema).describe('What is known without asking it'),
  })
  .meta({ id: 'Connection' });

const requestSchema = z
  .object({
    id: z.int().positive(),
    at: z.iso.datetime({ precision: 3 }),
    tookMs: z.int().nonnegative(),
    label: z.string().describe('What the adapter calls it, such as the method of the CRM'),
    method: z.string(),
    url: z.string(),
    request: z.string().describe('Headers, an empty line, the body; cut to 4 KiB'),
    status: z.int().nullable().describe('Null when there was no answer'),
    answer: z.string().describe('Cut to 4 KiB'),
    error: z.string().nullable().describe('Why there was no answer'),
    deliveryId: z.int().nullable(),
  })
  .meta({ id: 'CrmRequest', description: 'A request to a CRM with its answer; secrets are hidden' });

export const connectionsSchema = z.object({ connections: z.array(connectionSchema) });
export const requestPageSchema = z.object({
  requests: z.array(requestSchema),
  next: z.int().positive().nullable().describe('Give it as `before` for the following page; null on the last one'),
});
export const authorizationSchema = z.object({
  url: z.string().describe('The page of the CRM to open in a browser: works once, and not for long'),
  returnUrl: z
    .string()
    .nullable()
    .describe('Where the CRM sends the browser back to, as it has to be entered there; null without publicUrl'),
});
export const checkedSchema = z.object({ health: z.array(partStatusSchema) });

const pageMax = 200;
const config = { scope: 'admin' } as const;
const tags = ['crm'];
const byName = z.object({ name: z.string().min(1).max(32) });

export function crmRoutes({ connections, requests }: CrmRoutesGiven): FastifyPluginCallbackZod {
  const known = (name: string): string => {
    if (connections.list().some((one) => one.name === name)) return name;
    throw new ApiError('not_found', `the settings have no connection ${JSON.stringify(name)} in crm`);
  };
  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: '/crm',
      config,
      schema: {
        summary: 'The connections to CRMs, with what each can do and how it is',
        tags,
        querystring: z.strictObject({}),
        response: { 200: connectionsSchema, default: errorSchema },
      },
      handler: () => ({
        connections: connections.list().map(({ capabilities, ...one }) => ({
          ...one,
          capabilities: { ...capabilities, takes: [...capabilities.takes] },
        })),
      }),
    });

    app.route({
      method: 'GET',
      url: '/crm/:name/requests',
      config,
      schema: {
        summary: 'The last requests to a CRM with their answers, newest first',
        description: `The newest ${requestsKept} are kept. Passwords, tokens and other secrets are hidden; numbers and names of clients are not.`,
        tags,
        params: byName,
        querystring: z.strictObject({
          limit: wholeNumber(1, pageMax, 'At most so many; 50 unless told').optional(),
          before: wholeNumber(1, Number.MAX_SAFE_INTEGER, '`next` of the page before').optional(),
          failed: flag('Only those without an answer, or with a status from 400 on').optional(),
        }),
        response: { 200: requestPageSchema, default: errorSchema },
      },
      handler: async (request) => {
        const { limit = 50, before, failed = false } = request.query;
        const found = await requests.requests(known(request.params.name), {
          limit,
          failedOnly: failed,
          ...(before === undefined ? {} : { before }),
        });
        return { requests: found.map(view), next: found.length < limit ? null : (found.at(-1)?.id ?? null) };
      },
    });

    app.route({
      method: 'POST',
      url: '/crm/:name/check',
      config,
      schema: {
        summary: 'Ask the CRM whether everything that is needed is there',
        description: 'Rights, scopes, users, lines; takes up to half a minute.',
        tags,
        params: byName,
        response: { 200: checkedSchema, default: errorSchema },
      },
      handler: async (request) => ({ health: await connections.check(known(request.params.name)) }),
    });

    app.route({
      method: 'POST',
      url: '/crm/:name/authorize',
      config,
      schema: {
        summary: 'Where an administrator of the CRM lets Patchcord in',
        description:
          'Only for connections with an application that signs in (OAuth). Every answer ends the address of the one before.',
        tags,
        params: byName,
        response: { 200: authorizationSchema, default: errorSchema },
      },
      handler: async (request) => {
        const name = known(request.params.name);
        const authorization = (await connections.get(name)?.authorize?.()) ?? null;
        if (authorization !== null) return authorization;
        throw new ApiError(
          'conflict',
          `the connection ${name} is let in by its settings alone; there is nothing to authorise`,
        );
      },
    });
    done();
  };
}

function view({ id, at, tookMs, method, url, request, status, answer, error, deliveryId }: StoredRequest) {
  const [label = ''] = request.split('\n', 1);
  const rest = request.slice(label.length + 1);
  return {
    id,
    at: new Date(at).toISOString(),
    tookMs,
    label,
    method,
    url,
    request: rest,
    status,
    answer,
    error,
    deliveryId,
  };
}
