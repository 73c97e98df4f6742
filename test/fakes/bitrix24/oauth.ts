import { toInt, toText } from './php.ts';
import type { PhpMap } from './php.ts';
import { insteadOf, json, linger, spoil } from './reply.ts';
import type { Reply } from './reply.ts';
import type { AppSettings } from './settings.ts';
import type { Grant } from './oauth-store.ts';
import type { UnkindKind } from './unkindness.ts';
import type { World } from './world.ts';

const failure = (error: string, text: string): Reply => json(400, { error, error_description: text });

/** The page where an administrator agrees. This one agrees at once, as user `user_id` or the first administrator. */
function authorize(world: World, params: PhpMap): Reply {
  const app = world.settings.apps.find(({ clientId }) => clientId === toText(params['client_id']));
  if (!app) return failure('invalid_client', 'Application not found');
  const users = [...world.state.users.values()];
  const userId = toInt(params['user_id']) || (users.find(({ admin }) => admin)?.id ?? 1);
  const { settings, tokens } = world;
  const target = new URL(app.handlerUrl);
  const answer = {
    code: tokens.code(app.clientId, userId, world.now(), settings.codeSeconds),
    state: toText(params['state']),
    domain: settings.domain ?? new URL(world.baseUrl()).host,
    member_id: settings.memberId,
    scope: app.scopes.join(','),
    server_domain: new URL(world.baseUrl()).host,
  };
  for (const [key, value] of Object.entries(answer)) target.searchParams.set(key, value);
  return { fate: 'sent', status: 302, headers: { location: target.href }, body: '' };
}

function granted(world: World, app: AppSettings, grant: Grant): Reply {
  const base = world.baseUrl();
  return json(200, {
    access_token: grant.accessToken,
    expires: Math.floor(grant.expiresMs / 1000),
    expires_in: world.settings.accessTokenSeconds,
    scope: app.scopes.join(','),
    domain: new URL(base).host,
    server_endpoint: `${base}/rest/`,
    status: 'L',
    client_endpoint: `${base}/rest/`,
    member_id: world.settings.memberId,
    user_id: grant.userId,
    refresh_token: grant.refreshToken,
  });
}

/** The token endpoint: a code or a refresh token for a pair; each works once. */
function token(world: World, params: PhpMap): Reply {
  const app = world.settings.apps.find(({ clientId }) => clientId === toText(params['client_id']));
  if (!app || app.clientSecret !== toText(params['client_secret']))
    return failure('invalid_client', 'Client credentials are invalid');
  const { accessTokenSeconds } = world.settings;
  const now = world.now();
  switch (toText(params['grant_type'])) {
    case 'authorization_code': {
      const found = world.tokens.redeem(toText(params['code']), app.clientId, now);
      if (!found) return failure('invalid_grant', 'Authorization code is invalid or has expired');
      const of = { appId: app.clientId, userId: found.userId, scopes: app.scopes };
      return granted(world, app, world.tokens.issue(of, now, accessTokenSeconds));
    }
    case 'refresh_token': {
      const grant = world.tokens.refresh(toText(params['refresh_token']), app.clientId, now, accessTokenSeconds);
      if (!grant) return failure('invalid_grant', 'Refresh token is invalid or has expired');
      return granted(world, app, grant);
    }
    default:
      return failure('invalid_request', 'Unsupported grant type');
  }
}

export interface OAuthServed {
  reply: Reply;
  /** `oauth.token` or `oauth.authorize`, as the switchboard and the log name them. */
  method: string;
  struck: UnkindKind[];
}

/** Serves one request under /oauth/, with whatever befalls it. The rates of the portal do not count here. */
export async function serveOAuth(world: World, pathname: string, target: string, params: PhpMap): Promise<OAuthServed> {
  const method = pathname.replace(/\/$/, '') === '/oauth/token' ? 'oauth.token' : 'oauth.authorize';
  const hits = world.unkind.strike([method], (kind) => kind !== 'refuse' && kind !== 'revoke');
  const struck = hits.map(({ kind }) => kind);
  await linger(hits, 'slow');
  const instead = insteadOf(world, hits, target);
  if (instead) return { reply: instead, method, struck };
  const reply = method === 'oauth.token' ? token(world, params) : authorize(world, params);
  await linger(hits, 'slow-answer');
  return { reply: spoil(hits, reply), method, struck };
}
