// How Patchcord is: for a person, for a load balancer, for Prometheus.
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import { aboutAnswerSchema, errorSchema, healthSchema, statusSchema } from './schemas.ts';
import type { About } from './schemas.ts';
import type { Status } from './status.ts';

interface Given {
  status: () => Promise<Status>;
  metrics: Registry;
  about: About;
}

export function statusRoutes({ status, metrics, about }: Given): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: '/health',
      config: { public: true },
      schema: {
        summary: 'Whether Patchcord works; needs no token and tells nothing else',
        description: 'Not ok when a part of /status is at `error`.',
        tags: ['status'],
        security: [],
        response: { 200: healthSchema, 503: healthSchema },
      },
      handler: async (_request, reply) => {
        const ok = (await status()).level !== 'error';
        return reply.code(ok ? 200 : 503).send({ ok });
      },
    });

    app.route({
      method: 'GET',
      url: '/status',
      schema: {
        summary: 'Each part: ok, warning or error, with the mend',
        tags: ['status'],
        querystring: z.strictObject({}),
        response: { 200: statusSchema, default: errorSchema },
      },
      handler: () => status(),
    });

    app.route({
      method: 'GET',
      url: '/about',
      schema: {
        summary: 'Version, PBXs, whether this is the demo, and what the token may do',
        tags: ['status'],
        querystring: z.strictObject({}),
        response: { 200: aboutAnswerSchema, default: errorSchema },
      },
      handler: ({ tokenEntry }) => ({ ...about, scopes: tokenEntry?.scopes ?? [] }),
    });

    app.route({
      method: 'GET',
      url: '/metrics',
      schema: {
        summary: 'Prometheus metrics',
        tags: ['status'],
        response: { 200: { content: { 'text/plain': { schema: z.string() } } }, default: errorSchema },
      },
      handler: async (_request, reply) => {
        const text = await metrics.metrics();
        // Ready text: the serializer would make JSON of it.
        return reply.type(metrics.contentType).serializer(String).send(text);
      },
    });
    done();
  };
}
