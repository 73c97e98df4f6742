// How an application gets its tokens: the portal posts them at installation, or an administrator agrees on the portal's page and comes back
// with a code. Neither is believed before the portal itself has said whose tokens they are.
import { randomBytes } from 'node:crypto';
import type { InboundAnswer, InboundRequest, Logger } from '../contract.ts';
import type { Http } from '../http.ts';
import type { SecretStore } from '../secrets.ts';
import { batchBody, readBatch } from './batch.ts';
import { askForTokens, authServerOf, tokensOf, type Tokens } from './oauth.ts';
import { asObject } from './portal-answer.ts';
import type { Wire } from './portal-wire.ts';
import { PortalError } from './portal.ts';
import { isSame, readEvent, type RawEvent } from './receive-auth.ts';
import type { TokenKeeper } from './tokens.ts';

const stateName = 'oauth-state';
const stateLifeMs = 10 * 60_000;
/** Every attempt costs the portal a request, and anybody can make one. */
const attemptGapMs = 1_000;

export interface InstallParts {
  http: Http;
  wire: Wire;
  keeper: TokenKeeper;
  secrets: SecretStore;
  client: { clientId: string; clientSecret: string; authServer: string | undefined };
  logger: Logger;
  now: () => number;
  /** New tokens are in use: what failed for the want of them may be tried again. */
  onAuthorised: () => void;
}

export class Install {
  readonly #parts: InstallParts;
  #attempt: Promise<unknown> | null = null;
  #attemptAtMs = 0;

  constructor(parts: InstallParts) {
    this.#parts = parts;
  }

  /** Where an administrator agrees; the address works once, for 10 minutes. @throws whatever the store does */
  async authorizeUrl(): Promise<string> {
    const { secrets, client, wire, now } = this.#parts;
    const state = randomBytes(24).toString('base64url');
    await secrets.put(stateName, JSON.stringify({ state, untilMs: now() + stateLifeMs }));
    await wire.address.load();
    const url = new URL('oauth/authorize/', wire.address.url);
    url.search = new URLSearchParams({ client_id: client.clientId, state }).toString();
    return url.href;
  }

