// Calls: history, those in progress, one; and the CDR copies.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { StoreError } from '../store/store-error.ts';
import type { Store } from '../store/store.ts';
import { callSchema } from '../calls/call.ts';
import { callQuerySchema, maxPage, toFilter } from './call-query.ts';
import { ApiError } from './errors.ts';
import type { Live } from './feed.ts';
import { wholeNumber } from './parameters.ts';
import { callPageSchema, cdrPageSchema, errorSchema, liveCallsSchema } from './schemas.ts';
import type { Tail } from './tail.ts';

interface Given {
  store: Pick<Store, 'call' | 'calls' | 'cdr'>;
  live: Live;
  tail: Tail;
}

export function callRoutes({ store, live, tail }: Given): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: '/calls',
      schema: {
        summary: 'History of calls, newest first',
        tags: ['calls'],
        querystring: callQuerySchema,
        response: { 200: callPageSchema, default: errorSchema },
      },
      handler: async (request) => {
        const { filter, page } = toFilter(request.query);
        try {
          return await store.calls(filter, page);
        } catch (error) {
          // The store knows its own cursors; with a good one `failed` would be a bug, and its log line tells.
          if (page.before !== undefined && error instanceof StoreError && error.code === 'failed') {
            request.log.warn({ err: error }, 'a page was asked for that the store could not give');
            throw new ApiError('invalid_request', 'before: is not the "next" of an earlier page');
          }
          throw error;
        }
      },
    });

    app.route({
      method: 'GET',
      url: '/calls/live',
      schema: {
        summary: 'Calls in progress',
        tags: ['calls'],
        querystring: z.strictObject({}),
        response: { 200: liveCallsSchema, default: errorSchema },
      },
      handler: async () => {
        // Before the calls are read: an event between the two is then told once more and not missed.
        const { seq } = tail;
        return { seq, calls: await live.openCalls() };
      },
    });

    app.route({
      method: 'GET',
      url: '/calls/:id',
      schema: {
        summary: 'One call',
        description: 'The id of a call that was joined to another answers with the surviving one, whose `id` differs.',
        tags: ['calls'],
        params: z.object({ id: z.string().min(1).max(200) }),
        querystring: z.strictObject({}),
        response: { 200: callSchema, default: errorSchema },
      },
      handler: async (request) => {
        const call = await store.call(request.params.id);
        if (!call) throw new ApiError('call_not_found', 'no call has this id');
        return call;
      },
    });

    app.route({
      method: 'GET',
      url: '/cdr',
      schema: {
        summary: 'Exact copies of CDR rows by cursor',
        description:
          'Ask with `after` = `next` of the last answer. A row whose columns changed in the PBX keeps its id.',
        tags: ['cdr'],
        querystring: z.strictObject({
          after: wholeNumber(
            0,
            Number.MAX_SAFE_INTEGER,
            'Rows after this id; 0 (from the first) unless told',
          ).optional(),
          limit: wholeNumber(1, 1000, 'Rows in an answer; 200 unless told').optional(),
        }),
        response: { 200: cdrPageSchema, default: errorSchema },
      },
      handler: async (request) => {
        const { after = 0, limit = maxPage } = request.query;
        const rows = await store.cdr(after, limit);
        // Rows are never removed one by one: when the one at the cursor is not there, the cursor is of another database.
        if (rows.length === 0 && after > 0 && (await store.cdr(after - 1, 1)).length === 0) {
          throw new ApiError('cursor_ahead', `after: no CDR row has the id ${after} yet; 0 begins anew`);
        }
        return { rows, next: rows.at(-1)?.id ?? after };
      },
    });
    done();
  };
}
