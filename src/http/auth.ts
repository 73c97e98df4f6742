// Who may ask: a bearer token with the route's scope, on every route that does not say that it is public.
import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ApiError } from './errors.ts';
import { covers } from './tokens.ts';
import type { Scope, TokenEntry, Tokens } from './tokens.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Taken without a token; everything else needs one. */
    public?: boolean;
    /** The scope that the route needs; `read` when it says nothing. */
    scope?: Scope;
  }
}

/** Wrong tokens of one address within a minute, before it is answered 429. */
export const maxFailures = 10;

/** Counts a wrong token. @returns seconds to wait when the address has had too many, else null. */
export type CountFailure = (request: FastifyRequest) => Promise<number | null>;

/**
 * Needs @fastify/rate-limit registered. Only failures are counted, and a right token is taken whatever the count: nobody guesses 256 bits, and
 * a client with an old token must not lock out everybody behind the same address.
 */
export function failureCounter(app: FastifyInstance): CountFailure {
  const limit = app.createRateLimit({
    max: maxFailures,
    timeWindow: 60_000,
    keyGenerator: (request) => addressKey(request.ip),
  });
  return async (request) => {
    const result = await limit(request);
    return result.isAllowed || !result.isExceeded ? null : Math.max(1, result.ttlInSeconds);
  };
}

/** One IPv6 client owns a /64, so the whole of it counts as one address. */
export function addressKey(ip: string): string {
  // An IPv4 client of a dual-stack socket stands for itself.
  if (isIP(ip) !== 6 || ip.startsWith('::ffff:')) return ip;
  const [head = '', tail] = ip.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}

/**
 * The entry behind a token.
 *
 * @throws ApiError `token_unknown` or `too_many_failures` (the failure has been counted), `scope_missing`.
 */
export async function authenticate(
  tokens: Tokens,
  token: string,
  scope: Scope,
  request: FastifyRequest,
  countFailure: CountFailure,
): Promise<TokenEntry> {
  // Longer than any token is not worth hashing.
  const entry = token.length <= 200 ? tokens.find(token) : null;
  if (!entry) {
    const waitSec = await countFailure(request);
    request.log.warn({ address: request.ip }, 'a wrong token was refused');
    if (waitSec !== null) throw new ApiError('too_many_failures', 'too many wrong tokens from this address', waitSec);
    throw new ApiError('token_unknown', 'the token is not known');
  }
  requireScope(entry, scope);
  return entry;
}

/** @throws ApiError `scope_missing`. */
export function requireScope(entry: TokenEntry, scope: Scope): void {
  if (!covers(entry, scope)) {
    throw new ApiError('scope_missing', `the token "${entry.name}" does not have the scope "${scope}"`);
  }
}

/** Guards every route of `app` that is registered after it. A WebSocket route authenticates by its first message and is public here. */
export function requireTokens(app: FastifyInstance, tokens: Tokens, countFailure: CountFailure): void {
  app.decorateRequest('tokenEntry', null);
  app.addHook('onRequest', async (request) => {
    const config = request.routeOptions.config;
    if (config.public) return;
    const header = request.headers.authorization;
    const token = header === undefined ? null : /^Bearer +(\S+)$/i.exec(header)?.[1];
    if (!token) throw new ApiError('token_missing', 'this route needs the header "Authorization: Bearer <token>"');
    request.tokenEntry = await authenticate(tokens, token, config.scope ?? 'read', request, countFailure);
  });
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The token that the request came with; null on a public route. */
    tokenEntry: TokenEntry | null;
  }
}
