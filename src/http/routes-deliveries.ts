// What waits for the CRMs, what was delivered, and what a person decides about it.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { drop, resend, resendRejected } from '../outbox/amend.ts';
import { deliveryById, listDeliveries } from '../outbox/list.ts';
import { type Delivery, deliveryKinds, deliveryStates } from '../store/delivery.ts';
import type { Dialect } from '../store/dialect.ts';
import { ApiError } from './errors.ts';
import { wholeNumber, words } from './parameters.ts';
import { errorSchema } from './schemas.ts';

const time = z.iso.datetime({ precision: 3 });

const deliverySchema = z
  .object({
    id: z.int().positive(),
    crm: z.string().describe('Name of the connection'),
    kind: z.enum(deliveryKinds),
    callId: z.string(),
    state: z.enum(deliveryStates),
    live: z.boolean(),
    attempts: z.int().nonnegative(),
    createdAt: time,
    dueAt: time.describe('Not before'),
    endedAt: time.nullable(),
    note: z.string().nullable().describe('What came of it, or what the last attempt said'),
    mend: z.string().nullable().describe('What to do about it'),
  })
  .meta({ id: 'Delivery', description: 'One piece of work for one CRM' });

const idParameters = z.object({ id: wholeNumber(1, Number.MAX_SAFE_INTEGER, 'Id of the delivery') });
const nothing = z.strictObject({});

export function deliveryRoutes({
  database,
  now,
}: {
  database: Dialect;
  /** Unix ms. */
  now: () => number;
}): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    const tags = ['deliveries'];
    const config = { scope: 'admin' as const };

    app.route({
      method: 'GET',
      url: '/deliveries',
      schema: {
        summary: 'Deliveries to the CRMs, newest first',
        tags,
        querystring: z.strictObject({
          crm: words('Name of the connection').optional(),
          state: z.enum(deliveryStates).optional(),
          kind: z.enum(deliveryKinds).optional(),
          call: words('Id of a call', 200).optional(),
          before: wholeNumber(1, Number.MAX_SAFE_INTEGER, '`next` of the page before').optional(),
          limit: wholeNumber(1, 1000, 'How many; 100 unless told').optional(),
        }),
        response: {
          200: z.object({
            deliveries: z.array(deliverySchema),
            next: z.int().nullable().describe('Give it as `before` for the following page; null on the last one'),
          }),
          default: errorSchema,
        },
      },
      handler: async ({ query: { crm, state, kind, call, before, limit = 100 } }) => {
        const filter = {
          ...(crm && { crm }),
          ...(state && { state }),
          ...(kind && { kind }),
          ...(call && { callId: call }),
        };
        const page = await listDeliveries(database, filter, { limit, ...(before !== undefined && { before }) });
        return { deliveries: page.deliveries.map(view), next: page.next };
      },
    });

    app.route({
      method: 'POST',
      url: '/deliveries/:id/resend',
      config,
      schema: {
        summary: 'Send a rejected delivery again, or a waiting one at once',
        tags,
        params: idParameters,
        querystring: nothing,
        response: { 200: deliverySchema, default: errorSchema },
      },
      handler: async ({ params: { id } }) => {
        const before = await known(id);
        if (await resend(database, id, now())) return view(await known(id));
        throw new ApiError(
          'conflict',
          `the delivery is ${before.state}: only what waits or was rejected is sent again`,
        );
      },
    });

    app.route({
      method: 'POST',
      url: '/deliveries/:id/drop',
      config,
      schema: {
        summary: 'Give a waiting or rejected delivery up',
        tags,
        params: idParameters,
        querystring: nothing,
        response: { 200: deliverySchema, default: errorSchema },
      },
      handler: async ({ params: { id }, tokenEntry }) => {
        const before = await known(id);
        if (await drop(database, id, tokenEntry?.name ?? 'somebody', now())) return view(await known(id));
        throw new ApiError(
          'conflict',
          `the delivery is ${before.state}: only what waits or was rejected can be given up`,
        );
      },
    });

    app.route({
      method: 'POST',
      url: '/deliveries/resend',
      config,
      schema: {
        summary: 'Send every rejected delivery of a connection again',
        tags,
        querystring: nothing,
        body: z.strictObject({ crm: z.string().min(1).max(64) }),
        response: { 200: z.object({ count: z.int().nonnegative() }), default: errorSchema },
      },
      handler: async ({ body }) => ({ count: await resendRejected(database, body.crm, now()) }),
    });

    async function known(id: number): Promise<Delivery> {
      const delivery = await deliveryById(database, id);
      if (!delivery) throw new ApiError('not_found', 'no delivery has this id');
      return delivery;
    }
    done();
  };
}

function view(delivery: Delivery): z.infer<typeof deliverySchema> {
  const { id, crm, kind, callId, state, live, attempts, note, mend } = delivery;
  const iso = (atMs: number): string => new Date(atMs).toISOString();
  return {
    id,
    crm,
    kind,
    callId,
    state,
    live,
    attempts,
    createdAt: iso(delivery.createdAtMs),
    dueAt: iso(delivery.dueAtMs),
    endedAt: delivery.endedAtMs === null ? null : iso(delivery.endedAtMs),
    note,
    mend,
  };
}
