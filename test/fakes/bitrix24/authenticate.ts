import { timingSafeEqual } from 'node:crypto';
import { expiredToken, invalidCredentials, invalidToken, noAuth, unauthorisedUser } from './errors.ts';
import { RestError } from './envelope.ts';
import { toInt, toText } from './php.ts';
import type { PhpMap } from './php.ts';
import type { Auth, World } from './world.ts';

/** A path under /rest/: the method, and the webhook's user and secret when they are there. */
export interface Route {
  method: string;
  webhook: { userId: string; secret: string } | null;
}

/** `/rest/m`, `/rest/m.json`, `/rest/1/secret/m/` and so on; null for any other shape. */
export function routeOf(pathname: string): Route | null {
  const parts = pathname.split('/').filter((part) => part !== '');
  if (parts[0] !== 'rest' || (parts.length !== 2 && parts.length !== 4)) return null;
  const method = decodeURIComponent(parts.at(-1) ?? '')
    .toLowerCase()
    .replace(/\.(?:json|xml)$/, '');
  const [, userId = '', secret = ''] = parts;
  return { method, webhook: parts.length === 4 ? { userId, secret } : null };
}

/** The token in the parameters or the header. */
export function tokenOf(params: PhpMap, authorization: string | undefined): string {
  const header = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  return toText(params['auth']) || toText(params['access_token']) || header || '';
}

const equal = (left: string, right: string): boolean =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right));

function byWebhook(world: World, { userId, secret }: { userId: string; secret: string }): Auth {
  const known = world.settings.webhooks.find((hook) => hook.userId === toInt(userId) && equal(hook.secret, secret));
  if (!known) throw invalidCredentials(world.settings);
  return {
    kind: 'webhook',
    userId: known.userId,
    appId: null,
    scopes: known.scopes,
    id: `webhook ${known.secret}`,
    uploadUrl: `/rest/${known.userId}/${known.secret}/upload/`,
  };
}

function byToken(world: World, token: string): Auth {
  if (token === '') throw noAuth();
  const grant = world.tokens.byAccess(token);
  if (!grant) throw invalidToken();
  if (grant.expiresMs <= world.now()) throw expiredToken();
  const app = world.settings.apps.find(({ clientId }) => clientId === grant.appId);
  if (!app) throw new RestError('APPLICATION_NOT_FOUND', 'Application not found', 401);
  return {
    kind: 'oauth',
    userId: grant.userId,
    appId: grant.appId,
    scopes: app.scopes,
    id: `app ${grant.appId}`,
    uploadUrl: `/rest/upload.json?auth=${token}`,
  };
}

/** As whom the request runs, or the refusal. */
export function authenticate(world: World, route: Route, token: string): Auth {
  const auth = route.webhook ? byWebhook(world, route.webhook) : byToken(world, token);
  if (!world.state.users.get(auth.userId)?.active) throw unauthorisedUser();
  return auth;
}
