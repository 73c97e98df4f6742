// The tokens of an application: kept in the database, renewed by one request at a time, and never used before they are stored.
import type { Http } from '../http.ts';
import type { Logger } from '../contract.ts';
import type { SecretStore } from '../secrets.ts';
import { unreadable } from './errors.ts';
import { askForTokens, authServerOf, type Tokens } from './oauth.ts';
import { PortalError } from './portal.ts';

/** Who says with which token a request goes. */
export interface TokenSource {
  /** Null: none is needed. @throws PortalError `auth`, `down` */
  current(): Promise<string | null>;
  /** After the portal refused this one: gets another. @throws PortalError `auth`, `down` */
  renew(used: string): Promise<void>;
}

/** A webhook has its secret in its address. */
export const noTokens: TokenSource = {
  current: () => Promise.resolve(null),
  renew: () => Promise.reject(new PortalError('auth', '', 'A webhook has no token to renew')),
};

const secretName = 'tokens';
/** So long before its end a token is renewed while it is still in use. */
const earlyMs = 3 * 60_000;

export class TokenKeeper implements TokenSource {
  readonly #http: Http;
  readonly #secrets: SecretStore;
  readonly #client: { clientId: string; clientSecret: string; authServer: string | undefined };
  readonly #logger: Logger;
  readonly #now: () => number;
  #tokens: Tokens | null = null;
  /** Renewed with this refresh token, but not stored yet: not to be used, and not to be lost. */
  #unstored: { from: string; fresh: Tokens } | null = null;
  /** The portal has refused this access token. */
  #bad: string | null = null;
  #renewal: Promise<void> | null = null;
  /** A refresh token that the server refused; asking again with it is of no use. */
  #refused: { refreshToken: string; error: PortalError } | null = null;

  constructor(given: {
    http: Http;
    secrets: SecretStore;
    client: { clientId: string; clientSecret: string; authServer: string | undefined };
    logger: Logger;
    now: () => number;
  }) {
    this.#http = given.http;
    this.#secrets = given.secrets;
    this.#client = given.client;
    this.#logger = given.logger;
    this.#now = given.now;
  }

  async current(): Promise<string> {
    const tokens = this.#tokens ?? (await this.read());
    if (!tokens) throw notAuthorised();
    const leftMs = tokens.accessToken === this.#bad ? 0 : tokens.expiresAtMs - this.#now();
    if (leftMs > earlyMs) return tokens.accessToken;
    if (leftMs > 0) {
      // The old one still holds: nobody waits for the new one, nor for its failure.
      if (this.#renewal === null && this.#refused?.refreshToken !== tokens.refreshToken) {
        this.#start(tokens.accessToken).catch((error: unknown) =>
          this.#logger.warn({ err: error }, 'the token was not renewed early; it is tried again'),
        );
      }
      return tokens.accessToken;
    }
    await this.#start(tokens.accessToken);
    if (!this.#tokens) throw notAuthorised();
    return this.#tokens.accessToken;
  }

  async renew(used: string): Promise<void> {
    if (this.#tokens && this.#tokens.accessToken !== used) return;
    this.#bad = used;
    await this.#start(used);
  }

  /** One renewal at a time: whoever comes meanwhile waits for the same. */
  #start(used: string): Promise<void> {
    this.#renewal ??= this.#renew(used).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Stores new tokens, then uses them. @throws whatever the store does */
  async keep(tokens: Tokens): Promise<void> {
    await this.#secrets.put(secretName, JSON.stringify(tokens));
    this.#tokens = tokens;
    this.#unstored = null;
    this.#refused = null;
  }

  /** As stored now, perhaps by another process; null when there are none. @throws PortalError `down` */
  async read(): Promise<Tokens | null> {
    try {
      const stored = await this.#secrets.get(secretName);
      this.#tokens = stored === null ? null : (JSON.parse(stored) as Tokens);
    } catch (cause) {
      throw unreadable('The portal’s tokens', cause);
    }
    return this.#tokens;
  }

  /** Whether there are tokens, as far as known without looking. */
  get isAuthorised(): boolean {
    return this.#tokens !== null && this.#refused?.refreshToken !== this.#tokens.refreshToken;
  }

  async #renew(used: string): Promise<void> {
    const stored = await this.read();
    if (!stored) throw notAuthorised();
    // Another process has renewed them, or the application was installed again.
    if (stored.accessToken !== used && stored.accessToken !== this.#bad && stored.expiresAtMs > this.#now()) return;
    if (this.#refused?.refreshToken === stored.refreshToken) throw this.#refused.error;
    if (this.#unstored?.from !== stored.refreshToken) {
      this.#unstored = { from: stored.refreshToken, fresh: await this.#ask(stored) };
    }
    const { fresh } = this.#unstored;
    try {
      await this.keep(fresh);
    } catch (cause) {
      throw new PortalError('down', 'NO_STORE', 'The renewed token cannot be stored in the database now', { cause });
    }
  }

  async #ask(stored: Tokens): Promise<Tokens> {
    const { clientId, clientSecret, authServer } = this.#client;
    const server = { url: authServerOf(authServer, stored.serverEndpoint), clientId, clientSecret };
    try {
      const fresh = await askForTokens(this.#http, server, { refreshToken: stored.refreshToken }, this.#now);
      return {
        ...fresh,
        memberId: fresh.memberId || stored.memberId,
        userId: fresh.userId || stored.userId,
        serverEndpoint: fresh.serverEndpoint || stored.serverEndpoint,
        applicationToken: stored.applicationToken,
      };
    } catch (error) {
      if (error instanceof PortalError && error.kind === 'auth') {
        this.#refused = { refreshToken: stored.refreshToken, error };
      }
      throw error;
    }
  }
}

function notAuthorised(): PortalError {
  return new PortalError('auth', 'NOT_AUTHORISED', 'The application has not been installed in the portal yet', {
    mend: 'Install the local application in the portal, or open the address that `patchcord crm authorize` gives',
  });
}
