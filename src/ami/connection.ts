import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { AmiError } from './errors.ts';
import { encodeAction } from './fields.ts';
import type { AmiFields } from './fields.ts';
import { AmiFramer } from './framing.ts';
import { EARLY_EVENTS_MAX, LOGOFF_MS, READ_BYTES, UNSENT_MAX_BYTES } from './limits.ts';
import { logIn } from './login.ts';
import type { AmiMessage } from './message.ts';
import type { AmiSettings } from './options.ts';
import { Pending } from './pending.ts';

/** How an action is sent. */
export interface AskOptions {
  id: string;
  timeoutMs: number;
  /** Events follow the response, up to `EventList: Complete`. */
  list: boolean;
}

/** What a connection tells its owner. `closed` comes exactly once, also when it was never up. */
export interface ConnectionEvents {
  /** Logged in, filters set, event stream open. Call `goLive` to receive events. */
  up(info: { banner: string; filterErrors: AmiError[] }): void;
  event(message: AmiMessage): void;
  closed(reason: AmiError): void;
}

/** One connection, from the first packet to its end. It never comes back: the client makes a new one. */
export class Connection {
  readonly #settings: AmiSettings;
  readonly #events: ConnectionEvents;
  readonly #socket: Socket;
  readonly #framer: AmiFramer;
  readonly #pending: Pending;
  readonly #nextId: () => string;
  readonly #loginTimer: NodeJS.Timeout;
  readonly #closed: Promise<void>;
  #keepAlive: NodeJS.Timeout | undefined;
  /** Events between login and `goLive`, oldest first. */
  #early: AmiMessage[] = [];
  #loginStarted = false;
  #live = false;
  #paused = false;
  #reading = false;
  #reason: AmiError | undefined;
  #heardAtMs = 0;

