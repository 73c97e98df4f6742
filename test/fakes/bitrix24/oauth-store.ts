import { randomBytes } from 'node:crypto';

export interface Grant {
  accessToken: string;
  refreshToken: string;
  appId: string;
  userId: number;
  scopes: string[];
  expiresMs: number;
}

const REFRESH_LIFE_MS = 180 * 24 * 3_600_000;
const secret = (): string => randomBytes(35).toString('hex');

/** Codes and tokens. A replaced access token is an expired one; an unknown one is invalid. */
export class OAuthStore {
  /** Every token that was ever given out. */
  readonly issued: string[] = [];
  readonly #byAccess = new Map<string, Grant>();
  readonly #byRefresh = new Map<string, { grant: Grant; untilMs: number }>();
  readonly #codes = new Map<string, { appId: string; userId: number; untilMs: number }>();

  issue(of: { appId: string; userId: number; scopes: string[] }, nowMs: number, lifeSeconds: number): Grant {
    const { appId, userId, scopes } = of;
    const expiresMs = nowMs + lifeSeconds * 1000;
    const grant = { accessToken: secret(), refreshToken: secret(), appId, userId, scopes, expiresMs };
    this.issued.push(grant.accessToken, grant.refreshToken);
    this.#byAccess.set(grant.accessToken, grant);
    this.#byRefresh.set(grant.refreshToken, { grant, untilMs: nowMs + REFRESH_LIFE_MS });
    return grant;
  }

  /** The pair that takes the place of the old one, which is dead from now; null when it was dead already. */
  refresh(refreshToken: string, appId: string, nowMs: number, lifeSeconds: number): Grant | null {
    const found = this.#byRefresh.get(refreshToken);
    if (!found || found.grant.appId !== appId || found.untilMs <= nowMs) return null;
    this.#byRefresh.delete(refreshToken);
    found.grant.expiresMs = 0;
    return this.issue(found.grant, nowMs, lifeSeconds);
  }

  code(appId: string, userId: number, nowMs: number, lifeSeconds: number): string {
    const code = secret();
    this.#codes.set(code, { appId, userId, untilMs: nowMs + lifeSeconds * 1000 });
    return code;
  }

  /** Whose code it is; it works once. */
  redeem(code: string, appId: string, nowMs: number): { userId: number } | null {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found && found.appId === appId && found.untilMs > nowMs ? { userId: found.userId } : null;
  }

  byAccess(accessToken: string): Grant | undefined {
    return this.#byAccess.get(accessToken);
  }

  /** Every access token expires at once; refreshing works. */
  expireAll(): void {
    for (const grant of this.#byAccess.values()) grant.expiresMs = 0;
  }

  /** Takes one access token away; its refresh token stays good. */
  revokeAccess(accessToken: string): void {
    this.#byAccess.delete(accessToken);
  }

  /** Nothing works any more until the application is installed or authorised anew. */
  revokeAll(): void {
    this.#byAccess.clear();
    this.#byRefresh.clear();
  }
}
