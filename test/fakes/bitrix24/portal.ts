import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { routeOf } from './authenticate.ts';
import { parseRequest, readBody } from './body.ts';
import type { Parsed } from './body.ts';
import { clickToCall, emitCallback } from './clicks.ts';
import type { CallbackForm, Click } from './clicks.ts';
import { createEntity } from './crm-entities.ts';
import { methodNotFound } from './errors.ts';
import { Events } from './events.ts';
import { Limits } from './limits.ts';
import { serveOAuth } from './oauth.ts';
import { OAuthStore } from './oauth-store.ts';
import { servePage } from './page.ts';
import type { Php, PhpMap } from './php.ts';
import { refused } from './reply.ts';
import type { Reply } from './reply.ts';
import { serveRest } from './rest.ts';
import { defaultSettings } from './settings.ts';
import type { AppSettings, PortalSettings } from './settings.ts';
import { PortalState } from './state.ts';
import type { Entity, EntityType, OutgoingWebhook } from './state.ts';
import { Switchboard } from './unkindness.ts';
import type { UnkindKind } from './unkindness.ts';
import { seedFields, userFrom } from './users.ts';
import { cardsNow, viewCalls, viewTasks } from './view.ts';
import type { CallView } from './view.ts';
import type { EventCause, World } from './world.ts';

export interface PortalOptions extends Partial<PortalSettings> {
  /** 0, the default, takes any free one. */
  port?: number;
  /** The clock in ms; default is the machine's. */
  now?: () => number;
  /** Of the switchboard's dice. */
  seed?: number;
}

export interface LoggedRequest {
  /** When it arrived and how long it took, in ms, by the portal's clock and truly. */
  atMs: number;
  ms: number;
  method: string;
  /** Commands of a batch, else 1. */
  batchSize: number;
  /** The commands' methods, else the one. */
  methods: string[];
  /** 0 when the connection was cut. */
  status: number;
  struck: UnkindKind[];
  /** Kept for the newest requests only; without tokens. */
  params: PhpMap | null;
}

const KEPT_REQUESTS = 200_000;
const KEPT_PARAMS = 1000;

/** A Bitrix24 portal on a loopback socket. It remembers everything while its socket is closed and opened again. */
export class FakePortal implements World {
  readonly state = new PortalState();
  readonly settings: PortalSettings;
  readonly limits: Limits;
  readonly tokens = new OAuthStore();
  readonly unkind = new Switchboard();
  readonly requests: LoggedRequest[] = [];
  readonly #events: Events;
  readonly #clock: () => number;
  #port: number;
  #server: Server | null = null;
  #refusing = false;
  /** Grows with every stop; what began in an earlier life goes no further. */
  life = 0;
  readonly #sockets = new Set<Socket>();

  constructor(options: PortalOptions = {}) {
    const { port = 0, now = Date.now, seed = 1, ...settings } = options;
    this.settings = { ...defaultSettings(), ...settings };
    this.limits = new Limits(this.settings);
    this.unkind.seed(seed);
    this.#events = new Events(this);
    this.#clock = now;
    this.#port = port;
    for (const user of this.settings.users) this.state.users.set(user.id, userFrom(user));
    for (const entity of this.settings.entities)
      createEntity(this, entity.type, seedFields(entity), { userId: 1 }, entity.id);
  }

  now(): number {
    return this.#clock() + this.unkind.skewMs;
  }

  tick(): number {
    return this.#clock();
  }

  baseUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The incoming webhook's address, `https://…/rest/1/secret/` as the portal shows it, but over http. */
  webhookUrl(index = 0): string {
    const hook = this.settings.webhooks[index];
    return hook ? `${this.baseUrl()}/rest/${hook.userId}/${hook.secret}/` : '';
  }

  app(index = 0): AppSettings {
    const app = this.settings.apps[index];
    if (!app) throw new Error(`the portal has no application ${index}`);
    return app;
  }

  emit(event: string, data: PhpMap, cause: EventCause): void {
    this.#events.emit(event, data, cause);
  }

