import { authenticate, tokenOf } from './authenticate.ts';
import type { Route } from './authenticate.ts';
import { batchMethods, runBatch } from './batch.ts';
import type { Parsed } from './body.ts';
import { runMethod } from './dispatch.ts';
import { errorBody, RestError, successBody } from './envelope.ts';
import type { Outcome } from './envelope.ts';
import { tooManyRequests } from './errors.ts';
import { toText } from './php.ts';
import { upload } from './telephony-record.ts';
import type { UnkindKind, Unkindness } from './unkindness.ts';
import type { World } from './world.ts';

/** What goes back: nothing (`cut`) or a status with a body. */
export interface Reply {
  cut: boolean;
  status: number;
  headers: Record<string, string>;
  body: string;
}

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8', 'access-control-allow-origin': '*' };
const CUT: Reply = { cut: true, status: 0, headers: {}, body: '' };
const HTML = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1>nginx</body></html>';

const json = (status: number, body: unknown): Reply => ({
  cut: false,
  status,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});

const refused = (world: World, error: RestError): Reply =>
  json(error.status, errorBody(error, world.settings.emptyErrorCodes));

export interface RestRequest {
  route: Route;
  parsed: Parsed;
  authorization: string | undefined;
  address: string;
  /** Path and query as sent, for redirects. */
  target: string;
}

export interface Served {
  reply: Reply;
  /** Batch commands, or the one method. */
  methods: string[];
  struck: UnkindKind[];
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a fault says instead of the portal, before anything happened. */
function insteadOf(world: World, hit: Unkindness, request: RestRequest): Reply | null {
  switch (hit.kind) {
    case 'cut-before':
      return CUT;
    case 'limit':
      return refused(world, tooManyRequests());
    case 'limit-empty':
      return { cut: false, status: 503, headers: {}, body: '' };
    case 'html':
      return { cut: false, status: 502, headers: { 'content-type': 'text/html' }, body: HTML };
    case 'redirect': {
      const moved = hit.location ?? world.baseUrl().replace('127.0.0.1', 'localhost');
      return { cut: false, status: 302, headers: { location: `${moved}${request.target}` }, body: '' };
    }
    default:
      return null;
  }
}

/** What a fault does to the true answer, after the effect. */
function spoil(hits: Unkindness[], reply: Reply): Reply {
  const kinds = hits.map(({ kind }) => kind);
  if (kinds.includes('cut-after')) return CUT;
  if (kinds.includes('truncate')) return { ...reply, status: 200, body: reply.body.slice(0, reply.body.length >> 1) };
  if (kinds.includes('wrong-type')) return { ...reply, headers: { 'content-type': 'text/plain' } };
  return reply;
}

async function uploaded(world: World, { params, files }: Parsed): Promise<Reply> {
  // The answer of an upload has no `time`.
  return json(200, { result: upload(world, toText(params['token']), files.get('file')?.content) });
}

async function run(world: World, request: RestRequest, token: string): Promise<Reply> {
  const { route, parsed } = request;
  try {
    const auth = authenticate(world, route, token);
    if (route.method === 'upload') return await uploaded(world, parsed);
    const outcome: Outcome =
      route.method === 'batch'
        ? await runBatch(world, parsed.params, auth)
        : await runMethod(world, route.method, parsed.params, auth);
    return outcome.ok ? json(200, successBody(outcome)) : refused(world, outcome.error);
  } catch (error) {
    if (error instanceof RestError) return refused(world, error);
    throw error;
  }
}

/** Serves one request under /rest/, with whatever befalls it. */
export async function serveRest(world: World, request: RestRequest): Promise<Served> {
  const { route, parsed, authorization, address } = request;
  const methods = route.method === 'batch' ? batchMethods(parsed.params) : [route.method];
  const hits = world.unkind.strike([...new Set([route.method, ...methods])], (kind) => kind !== 'refuse');
  const struck = hits.map(({ kind }) => kind);
  const served = (reply: Reply): Served => ({ reply, methods, struck });
  for (const hit of hits) if (hit.kind === 'slow') await wait(hit.ms ?? 1000);
  for (const hit of hits) {
    const reply = insteadOf(world, hit, request);
    if (reply) return served(reply);
  }
  if (!world.limits.admit(address, world.tick())) return served(refused(world, tooManyRequests()));
  const token = tokenOf(parsed.params, authorization);
  if (struck.includes('revoke')) world.tokens.revokeAccess(token);
  const reply = await run(world, request, token);
  for (const hit of hits) if (hit.kind === 'slow-answer') await wait(hit.ms ?? 1000);
  return served(spoil(hits, reply));
}
