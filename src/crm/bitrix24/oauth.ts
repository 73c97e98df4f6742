// The authorisation server: codes and refresh tokens for pairs of tokens.
import type { Http } from '../http.ts';
import { errorOf, fromHttp } from './errors.ts';
import { toQuery } from './php-query.ts';
import { cloudOf } from './portal-address.ts';
import { asObject, toldOf } from './portal-answer.ts';
import { PortalError } from './portal.ts';

/** What an application has to be let in with. */
export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Unix ms by our clock. */
  expiresAtMs: number;
  /** The portal's id, and that of the user as whom we act; "" when not told. */
  memberId: string;
  userId: string;
  /** The REST of the authorisation server; "" when not told. */
  serverEndpoint: string;
  /** By which events of the portal are known; null when not told yet. */
  applicationToken: string | null;
}

const defaultServer = 'https://oauth.bitrix.info';
/** The vendor's servers: where else a portal or an event points, the client's secret does not go. */
const knownServers: readonly string[] = [defaultServer, 'https://oauth.bitrix24.tech'];

/** Addresses that are asked besides those which the settings name (contract.ts, `Adapter.servers`). */
export function serversOf(settings: { portal?: string | undefined; webhook?: string | undefined }): string[] {
  const cloud = cloudOf(settings.webhook ?? settings.portal ?? defaultServer);
  return [...(settings.webhook === undefined ? knownServers : []), ...(cloud === null ? [] : [cloud])];
}

/**
 * Where tokens are renewed, without a slash at the end. What the portal named counts only if it is one of the vendor's servers.
 * @param setting overrules all
 * @param endpoint such as `https://oauth.bitrix24.tech/rest/`; "" when not known
 */
export function authServerOf(setting: string | undefined, endpoint: string): string {
  if (setting !== undefined) return setting.replace(/\/+$/, '');
  const address = /^[a-z]+:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  if (!URL.canParse(address)) return defaultServer;
  const { origin } = new URL(address);
  return knownServers.includes(origin) ? origin : defaultServer;
}

export interface AuthServer {
  /** `https://oauth.bitrix.info` */
  url: string;
  clientId: string;
  clientSecret: string;
}

/**
 * Asks for a pair of tokens.
 * @returns what the server told; member, user and endpoint are "" where it did not
 * @throws PortalError `auth` when it refuses, `down` when it cannot be reached or does not answer properly (an uncertain renewal is simply tried
 * again: if the old refresh token was used up by it, the next try says so)
 */
export async function askForTokens(
  http: Http,
  server: AuthServer,
  grant: { code: string } | { refreshToken: string },
  now: () => number,
): Promise<Omit<Tokens, 'applicationToken'>> {
  const what =
    'code' in grant
      ? { grant_type: 'authorization_code', code: grant.code }
      : { grant_type: 'refresh_token', refresh_token: grant.refreshToken };
  const askedAtMs = now();
  let answer;
  try {
    answer = await http.send({
      method: 'POST',
      url: `${server.url}/oauth/token/`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: toQuery({ ...what, client_id: server.clientId, client_secret: server.clientSecret }),
      label: `oauth/token ${what.grant_type}`,
    });
  } catch (error) {
    const { message, mend } = fromHttp(error);
    throw away(server, message, mend, error);
  }
  const body = asObject(parse(answer.text));
  if (body !== null && 'error' in body) {
    const error = errorOf(toldOf(body, answer.status), 'oauth/token', 'application');
    if (error.kind !== 'auth' && answer.status >= 500) throw away(server, error.message, null, error);
    throw error.kind === 'auth' ? error : new PortalError('auth', error.code, error.description, { mend: error.mend });
  }
  const tokens = body && tokensOf(body, askedAtMs);
  if (!tokens) throw away(server, `it answered ${answer.status} without tokens`, null, undefined);
  return tokens;
}

/** Tokens as the server, or the installation of the application, tells them; null when they are not there. */
export function tokensOf(body: Record<string, unknown>, nowMs: number): Omit<Tokens, 'applicationToken'> | null {
  const text = (key: string) => {
    const value = body[key];
    return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 2_000) : '';
  };
  const [accessToken, refreshToken] = [text('access_token'), text('refresh_token')];
  if (accessToken === '' || refreshToken === '') return null;
  // Not `expires`, which is by the server's clock.
  const lifeSec = Number(text('expires_in')) || 3_600;
  return {
    accessToken,
    refreshToken,
    expiresAtMs: nowMs + lifeSec * 1_000,
    memberId: text('member_id'),
    userId: text('user_id'),
    serverEndpoint: text('server_endpoint'),
  };
}

function away(server: AuthServer, why: string, mend: string | null, cause: unknown): PortalError {
  const host = new URL(server.url).host;
  return new PortalError(
    'down',
    'NO_AUTH_SERVER',
    `The authorisation server ${host} does not renew our token: ${why}`,
    {
      mend:
        mend ??
        `Let this machine reach ${host} (or set authServer); in a closed network connect the portal by an incoming webhook`,
      cause,
    },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
