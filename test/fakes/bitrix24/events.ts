import { createHash, randomUUID } from 'node:crypto';
import { buildQuery, toText } from './php.ts';
import type { PhpMap } from './php.ts';
import type { AppSettings } from './settings.ts';
import type { Handler } from './state.ts';
import type { EventCause, World } from './world.ts';

const PING_EVERY_MS = 1000;

/** Sends events: one attempt each, nothing repeated; offline ones wait in the queue. */
export class Events {
  readonly #world: World;
  readonly #under = new Set<Promise<number>>();
  readonly #pinged = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  emit(event: string, data: PhpMap, cause: EventCause): void {
    const { state, settings } = this.#world;
    for (const handler of state.handlers.all()) {
      const app = settings.apps.find(({ clientId }) => clientId === handler.appId);
      if (handler.event !== event || !app?.installed) continue;
      if (cause.onlyApp !== undefined && cause.onlyApp !== handler.appId) continue;
      if (handler.offline) this.#queue(handler, app, data, cause);
      else this.#post(handler.url, { event, event_handler_id: String(handler.id), data }, this.appAuth(app, cause));
    }
    for (const webhook of state.outgoingWebhooks)
      if (webhook.events.includes(event))
        this.#post(webhook.url, { event, event_handler_id: '1', data }, this.#webhookAuth(webhook.token));
  }

  /** ONAPPINSTALL with the first pair of tokens; the answer is the installer's HTTP status, 0 for none. */
  async install(app: AppSettings, url: string, userId: number): Promise<number> {
    const data = { VERSION: '1', ACTIVE: 'Y', INSTALLED: 'Y', LANGUAGE_ID: 'en' };
    const { settings, tokens } = this.#world;
    const grant = tokens.issue(
      { appId: app.clientId, userId, scopes: app.scopes },
      this.#world.now(),
      settings.accessTokenSeconds,
    );
    const auth = {
      ...this.appAuth(app, { userId: 0 }),
      access_token: grant.accessToken,
      refresh_token: grant.refreshToken,
      expires_in: String(settings.accessTokenSeconds),
      user_id: String(userId),
    };
    return this.#deliver(url, { event: 'ONAPPINSTALL', data }, auth);
  }

  /** ONAPPUNINSTALL: no tokens, only who the portal is. */
  async uninstall(app: AppSettings, url: string): Promise<number> {
    const auth = this.#webhookAuth(app.applicationToken);
    return this.#deliver(url, { event: 'ONAPPUNINSTALL', data: { LANGUAGE_ID: 'en', CLEAN: 1 } }, auth);
  }

  /** Waits until every event under way has been answered or given up. */
  async settled(): Promise<void> {
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  appAuth(app: AppSettings, cause: EventCause): PhpMap {
    const { settings, tokens } = this.#world;
    const base: PhpMap = {
      ...this.#webhookAuth(app.applicationToken),
      scope: app.scopes.join(','),
      status: 'L',
    };
    // Tokens belong to the acting user; there are none when the request of an application was the cause.
    if (cause.userId === 0 || typeof cause.byApp === 'string') return base;
    const grant = tokens.issue(
      { appId: app.clientId, userId: cause.userId, scopes: app.scopes },
      this.#world.now(),
      settings.accessTokenSeconds,
    );
    return {
      ...base,
      access_token: grant.accessToken,
      expires: String(Math.floor(grant.expiresMs / 1000)),
      expires_in: String(settings.accessTokenSeconds),
      user_id: String(cause.userId),
    };
  }

  #webhookAuth(token: string): PhpMap {
    const base = this.#world.baseUrl();
    return {
      domain: this.#world.settings.domain ?? new URL(base).host,
      server_endpoint: `${base}/rest/`,
      client_endpoint: `${base}/rest/`,
      member_id: this.#world.settings.memberId,
      application_token: token,
    };
  }

  #queue(handler: Handler, app: AppSettings, data: PhpMap, cause: EventCause): void {
    if (cause.byApp === handler.appId && (cause.byConnector ?? '') === handler.connector) return;
    const { offline } = this.#world.state;
    const key = createHash('md5')
      .update(`${handler.appId}|${handler.connector}|${handler.event}|${JSON.stringify(data)}`)
      .digest('hex');
    const same = offline.all().find((row) => row.key === key && row.processId === '');
    if (same) same.atMs = this.#world.now();
    else
      offline.add({
        id: offline.nextId(),
        appId: handler.appId,
        key,
        atMs: this.#world.now(),
        event: handler.event,
        data,
        connector: handler.connector,
        userId: cause.userId,
        processId: '',
        error: false,
      });
    this.#ping(app);
  }

  /** ONOFFLINEEVENT: an empty online event that says there is something to fetch, at most once a second. */
  #ping(app: AppSettings): void {
    const now = this.#world.now();
    if (now - (this.#pinged.get(app.clientId) ?? -PING_EVERY_MS) < PING_EVERY_MS) return;
    for (const handler of this.#world.state.handlers.all()) {
      if (handler.event !== 'ONOFFLINEEVENT' || handler.appId !== app.clientId || handler.offline) continue;
      this.#pinged.set(app.clientId, now);
      const body = { event: 'ONOFFLINEEVENT', event_handler_id: String(handler.id), data: {} };
      this.#post(handler.url, body, this.appAuth(app, { userId: 0 }));
    }
  }

  #post(url: string, body: PhpMap, auth: PhpMap): void {
    const under = this.#deliver(url, body, auth).finally(() => this.#under.delete(under));
    this.#under.add(under);
  }

  async #deliver(url: string, body: PhpMap, auth: PhpMap): Promise<number> {
    const atMs = this.#world.now();
    const started = performance.now();
    let status: number;
    try {
      const response = await fetch(url, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-request-id': randomUUID() },
        body: buildQuery({ ...body, ts: String(Math.floor(atMs / 1000)), auth }),
        signal: AbortSignal.timeout(this.#world.settings.eventTimeoutMs),
      });
      await response.arrayBuffer();
      status = response.status;
    } catch {
      status = 0;
    }
    const data = body['data'] as PhpMap;
    const event = toText(body['event']);
    this.#world.state.deliveries.push({ atMs, event, url, data, status, ms: performance.now() - started });
    return status;
  }
}
