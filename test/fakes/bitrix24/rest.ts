import { authenticate, tokenOf } from './authenticate.ts';
import type { Route } from './authenticate.ts';
import { batchMethods, runBatch } from './batch.ts';
import type { Parsed } from './body.ts';
import { runMethod } from './dispatch.ts';
import { RestError, successBody } from './envelope.ts';
import type { Outcome } from './envelope.ts';
import { tooManyRequests } from './errors.ts';
import { CUT, insteadOf, json, linger, refused, spoil } from './reply.ts';
import type { Reply } from './reply.ts';
import { toText } from './php.ts';
import { upload } from './telephony-record.ts';
import type { UnkindKind } from './unkindness.ts';
import type { World } from './world.ts';

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

async function uploaded(world: World, { params, files }: Parsed): Promise<Reply> {
  // The answer of an upload has no `time`.
  return json(200, { result: upload(world, toText(params['token']), files.get('file')?.content) });
}

async function run(world: World, request: RestRequest, token: string, share: number): Promise<Reply> {
  const { route, parsed } = request;
  try {
    const auth = authenticate(world, route, token);
    if (route.method === 'upload') return await uploaded(world, parsed);
    const outcome: Outcome =
      route.method === 'batch'
        ? await runBatch(world, parsed.params, auth, share)
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
  const { life } = world;
  await linger(hits, 'slow');
  if (world.life !== life) return served(CUT);
  const instead = insteadOf(world, hits, request.target);
  if (instead) return served(instead);
  if (!world.limits.admit(address, world.tick())) return served(refused(world, tooManyRequests()));
  const token = tokenOf(parsed.params, authorization);
  if (struck.includes('revoke')) world.tokens.revokeAccess(token);
  const reply = await run(world, request, token, struck.includes('cut-inside') ? 0.5 : 1);
  await linger(hits, 'slow-answer');
  return served(spoil(hits, reply));
}
