// What CRMs send to us, at /crm/<connection>/…: no token of ours, because each adapter knows its CRM by its own signs.
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Connections } from '../crm/connections.ts';
import type { Connection, InboundAnswer } from '../crm/contract.ts';
import { addressKey } from './auth.ts';
import { ApiError } from './errors.ts';

const bodyBytesMax = 1024 * 1024;
/** Of one address within a minute. All of a cloud CRM's events may come from one. */
const requestsMax = 1200;
/** CRMs wait for 10 s and less. */
const answerMs = 10_000;

export function inboundRoutes(connections: Pick<Connections, 'get'>): FastifyPluginCallback {
  return (app, _options, done) => {
    // The bytes as they came: a signature is over them.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, parsed) =>
      parsed(null, body),
    );
    const config = {
      rateLimit: {
        max: requestsMax,
        timeWindow: 60_000,
        keyGenerator: (request: FastifyRequest) => addressKey(request.ip),
        errorResponseBuilder: () => new ApiError('too_many_requests', 'too many requests from this address', 60),
      },
    };
    const handler = async (request: FastifyRequest, reply: FastifyReply) => {
      const { name } = request.params as { name: string };
      const connection = connections.get(name);
      if (!connection?.receive) throw new ApiError('route_not_found', 'nothing is received there');
      return send(await inTime(received(connection, request, name)), reply);
    };
    for (const url of ['/crm/:name', '/crm/:name/*']) {
      app.route({
        method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        url,
        config,
        schema: { hide: true },
        bodyLimit: bodyBytesMax,
        handler,
      });
    }
    done();
  };
}

async function received(connection: Connection, request: FastifyRequest, name: string): Promise<InboundAnswer> {
  const [path = '', query = ''] = request.url.split(/\?(.*)/s);
  const answer = connection.receive?.({
    path: path.slice(`/crm/${name}`.length) || '/',
    method: request.method,
    query: new URLSearchParams(query),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [
        key,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ]),
    ),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  });
  return answer ?? { status: 404 };
}

function send(answer: InboundAnswer, reply: FastifyReply): FastifyReply {
  void reply.code(answer.status).header('cache-control', 'no-store').type('text/plain; charset=utf-8');
  for (const [name, value] of Object.entries(answer.headers ?? {})) {
    void (value === '' ? reply.removeHeader(name) : reply.header(name, value));
  }
  return reply.serializer(String).send(answer.body ?? '');
}

async function inTime(work: Promise<InboundAnswer>): Promise<InboundAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new ApiError('connection_busy', `no answer within ${answerMs / 1000} s`, 5));
    timer = setTimeout(refuse, answerMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
