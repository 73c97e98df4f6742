import { createHash, randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { TlsOptions } from 'node:tls';
import { block, FakeSession, ReceivedAction } from './fake-session.ts';

export { block, FakeSession, ReceivedAction };

/** Answers one action, with `session.respond` and `session.send`. */
export type Handler = (action: ReceivedAction, session: FakeSession) => unknown;

export interface FakeServerOptions {
  username?: string;
  secret?: string;
  /** The whole first line, or null to send none. */
  banner?: string | null;
  /** Serves TLS instead of plain TCP. */
  tls?: TlsOptions;
  /** Listens here; 0 (default) takes a free port. */
  port?: number;
  /** Sent at login, as Asterisk does to whoever may see the `system` class. */
  fullyBooted?: boolean;
}

/**
 * A manager interface to test against, over a real socket on loopback. Knows the login of both kinds, Ping, Events,
 * Filter and Logoff; anything else is an error unless a test says with `handle` what to answer. Every action is
 * recorded in `actions`.
 */
export class FakeServer {
  readonly actions: ReceivedAction[] = [];
  /** Every connection so far, oldest first, closed ones too. */
  readonly sessions: FakeSession[] = [];
  /** Connections made from now on end after so many bytes sent to them, wherever in a message that is. */
  cutAfterBytes = Infinity;
  readonly #options: FakeServerOptions & { username: string; secret: string };
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #handlers = new Map<string, Handler>();
  #watchers: (() => boolean)[] = [];

  private constructor(options: FakeServerOptions) {
    this.#options = { ...options, username: options.username ?? 'patchcord', secret: options.secret ?? 'secret' };
    const accept = (socket: Socket): void => this.#accept(socket);
    this.#server = options.tls ? createTlsServer(options.tls, accept) : createServer(accept);
    this.handle('Challenge', (action, session) => this.#challenge(action, session));
    this.handle('Login', (action, session) => this.#login(action, session));
    this.handle('Ping', (action, session) => session.respond(action, 'Success', { Ping: 'Pong' }));
    this.handle('Events', (action, session) => session.respond(action, 'Success', { Events: 'On' }));
    this.handle('Filter', (action, session) => session.respond(action, 'Success', { Message: 'Filter added' }));
    this.handle('Logoff', (action, session) => {
      void session.respond(action, 'Goodbye', { Message: 'Thanks for all the fish.' });
      session.end();
    });
  }

  static async start(options: FakeServerOptions = {}): Promise<FakeServer> {
    const fake = new FakeServer(options);
    await new Promise<void>((resolve, reject) => {
      fake.#server.once('error', reject);
      fake.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return fake;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What a client needs to connect here. */
  get address(): { host: string; port: number; username: string; secret: string } {
    const { username, secret } = this.#options;
    return { host: '127.0.0.1', port: this.port, username, secret };
  }

  /** The newest connection that is logged in and open. */
  get session(): FakeSession {
    const session = this.sessions.findLast((one) => one.loggedIn && !one.closed);
    if (!session) throw new Error('nobody is logged in');
    return session;
  }

  /** Says what an action is answered with, in place of what it was. */
  handle(name: string, handler: Handler): void {
    this.#handlers.set(name.toLowerCase(), handler);
  }

  /** Answers an action with a list: the response, one event for each item, and `<name>Complete`. */
  handleList(name: string, item: string, items: () => Record<string, string>[]): void {
    this.handle(name, (action, session) => {
      const ActionID = action.get('ActionID');
      const list = items();
      const events = list.map((headers) => block({ Event: item, ActionID, ...headers }));
      const complete = { Event: `${name}Complete`, ActionID, EventList: 'Complete', ListItems: String(list.length) };
      const start = block({ Response: 'Success', ActionID, EventList: 'start', Message: 'will follow' });
      return session.send([start, ...events, block(complete)].join(''));
    });
  }

  /** Sends bytes as they are to everyone who is logged in. */
  async send(bytes: string | Uint8Array): Promise<void> {
    await Promise.all(this.sessions.filter((one) => one.loggedIn && !one.closed).map((one) => one.send(bytes)));
  }

  /** Sends an event to everyone who is logged in. */
  async event(name: string, headers: Record<string, string | readonly string[]> = {}): Promise<void> {
    await this.send(block({ Event: name, ...headers }));
  }

  /** Resolves as soon as the condition holds; it is looked at after every connection and action. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#watchers.push(() => {
        if (condition()) resolve();
        return condition();
      });
    });
  }

  /** The nth action of that name, 1 being the first, as soon as it has come. */
  async received(name: string, nth = 1): Promise<ReceivedAction> {
    const found = (): ReceivedAction | undefined => this.actions.filter((action) => action.name === name)[nth - 1];
    await this.until(() => found() !== undefined);
    return found()!;
  }

  /** Cuts every connection. */
  cut(): void {
    for (const session of this.sessions) session.cut();
  }

  /** Stops listening and cuts everything. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#look();
    });
    const session = new FakeSession(socket, this.cutAfterBytes, (action) => this.#answer(action, session));
    this.sessions.push(session);
    this.#look();
    const { banner = 'Asterisk Call Manager/11.0.0' } = this.#options;
    if (banner !== null) void session.send(`${banner}\r\n`);
  }

  #answer(action: ReceivedAction, session: FakeSession): void {
    this.actions.push(action);
    const handler = this.#handlers.get(action.name.toLowerCase());
    if (handler && (session.loggedIn || ['challenge', 'login'].includes(action.name.toLowerCase()))) {
      handler(action, session);
    } else {
      const Message = session.loggedIn ? 'Invalid/unknown command' : 'Permission denied';
      void session.respond(action, 'Error', { Message });
    }
    this.#look();
  }

  #challenge(action: ReceivedAction, session: FakeSession): void {
    session.challenge = String(randomInt(1e8, 1e9));
    void session.respond(action, 'Success', { Challenge: session.challenge });
  }

  #login(action: ReceivedAction, session: FakeSession): void {
    const { username, secret, fullyBooted = true } = this.#options;
    const key = createHash('md5').update(`${session.challenge}${secret}`).digest('hex');
    const proven = action.get('AuthType') === 'MD5' ? action.get('Key') === key : action.get('Secret') === secret;
    if (action.get('Username') !== username || !proven) {
      void session.respond(action, 'Error', { Message: 'Authentication failed' });
      session.end();
      return;
    }
    session.loggedIn = true;
    void session.respond(action, 'Success', { Message: 'Authentication accepted' });
    if (fullyBooted) void session.send(block({ Event: 'FullyBooted', Privilege: 'system,all', Uptime: '100' }));
  }

  #look(): void {
    this.#watchers = this.#watchers.filter((done) => !done());
  }
}
