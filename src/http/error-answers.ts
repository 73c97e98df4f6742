// Turns whatever went wrong into the API's one error form.
import type { FastifyError, FastifyInstance } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { StoreError } from '../store/store-error.ts';
import { ApiError } from './errors.ts';

export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toApiError(error, request.id);
    if (known.code === 'internal') request.log.error({ err: error }, 'a request failed');
    if (known.code === 'store_failed') request.log.warn({ err: error }, 'the database did not answer a request');
    if (known.retryAfterSec !== undefined) void reply.header('retry-after', known.retryAfterSec);
    if (known.status === 401) void reply.header('www-authenticate', 'Bearer');
    return reply
      .code(known.status)
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(known.body());
  });
  app.setNotFoundHandler((_request, reply) => {
    const known = new ApiError('route_not_found', 'there is no such route');
    return reply.code(known.status).send(known.body());
  });
}

function toApiError(error: FastifyError, requestId: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof StoreError) return new ApiError('store_failed', `${error.message} (request ${requestId})`);
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map((fault) => {
      const where = fault.instancePath.replaceAll('/', '.').replace(/^\./, '');
      return where === '' ? fault.message : `${where}: ${fault.message}`;
    });
    return new ApiError('invalid_request', faults.join('; '));
  }
  if (error.statusCode === 413) return new ApiError('body_too_large', 'the body is too large');
  if (error.statusCode === 415) return new ApiError('media_type_unknown', 'the body is not JSON');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new ApiError('invalid_request', error.message);
  }
  return new ApiError('internal', `a fault of Patchcord’s own (request ${requestId})`);
}
