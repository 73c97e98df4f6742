// The API's description, generated from the routes' own schemas. docs/generated/openapi.json is it, and a test compares the two.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** To be called before the routes are registered. */
export function describeApi(app: FastifyInstance, version: string): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Patchcord API',
        description:
          'Every client contact as one call, live and afterwards. Errors are `{"error": {"code", "message", "mend"}}`; the codes are in docs/generated/errors.md. The live feed, a WebSocket at /api/v1/feed, is described at /api/v1/feed-ticket.',
        version,
      },
      servers: [],
      components: {
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'Made with `patchcord token add`' } },
      },
      security: [{ token: [] }],
    },
    transform: jsonSchemaTransform,
    transformObject: (given) => {
      const document = jsonSchemaTransformObject(given);
      if (!('components' in document)) return document;
      // Every schema comes in a form for requests as well; no route takes one.
      const schemas = document.components?.schemas ?? {};
      for (const name of Object.keys(schemas)) if (name.endsWith('Input')) delete schemas[name];
      return document;
    },
  });
}
