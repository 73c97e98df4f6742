import { createHash } from 'node:crypto';

/** What a server asks in WWW-Authenticate. */
export interface Challenge {
  realm: string;
  nonce: string;
  opaque: string | null;
  /** `auth` when the server offers it, else null (the older form without a counter) */
  qop: 'auth' | null;
}

/** Reads the value of a WWW-Authenticate or Proxy-Authenticate header. */
export function parseChallenge(value: string): Challenge {
  const part = (name: string): string | null => new RegExp(`\\b${name}="?([^",]*)"?`, 'i').exec(value)?.[1] ?? null;
  const offered = /\bqop="([^"]*)"/i.exec(value)?.[1] ?? '';
  return {
    realm: part('realm') ?? '',
    nonce: part('nonce') ?? '',
    opaque: part('opaque'),
    qop: offered.split(/\s*,\s*/).includes('auth') ? 'auth' : null,
  };
}

/** Value of the Authorization header that answers the challenge (RFC 2617, MD5). */
export function authorization(
  challenge: Challenge,
  request: { method: string; uri: string; username: string; password: string; cnonce: string },
): string {
  const { method, uri, username, password, cnonce } = request;
  const secret = md5(`${username}:${challenge.realm}:${password}`);
  const what = md5(`${method}:${uri}`);
  const count = '00000001';
  const middle = challenge.qop === null ? challenge.nonce : `${challenge.nonce}:${count}:${cnonce}:auth`;
  const parts = [
    `username="${username}"`,
    `realm="${challenge.realm}"`,
    `nonce="${challenge.nonce}"`,
    `uri="${uri}"`,
    `response="${md5(`${secret}:${middle}:${what}`)}"`,
    'algorithm=MD5',
  ];
  if (challenge.qop !== null) parts.push('qop=auth', `nc=${count}`, `cnonce="${cnonce}"`);
  if (challenge.opaque !== null) parts.push(`opaque="${challenge.opaque}"`);
  return `Digest ${parts.join(', ')}`;
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
