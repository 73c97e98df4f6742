// Calls made by order: place one, see what became of it, and end a call.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AmiError } from '../ami/index.ts';
import { type Order, OrderRefusal, type RefusalCode } from '../pbx/orders/order.ts';
import type { OrderBook } from '../pbx/orders/orders.ts';
import { ApiError, type ErrorCode } from './errors.ts';
import { errorSchema, orderSchema } from './schemas.ts';

interface Given {
  orders: Pick<OrderBook, 'place' | 'byId' | 'callIdOf' | 'hangup'>;
}

const newOrderSchema = z.strictObject({
  extension: z.string().min(1).max(20).describe('Extension of the operator, whose phone rings first'),
  number: z.string().min(1).max(64).describe('Whom to call then, in any form'),
  line: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Our number or trunk by which it goes out, as the settings name it'),
  pbx: z.string().min(1).max(32).optional().describe('With several PBXs: which; else the one that has the extension'),
});

const id = z.object({ id: z.string().min(1).max(200) });
const nothing = z.strictObject({}).nullish();

export function orderRoutes({ orders }: Given): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    const tags = ['calls'];
    const config = { scope: 'control' } as const;
    app.route({
      method: 'POST',
      url: '/calls',
      config,
      schema: {
        summary: 'Call a number for an operator',
        description:
          'The operator’s phone rings first; the number is dialled when it is answered, and never otherwise. Answers as soon as the order is kept: ask /orders/{id} for what became of it. The same order again within some seconds (`pbx[].dial.repeatSec`) is the first one.',
        tags,
        body: newOrderSchema,
        response: { 202: orderSchema, default: errorSchema },
      },
      handler: async (request, reply) => {
        const { extension, number, line = null, pbx = null } = request.body;
        const requestedBy = request.tokenEntry?.name ?? null;
        const kind = 'click_to_call';
        try {
          const wanted = { pbx, crm: null, crmCallId: null, kind, extension, number, line, requestedBy } as const;
          return await reply.code(202).send(view(await orders.place(wanted), null));
        } catch (error) {
          throw explained(error);
        }
      },
    });

    app.route({
      method: 'GET',
      url: '/orders/:id',
      config,
      schema: {
        summary: 'What became of an ordered call',
        tags,
        params: id,
        querystring: z.strictObject({}),
        response: { 200: orderSchema, default: errorSchema },
      },
      handler: async (request) => {
        const order = await orders.byId(request.params.id);
        if (!order) throw new ApiError('order_not_found', 'no order has this id');
        return view(order, await orders.callIdOf(order));
      },
    });

    app.route({
      method: 'POST',
      url: '/calls/:id/hangup',
      config,
      schema: {
        summary: 'End a call for all who are in it',
        tags,
        params: id,
        body: nothing,
        response: { 202: z.object({ callId: z.string() }), default: errorSchema },
      },
      handler: async (request, reply) => {
        const callId = request.params.id;
        let ended: boolean | null;
        try {
          ended = await orders.hangup(callId);
        } catch (error) {
          throw explained(error);
        }
        if (ended === null) throw new ApiError('call_not_found', 'no call has this id');
        if (!ended) throw new ApiError('call_over', 'the call is over');
        return reply.code(202).send({ callId });
      },
    });
    done();
  };
}

function view(order: Order, callId: string | null): z.input<typeof orderSchema> {
  const { id: orderId, pbx, extension, number, line, state, reason, requestedBy, placedAtMs, endedAtMs } = order;
  return {
    id: orderId,
    pbx,
    extension,
    number,
    line,
    state,
    reason,
    requestedBy,
    placedAt: new Date(placedAtMs).toISOString(),
    endedAt: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
    callId,
  };
}

const codes: Record<RefusalCode, ErrorCode> = {
  invalid: 'invalid_request',
  off: 'calls_off',
  'not-allowed': 'destination_refused',
  'too-many': 'too_many_orders',
  repeated: 'too_many_orders',
};

function explained(error: unknown): unknown {
  if (error instanceof OrderRefusal) return new ApiError(codes[error.code], error.message, undefined, error.mend);
  if (error instanceof AmiError) return new ApiError('pbx_unreachable', error.message);
  return error;
}