  /** Opens the socket, on the same port as before. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      if (this.#refusing) socket.destroy();
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', () => resolve());
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** Closes the socket and every connection, and forgets what was under way, as a killed server would. */
  async stopListening(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.life += 1;
    for (const socket of this.#sockets) socket.destroy();
    if (server) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** True: accepts connections and closes them at once. */
  refuseConnections(refusing: boolean): void {
    this.#refusing = refusing;
    if (refusing) for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops for good and waits for events under way. */
  async close(): Promise<void> {
    await this.stopListening();
    await this.#events.settled();
  }

  /** Waits until every event sent so far has been answered or given up. */
  async eventsSettled(): Promise<void> {
    await this.#events.settled();
  }

  /** POSTs ONAPPINSTALL to the application's installation address; the answer is its HTTP status, 0 for none. */
  async install(url: string, userId = 1, app = this.app()): Promise<number> {
    return this.#events.install(app, url, userId);
  }

  /** An update of the application by its administrator takes its event handlers away. */
  updateApp(app = this.app()): void {
    for (const { id, appId } of this.state.handlers.all()) if (appId === app.clientId) this.state.handlers.remove(id);
  }

  async uninstall(url: string, app = this.app()): Promise<number> {
    return this.#events.uninstall(app, url);
  }

  /** A pair of tokens without the browser. */
  grant(userId = 1, app = this.app()): { accessToken: string; refreshToken: string } {
    const of = { appId: app.clientId, userId, scopes: app.scopes };
    return this.tokens.issue(of, this.now(), this.settings.accessTokenSeconds);
  }

  /** An employee clicks a number; the answer is the CALL_ID of the call that the portal registered for it. */
  clickToCall(click: Click): string {
    return clickToCall(this, click);
  }

  /** A visitor asks on the site to be called back. */
  callbackForm(form: CallbackForm): void {
    emitCallback(this, { ...form, cause: { userId: 0 } });
  }

  /** An outgoing webhook, as set up by hand in the portal: events without tokens. */
  addOutgoingWebhook(webhook: OutgoingWebhook): void {
    this.state.outgoingWebhooks.push(webhook);
  }

  /** Puts an entity into the CRM, as an employee would by hand. */
  addEntity(type: EntityType, fields: Record<string, Php>, phones: string[] = []): Entity {
    const PHONE = phones.map((VALUE) => ({ VALUE, VALUE_TYPE: 'WORK' }));
    return createEntity(this, type, { ...fields, PHONE }, { userId: 1 });
  }

  calls(): CallView[] {
    return viewCalls(this);
  }

  tasks(): PhpMap[] {
    return viewTasks(this);
  }

  /** CALL_IDs on each user's screen now. */
  cards(): Map<number, string[]> {
    return cardsNow(this);
  }

  counters(): Record<string, number> {
    const { state } = this;
    return {
      requests: this.requests.length,
      limited: this.requests.filter(({ status }) => status === 503).length,
      cut: this.requests.filter(({ status }) => status === 0).length,
      live: state.live.size,
      finished: state.statistics.size,
      activities: state.activities.size,
      records: state.files.size,
      leads: state.entities.LEAD.size,
      contacts: state.entities.CONTACT.size,
      companies: state.entities.COMPANY.size,
      deals: state.entities.DEAL.size,
      tasks: state.tasks.size,
      missed: state.missed.all().filter(({ open }) => open).length,
      pushes: state.pushes.length,
      events: state.deliveries.length,
      offlineEvents: state.offline.size,
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', this.baseUrl());
      if (url.pathname.startsWith('/rest/')) await this.#rest(url, request, response);
      else if (url.pathname.startsWith('/oauth/')) await this.#oauth(url, request, response);
      else if (!(await servePage(this, url.pathname, request, response))) response.writeHead(404).end();
    } catch {
      // The other side went away in the middle, or sent what nobody could read.
      response.destroy();
    }
  }

  async #rest(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [atMs, started] = [this.tick(), performance.now()];
    const parsed = await parsedRequest(url, request);
    const route = routeOf(url.pathname);
    if (!route) return send(response, refused(this, methodNotFound()));
    const address = request.socket.remoteAddress ?? '';
    const { authorization } = request.headers;
    const target = `${url.pathname}${url.search}`;
    const { reply, methods, struck } = await serveRest(this, { route, parsed, authorization, address, target });
    const params = { ...parsed.params };
    for (const secret of ['auth', 'access_token', 'token']) delete params[secret];
    const { method } = route;
    const ms = performance.now() - started;
    this.#log({ atMs, ms, method, batchSize: methods.length, methods, status: reply.status, struck, params });
    send(response, reply);
  }

  async #oauth(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [atMs, started] = [this.tick(), performance.now()];
    const { params } = await parsedRequest(url, request);
    const target = `${url.pathname}${url.search}`;
    const { reply, method, struck } = await serveOAuth(this, url.pathname, target, params);
    const ms = performance.now() - started;
    this.#log({ atMs, ms, method, batchSize: 1, methods: [method], status: reply.status, struck, params: null });
    send(response, reply);
  }

  #log(entry: LoggedRequest): void {
    this.requests.push(entry);
    const old = this.requests.at(-KEPT_PARAMS - 1);
    if (old) old.params = null;
    if (this.requests.length > KEPT_REQUESTS) this.requests.shift();
  }
}

async function parsedRequest(url: URL, request: IncomingMessage): Promise<Parsed> {
  return parseRequest(url.search, request.headers['content-type'] ?? '', await readBody(request));
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply.fate === 'silence') return;
  if (reply.fate === 'cut') response.destroy();
  else if (reply.fate === 'half') {
    response.writeHead(reply.status, { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) });
    response.write(reply.body.slice(0, reply.body.length >> 1), () => response.destroy());
  } else response.writeHead(reply.status, reply.headers).end(reply.body);
}

/** Starts a portal that listens on loopback. */
export async function startFakePortal(options: PortalOptions = {}): Promise<FakePortal> {
  const portal = new FakePortal(options);
  await portal.listen();
  return portal;
}