  /** The portal posts its tokens here. */
  async install(request: InboundRequest): Promise<InboundAnswer> {
    const event = request.method === 'POST' ? readEvent(request.body) : null;
    const tokens = event && tokensOf(event.auth, this.#parts.now());
    if (event?.event !== 'ONAPPINSTALL' || !tokens) {
      return page(
        400,
        'This is the installation address of a local application of the kind “script only”, without a user interface.',
      );
    }
    return this.#once(async () => {
      const verified = await this.#verify(tokens, { mustBeAdmin: true });
      const applicationToken = textOf(event.auth['application_token']);
      await this.#parts.keeper.keep({ ...verified, applicationToken: applicationToken || null });
    });
  }

  /** An administrator comes back from the portal's page. */
  async oauth({ query }: InboundRequest): Promise<InboundAnswer> {
    const { http, client, keeper, now } = this.#parts;
    const [code, state] = [query.get('code') ?? '', query.get('state') ?? ''];
    if (code === '' || !(await this.#takeState(state))) {
      return page(400, 'This link has been used or is too old. Ask Patchcord for a new one.');
    }
    return this.#once(async () => {
      const before = await keeper.read();
      const named = query.get('server_domain') ?? before?.serverEndpoint ?? '';
      const server = { url: authServerOf(client.authServer, named), ...client };
      const verified = await this.#verify(await askForTokens(http, server, { code }, now), { mustBeAdmin: true });
      // It is told at installation, and with every event.
      const applicationToken = before?.memberId === verified.memberId ? before.applicationToken : null;
      await keeper.keep({ ...verified, applicationToken });
    });
  }

  /**
   * An event whose token we do not know yet (authorised by code, never installed): its sender is believed if the portal takes the access token
   * in it for one of our application's. Then its token is kept.
   */
  async adopt(event: RawEvent): Promise<boolean> {
    const { keeper, now } = this.#parts;
    const known = await keeper.read();
    const told = tokensOf({ ...event.auth, refresh_token: 'none' }, now());
    const applicationToken = textOf(event.auth['application_token']);
    if (!known || known.applicationToken !== null || !told || applicationToken === '') return false;
    if (known.memberId !== '' && !isSame(told.memberId, known.memberId)) return false;
    const answer = await this.#once(async () => {
      await this.#verify(told, { mustBeAdmin: false });
      await keeper.keep({ ...((await keeper.read()) ?? known), applicationToken });
    });
    return answer.status === 200;
  }

  /** Asks the portal of the settings, not the one that is named beside the tokens, whose they are. */
  async #verify<T extends Omit<Tokens, 'applicationToken'>>(tokens: T, about: { mustBeAdmin: boolean }): Promise<T> {
    const { wire, client } = this.#parts;
    const methods = ['profile', 'app.info'];
    const commands = methods.map((method) => ({ method, query: '' }));
    const spoken = await wire.method(
      'batch',
      { json: batchBody(commands, tokens.accessToken) },
      { label: 'verify tokens' },
    );
    if (spoken.is !== 'answered') throw spoken.error;
    const [profile, app] = readBatch(spoken.body, methods, 'application').map(({ answer }) => answer);
    for (const answer of [profile, app]) if (answer instanceof PortalError) throw answer;
    const who = asObject(resultOf(profile));
    const which = asObject(resultOf(app));
    // A stranger in the portal may have tokens of another application; only when an administrator installs may an old portal not say which it is.
    const code = which?.['CODE'];
    if (code !== client.clientId && !(about.mustBeAdmin && code === undefined)) {
      throw new PortalError('auth', 'OTHER_APPLICATION', 'The tokens are those of another application', {
        mend: 'Check clientId against the application in the portal',
      });
    }
    if (about.mustBeAdmin && who?.['ADMIN'] !== true) {
      throw new PortalError(
        'auth',
        'NO_ADMINISTRATOR',
        'The application has to be installed by an administrator of the portal',
      );
    }
    return { ...tokens, userId: textOf(who?.['ID']) || tokens.userId };
  }

  /** One attempt at a time, with a gap. */
  async #once(attempt: () => Promise<void>): Promise<InboundAnswer> {
    const { now, logger, onAuthorised } = this.#parts;
    if (this.#attempt !== null || Math.abs(now() - this.#attemptAtMs) < attemptGapMs) {
      return { ...page(429, 'Too many attempts; try again in a moment.'), headers: { 'retry-after': '2' } };
    }
    this.#attemptAtMs = now();
    const running = attempt();
    this.#attempt = running;
    try {
      await running;
    } catch (error) {
      const told = error instanceof PortalError ? error : null;
      logger.warn({ err: error }, 'an attempt to authorise was refused');
      if (!told) return page(500, 'The tokens could not be stored. Look into the log of Patchcord.');
      const text = [`${told.message}.`, told.mend === null ? '' : `${told.mend}.`].join(' ').trim();
      return page(told.kind === 'auth' || told.kind === 'scope' ? 403 : 503, `Not connected. ${text}`);
    } finally {
      this.#attempt = null;
    }
    logger.info({}, 'the portal has authorised the application');
    onAuthorised();
    return page(200, 'Patchcord is connected to this portal.');
  }

  async #takeState(given: string): Promise<boolean> {
    const { secrets, now } = this.#parts;
    const stored = await secrets.get(stateName);
    if (stored === null || given === '') return false;
    const { state, untilMs } = JSON.parse(stored) as { state: string; untilMs: number };
    if (!isSame(given, state)) return false;
    await secrets.remove(stateName);
    return now() < untilMs;
  }
}

function resultOf(answer: unknown): unknown {
  return asObject(answer)?.['result'];
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, 500) : '';
}

/** Plain text: what the portal said is in it. */
function page(status: number, text: string): InboundAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${text}\n` };
}
