// What the HTTP side counts. Labels are bounded: routes as they are declared, never addresses as they were asked for.
import type { FastifyInstance } from 'fastify';
import { Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';

/** Registers the metrics in `registry`, which must not hold them yet, and observes every request of `app`. */
export function measure(
  app: FastifyInstance,
  registry: Registry,
  counts: { waiters: () => number; feed: () => number },
) {
  const requests = new Histogram({
    name: 'patchcord_http_request_seconds',
    help: 'Time from request to answer; the waiting of /events included',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const gauge = (name: string, help: string, count: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(count());
      },
    });
  gauge('patchcord_http_waiting_clients', 'Clients that wait for events by long-poll', counts.waiters);
  gauge('patchcord_http_feed_clients', 'Clients of the WebSocket feed', counts.feed);
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none';
    requests.observe({ method: request.method, route, status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    // The route as declared, without the query: that holds phone numbers.
    request.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    );
    done();
  });
}
