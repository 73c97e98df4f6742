// The client's mark of a call.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Marks } from '../store/marks.ts';
import { ApiError } from './errors.ts';
import { errorSchema } from './schemas.ts';

const params = z.object({ id: z.string().min(1).max(200) });
const mark = z.int().min(1).max(5);
const markSchema = z.object({
  callId: z.string().describe('Of the surviving call, when the one asked for was joined to another'),
  mark: mark.nullable().describe('Null: none was given'),
});

export function markRoutes({ marks }: { marks: Marks }): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: '/calls/:id/mark',
      schema: {
        summary: 'The client’s mark of a call',
        tags: ['calls'],
        params,
        querystring: z.strictObject({}),
        response: { 200: markSchema, default: errorSchema },
      },
      handler: async (request) => found(await marks.of(request.params.id)),
    });

    app.route({
      method: 'PUT',
      url: '/calls/:id/mark',
      config: { scope: 'control' },
      schema: {
        summary: 'Give a call the client’s mark',
        description: 'At any time, also while the call goes on; the last one holds. The CRMs are told of it.',
        tags: ['calls'],
        params,
        querystring: z.strictObject({}),
        body: z.strictObject({ mark: mark.describe('1: not content at all, 5: very content') }),
        response: {
          200: z.object({
            callId: markSchema.shape.callId,
            mark,
            previous: mark.nullable().describe('Null: there was none'),
          }),
          default: errorSchema,
        },
      },
      handler: async (request) => found(await marks.give(request.params.id, request.body.mark)),
    });
    done();
  };
}

function found<T>(answer: T | null): T {
  if (answer === null) throw new ApiError('call_not_found', 'no call has this id');
  return answer;
}
