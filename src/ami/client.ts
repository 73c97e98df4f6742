import { randomBytes } from 'node:crypto';
import { backoffMs } from './backoff.ts';
import { Connection } from './connection.ts';
import { Emitter } from './emitter.ts';
import { AmiError } from './errors.ts';
import type { AmiFields } from './fields.ts';
import { STABLE_MS } from './limits.ts';
import { checkLoginFields } from './login.ts';
import type { AmiMessage } from './message.ts';
import { withDefaults } from './options.ts';
import type { AmiOptions, AmiSettings } from './options.ts';

export type AmiState = 'connecting' | 'up' | 'down' | 'stopped';

/** What a client tells, by name. */
export interface AmiClientEvents {
  /** Logged in and receiving. `banner` is the whole first line, `version` that of the protocol (`11.0.0`). */
  up: { banner: string; version: string };
  /** Every event of Asterisk, in order, except the items of lists asked for with `list`. */
  event: AmiMessage;
  /** The connection that was up has ended; the client is already trying to get a new one. */
  down: AmiError;
  /** An attempt failed, a filter was refused, a listener threw. The client goes on. */
  error: AmiError;
}

/**
 * A connection to one Asterisk manager that is kept up for ever: connects, logs in, and on any failure tries again with
 * growing pauses until `stop`.
 */
export class AmiClient {
  readonly #settings: AmiSettings;
  readonly #emitter = new Emitter<AmiClientEvents>((event, cause) => this.#onListenerFailure(event, cause));
  /** Random for each client, so that ids differ from those before a restart and from other programs'. */
  readonly #idPrefix = randomBytes(6).toString('hex');
  #lastId = 0;
  #state: AmiState = 'stopped';
  #connection: Connection | undefined;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #upAtMs = 0;
  #paused = false;

  readonly on = this.#emitter.on.bind(this.#emitter);
  readonly once = this.#emitter.once.bind(this.#emitter);
  readonly off = this.#emitter.off.bind(this.#emitter);

  /** @throws AmiError `unsafe-field` when user, secret, event mask or a filter could not be sent */
  constructor(options: AmiOptions) {
    this.#settings = withDefaults(options);
    checkLoginFields(this.#settings);
  }

  get state(): AmiState {
    return this.#state;
  }

  /** Starts connecting; does nothing when already started. Listen to `up`, `down` and `error` for what becomes of it. */
  start(): void {
    if (this.#state === 'stopped') this.#connect();
  }

  /** Logs off and waits until the connection is closed, at most half a second. Waiting actions fail with `stopped`. */
  async stop(): Promise<void> {
    this.#state = 'stopped';
    this.#failures = 0;
    clearTimeout(this.#retry);
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close(new AmiError('stopped', 'the client was stopped'));
  }

  /**
   * Sends an action and resolves with its response.
   *
   * @param fields see `encodeAction` for what is refused
   * @param options.timeoutMs longest wait for the answer
   * @throws AmiError `unsafe-field`, `not-connected`, `busy` (nothing was sent); `refused` (Asterisk said no);
   *   `timeout`, `disconnected`, `half-open`, `stopped` (unknown whether it was carried out)
   */
  async action(name: string, fields: AmiFields = {}, options: { timeoutMs?: number } = {}): Promise<AmiMessage> {
    const [response] = await this.#ask(name, fields, options.timeoutMs, false);
    return response!;
  }

  /**
   * Sends an action that is answered by a list and resolves with its items; they are not told as events.
   *
   * @throws AmiError as `action`; also `too-many-items`. An action whose answer is no list ends in `timeout`.
   */
  async list(name: string, fields: AmiFields = {}, options: { timeoutMs?: number } = {}): Promise<AmiMessage[]> {
    return this.#ask(name, fields, options.timeoutMs, true);
  }

  /**
   * Back-pressure: no event is told until `resume`, and nothing is read, so that memory does not grow. Answers to
   * actions come by the same way and wait too. Outlives a reconnect. Do not stay paused: Asterisk keeps what it cannot
   * send in its own memory and closes the connection in the end.
   */
  pause(): void {
    this.#paused = true;
    // A connection that is still logging in has to read; it is paused as soon as it is up.
    if (this.#state === 'up') this.#connection?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#connection?.resume();
  }

  async #ask(name: string, fields: AmiFields, timeoutMs: number | undefined, list: boolean): Promise<AmiMessage[]> {
    if (this.#state !== 'up' || !this.#connection) {
      throw new AmiError('not-connected', `${name} was not sent: there is no connection to Asterisk`);
    }
    const options = { id: this.#nextId(), timeoutMs: timeoutMs ?? this.#settings.actionTimeoutMs, list };
    return this.#connection.ask(name, fields, options);
  }

  #nextId(): string {
    this.#lastId += 1;
    return `${this.#idPrefix}-${this.#lastId}`;
  }

  #connect(): void {
    this.#state = 'connecting';
    const connection: Connection = new Connection(this.#settings, () => this.#nextId(), {
      up: (info) => this.#onUp(connection, info),
      event: (message) => this.#emitter.emit('event', message),
      closed: (reason) => this.#onClosed(connection, reason),
    });
    this.#connection = connection;
  }

  #onUp(connection: Connection, info: { banner: string; filterErrors: AmiError[] }): void {
    if (connection !== this.#connection) return;
    this.#state = 'up';
    this.#upAtMs = Date.now();
    for (const error of info.filterErrors) this.#report(error);
    const { banner } = info;
    this.#emitter.emit('up', { banner, version: banner.slice(banner.lastIndexOf('/') + 1) });
    if (this.#paused) connection.pause();
    connection.goLive();
  }

  #onClosed(connection: Connection, reason: AmiError): void {
    if (connection !== this.#connection) return;
    this.#connection = undefined;
    const wasUp = this.#state === 'up';
    this.#state = 'down';
    this.#failures = wasUp && Date.now() - this.#upAtMs >= STABLE_MS ? 1 : this.#failures + 1;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs(reason));
    if (wasUp) this.#emitter.emit('down', reason);
    else this.#report(reason);
  }

  #retryMs(reason: AmiError): number {
    const { minMs, maxMs, refusedMs } = this.#settings.reconnect;
    if (reason.code === 'login-refused') return refusedMs + Math.random() * refusedMs * 0.2;
    return backoffMs(this.#failures, { minMs, maxMs }, Math.random());
  }

  #report(error: AmiError): void {
    if (!this.#emitter.emit('error', error)) process.emitWarning(error.message, { code: error.code, type: error.name });
  }

  #onListenerFailure(event: keyof AmiClientEvents, cause: unknown): void {
    const said = cause instanceof Error ? cause.message : String(cause);
    const error = new AmiError('listener', `a listener to "${event}" failed: ${said}`, { cause });
    // The listener to errors is the one that fails: handing it its own failure would never end.
    if (event === 'error') process.emitWarning(error.message, { code: error.code, type: error.name });
    else this.#report(error);
  }
}
