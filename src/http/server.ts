// The HTTP side put together: everything it needs is given, nothing is global.
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import statics from '@fastify/static';
import websocket from '@fastify/websocket';
import Fastify, { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import type { MediaFiles } from '../recordings/media.ts';
import type { OrderBook } from '../pbx/orders/orders.ts';
import type { Connections } from '../crm/connections.ts';
import type { Marks } from '../store/marks.ts';
import type { Store } from '../store/store.ts';
import { failureCounter, requireTokens } from './auth.ts';
import { answerErrors } from './error-answers.ts';
import { answerSerializer } from './answer-serializer.ts';
import { Feed, maxMessageBytes } from './feed.ts';
import type { Live } from './feed.ts';
import { measure } from './http-metrics.ts';
import { inboundRoutes } from './inbound.ts';
import { describeApi } from './openapi.ts';
import { callRoutes } from './routes-calls.ts';
import { directoryRoutes, type DirectoryRoutes } from './routes-directory.ts';
import { clientRoutes } from './routes-clients.ts';
import { deliveryRoutes } from './routes-deliveries.ts';
import { crmRoutes, type CrmRoutesGiven } from './routes-crm.ts';
import { eventRoutes } from './routes-events.ts';
import { markRoutes } from './routes-marks.ts';
import { mediaRoutes, recordingRoutes } from './routes-media.ts';
import { orderRoutes } from './routes-orders.ts';
import { statusRoutes } from './routes-status.ts';
import type { About } from './schemas.ts';
import { statusReader } from './status.ts';
import type { PartStatus } from './status.ts';
import { Tail } from './tail.ts';
import { Tickets } from './tickets.ts';
import type { Tokens } from './tokens.ts';
import { Waiters } from './waiters.ts';

export interface HttpOptions {
  store: Pick<Store, 'call' | 'calls' | 'cdr' | 'database' | 'events' | 'lastSeq' | 'onEvents'>;
  live: Live;
  orders: Pick<OrderBook, 'place' | 'byId' | 'callIdOf' | 'hangup'>;
  /** How each part is; asked at most once a second. */
  status: () => Promise<PartStatus[]>;
  /** Gets the HTTP side's own metrics too; a registry serves one server. */
  metrics: Registry;
  tokens: Tokens;
  media: MediaFiles;
  marks: Marks;
  directory: DirectoryRoutes;
  /** Country whose numbers come without a country code. */
  region: string;
  /** The connections to CRMs; without it nothing of them is served. */
  crm?: CrmRoutesGiven & { connections: Pick<Connections, 'get'> };
  logger: FastifyBaseLogger;
  about: About;
}

const pageFolder = fileURLToPath(new URL('page', import.meta.url));

// 'self' covers the WebSocket of the same origin. Trusted Types make the browser itself refuse text as HTML.
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    // A recording that the page has fetched: the token goes in a header, which a player's own address could not carry.
    mediaSrc: ['blob:'],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    requireTrustedTypesFor: ["'script'"],
    trustedTypes: ["'none'"],
  },
};

/**
 * The server, ready for `listen()`. `close()` lets every waiting client go first.
 *
 * Registration waits for `ready()` or `listen()`, which reject when the store cannot tell its last event.
 */
export function createHttp(options: HttpOptions): FastifyInstance {
  const { store, live, metrics, tokens, media, logger, about } = options;
  const app: FastifyInstance = Fastify({
    loggerInstance: logger,
    // Fastify's own lines hold the whole address, and with it the phone numbers asked for; http-metrics.ts writes ours.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    // A call's id may be longer than the 100 characters that the router takes by itself.
    routerOptions: { maxParamLength: 250 },
    exposeHeadRoutes: false,
    // An idle keep-alive connection must not hold up the end.
    forceCloseConnections: 'idle',
    // Those that it comes with would take several megabytes, and ours take their place at once.
    schemaController: { compilersFactory: { buildValidator: notOurs, buildSerializer: notOurs } },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(answerSerializer(logger));
  answerErrors(app);

  const now = Date.now;
  const tail = new Tail(store, logger);
  const waiters = new Waiters(tail);
  const tickets = new Tickets();
  const status = statusReader(options.status, now);
  app.addHook('onReady', () => tail.start());

  // Before the WebSocket plugin's own hook, which would close its clients without a reason.
  const goodbyes: (() => void)[] = [() => tail.stop(), () => waiters.releaseAll()];
  let stopping = false;
  app.addHook('preClose', (done) => {
    stopping = true;
    for (const goodbye of goodbyes) goodbye();
    done();
  });

  app.register(helmet, {
    contentSecurityPolicy,
    // Whether the outside speaks TLS is known to the proxy in front, not here.
    strictTransportSecurity: false,
    // Browsers complain about it on plain http, where it does nothing.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
  });
  app.register(rateLimit, { global: false });
  app.register(websocket, { options: { maxPayload: maxMessageBytes } });
  describeApi(app, about.version);

  app.register(
    (api, _options, done) => {
      const countFailure = failureCounter(api);
      const feed = new Feed({ tail, live, tokens, tickets, countFailure, now });
      measure(api, metrics, { waiters: () => waiters.count, feed: () => feed.count });
      requireTokens(api, tokens, countFailure);
      goodbyes.push(() => feed.stop());
      api.addHook('onSend', async (_request, reply) => {
        void reply.header('cache-control', 'no-store');
        // Kept alive, the connection of a client that was let go would hold up the end.
        if (stopping) void reply.header('connection', 'close');
      });
      api.register(callRoutes({ store, live, tail }));
      api.register(orderRoutes({ orders: options.orders }));
      api.register(markRoutes(options));
      api.register(recordingRoutes(media));
      api.register(deliveryRoutes({ database: store.database, now }));
      api.register(clientRoutes({ database: store.database, region: options.region, now }));
      api.register(eventRoutes({ store, tail, waiters, feed, tickets, now }));
      api.register(directoryRoutes(options.directory));
      if (options.crm) api.register(crmRoutes(options.crm));
      api.register(statusRoutes({ status, metrics, about }));
      api.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
      done();
    },
    { prefix: '/api/v1' },
  );
  app.register(mediaRoutes(media));
  if (options.crm) app.register(inboundRoutes(options.crm.connections));
  app.register(statics, { root: pageFolder, cacheControl: false, allowedPath: (path) => !path.endsWith('.ts') });
  return app;
}

function notOurs(): never {
  throw new Error('a schema was to be compiled before our compilers were there');
}
