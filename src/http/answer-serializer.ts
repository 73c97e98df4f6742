// Answers go out through their schema, which drops what the description does not promise.
import type { FastifyBaseLogger, FastifySerializerCompiler } from 'fastify';
import { createSerializerCompiler, ResponseSerializationError } from 'fastify-type-provider-zod';

type ZodSerializerCompiler = ReturnType<typeof createSerializerCompiler>;
type ZodSchema = ZodSerializerCompiler extends FastifySerializerCompiler<infer Schema> ? Schema : never;

/**
 * When an answer does not fit its schema it is sent as it is and the log says so. Refusing it would let one odd call take away the page of history
 * that it is on, and stop every reader of the event feed at its event for good.
 */
export function answerSerializer(logger: FastifyBaseLogger): FastifySerializerCompiler<ZodSchema> {
  const compile = createSerializerCompiler();
  return (route) => {
    const serialize = compile(route);
    return (data) => {
      try {
        return serialize(data);
      } catch (error) {
        if (!(error instanceof ResponseSerializationError)) throw error;
        logger.error({ err: error.cause, route: route.url }, 'an answer does not fit its schema');
        return JSON.stringify(data);
      }
    };
  };
}