  constructor(settings: AmiSettings, nextId: () => string, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#nextId = nextId;
    this.#framer = new AmiFramer({ blockMaxBytes: settings.maxBlockBytes });
    this.#pending = new Pending(settings.maxListItems);
    const { host, port, tls } = settings;
    // One buffer for all reads: a stream of its own for each read costs more than everything done with the bytes.
    const buffer = Buffer.allocUnsafe(READ_BYTES);
    const onread = { buffer, callback: (bytes: number) => this.#onData(buffer.subarray(0, bytes)) };
    const target = { host, port, onread };
    this.#socket = tls ? connectTls({ ...tls, ...target }) : connectTcp(target);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => this.#onSocketError(error));
    this.#socket.on('end', () => this.destroy(new AmiError('disconnected', 'Asterisk closed the connection')));
    this.#closed = new Promise((resolve) => {
      this.#socket.on('close', () => {
        this.#onClose();
        resolve();
      });
    });
    this.#loginTimer = setTimeout(() => {
      const text = `not logged in to ${host}:${port} within ${settings.loginTimeoutMs} ms`;
      this.destroy(new AmiError('login-timeout', text));
    }, settings.loginTimeoutMs);
  }

  /**
   * Sends an action and waits for its answer.
   *
   * @throws AmiError as `AmiClient.action`
   */
  async ask(name: string, fields: AmiFields, options: AskOptions): Promise<AmiMessage[]> {
    const bytes = encodeAction(name, options.id, fields);
    if (this.#reason) throw this.#reason;
    if (this.#pending.size >= this.#settings.maxPending) {
      throw new AmiError('busy', `${this.#settings.maxPending} actions already wait for an answer`);
    }
    if (this.#socket.writableLength > UNSENT_MAX_BYTES) {
      throw new AmiError('busy', 'Asterisk does not read what is sent to it');
    }
    const answer = this.#pending.add({ ...options, name });
    this.#socket.write(bytes);
    return answer;
  }

  /** Hands over the events that came since login, then all others as they come. */
  goLive(): void {
    this.#live = true;
    this.#read();
  }

  /** Stops reading. What is unread stays in the kernel, then in Asterisk: memory here does not grow. */
  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#heardAtMs = Date.now();
    this.#read();
    if (!this.#paused) this.#socket.resume();
  }

  /** Ends the connection at once. The first reason given is the one that is told. */
  destroy(reason: AmiError): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }

  /** Logs off, then ends the connection; waits until it is closed. */
  async close(reason: AmiError): Promise<void> {
    if (this.#live && !this.#reason) {
      this.#reason = reason;
      // Whatever still comes is thrown away, but has to be read for the end to be seen.
      this.#socket.resume();
      this.#socket.end(encodeAction('Logoff', this.#nextId(), {}));
      const timer = setTimeout(() => this.#socket.destroy(), LOGOFF_MS);
      await this.#closed;
      clearTimeout(timer);
      return;
    }
    this.destroy(reason);
    await this.#closed;
  }

  #onData(chunk: Buffer): boolean {
    if (this.#reason) return true;
    this.#heardAtMs = Date.now();
    this.#framer.push(chunk);
    this.#read();
    return !this.#paused;
  }

  /** Takes messages until there are no more, or somebody pauses. */
  #read(): void {
    if (this.#reading) return;
    this.#reading = true;
    try {
      while (!this.#paused && !this.#reason) {
        const message = (this.#live ? this.#early.shift() : undefined) ?? this.#framer.next();
        if (!message) break;
        this.#dispatch(message);
      }
    } catch (error) {
      this.destroy(error instanceof AmiError ? error : new AmiError('disconnected', String(error), { cause: error }));
    } finally {
      this.#reading = false;
    }
    if (!this.#loginStarted && this.#framer.banner !== '') this.#logIn();
  }

  #dispatch(message: AmiMessage): void {
    if (this.#pending.accept(message)) return;
    if (this.#live) this.#events.event(message);
    else if (this.#early.length < EARLY_EVENTS_MAX) this.#early.push(message);
  }

  #logIn(): void {
    this.#loginStarted = true;
    const timeoutMs = this.#settings.loginTimeoutMs;
    const ask = async (name: string, fields: AmiFields): Promise<AmiMessage> => {
      const [response] = await this.ask(name, fields, { id: this.#nextId(), timeoutMs, list: false });
      return response!;
    };
    logIn(ask, this.#settings).then(
      ({ filterErrors }) => this.#onLoggedIn(filterErrors),
      (error: AmiError) => this.destroy(error),
    );
  }

  #onLoggedIn(filterErrors: AmiError[]): void {
    if (this.#reason) return;
    clearTimeout(this.#loginTimer);
    this.#keepAlive = setInterval(() => this.#checkAlive(), this.#settings.keepAliveMs);
    this.#events.up({ banner: this.#framer.banner, filterErrors });
  }

  /** A peer that vanished without closing leaves a socket that looks open for ever: ask, and believe only an answer. */
  #checkAlive(): void {
    const { keepAliveMs } = this.#settings;
    if (this.#paused || Date.now() - this.#heardAtMs < keepAliveMs) return;
    const askedAtMs = Date.now();
    this.ask('Ping', {}, { id: this.#nextId(), timeoutMs: keepAliveMs, list: false }).catch((error: unknown) => {
      if (this.#paused || this.#heardAtMs >= askedAtMs) return;
      if (error instanceof AmiError && error.code === 'refused') return;
      this.destroy(new AmiError('half-open', `Asterisk has not answered for ${Date.now() - this.#heardAtMs} ms`));
    });
  }

  #onSocketError(error: Error): void {
    const { host, port } = this.#settings;
    const text = `${host}:${port}: ${error.message}`;
    const code = this.#framer.banner === '' ? 'unreachable' : 'disconnected';
    this.destroy(new AmiError(code, text, { cause: error }));
  }

  #onClose(): void {
    clearTimeout(this.#loginTimer);
    clearInterval(this.#keepAlive);
    this.#early = [];
    this.#reason ??= new AmiError('disconnected', 'the connection to Asterisk ended');
    this.#pending.drop(this.#reason);
    this.#events.closed(this.#reason);
  }
}
