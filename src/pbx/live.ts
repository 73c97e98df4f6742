// One Asterisk, live: a list of what there is on every connect, then the stream; both go through the recorder.
import { AmiClient, type AmiError, type AmiMessage, type AmiOptions } from '../ami/index.ts';
import { AmiTranslator } from './ami-events.ts';
import { askDevices, type Device, type Devices } from './endpoints.ts';
import type { Logger } from './logger.ts';
import type { Recorder } from './recorder.ts';

/** How often the list of channels is asked for again, to find calls whose end was never told. */
const CONFIRM_MS = 60_000;

/** How often the connection is proved to carry everything: what nobody can tell of the end of a call is at most this. */
const PROVE_MS = 5_000;

/**
 * Only what the tracker reads: without this a busy FreePBX sends five times as much (80 % of its events are VarSet and Newexten). The
 * second filter lets three of its variables through. Asterisk reads them as extended regular expressions over the event's text.
 */
export const eventFilters = [
  'Event: (FullyBooted|Shutdown|New(channel|state|exten|Callerid)|Dial(Begin|State|End)|Bridge(Enter|Leave)|Hangup|HangupRequest|' +
    'BlindTransfer|AttendedTransfer|Pickup|ParkedCall|ParkedCallTimeOut|UnParkedCall|Hold|Unhold|MusicOnHold(Start|Stop)|' +
    'QueueCaller(Join|Leave)|ChanSpyStart|MixMonitor(Start|Stop)|MessageWaiting|OriginateResponse|DTMFEnd)',
  'Variable: (DIALSTATUS|QUEUESTATUS|MIXMONITOR_FILENAME)',
];

/** Classes that hold those events; `reporting` and `command` are not needed. */
export const eventClasses = 'system,call,dialplan,agent,dtmf';

export interface LiveStatus {
  state: 'connecting' | 'up' | 'down' | 'stopped';
  version: string | null;
  /** Unix ms of the last event. */
  lastEventAtMs: number | null;
  lastError: AmiError | null;
  events: number;
  devices: number;
}

export class LivePbx {
  readonly name: string;
  readonly client: AmiClient;
  readonly #recorder: Recorder;
  readonly #logger: Logger;
  readonly #translator = new AmiTranslator();
  readonly #now: () => number;
  readonly #onGap: () => void;
  #devices: Map<string, Device> = new Map();
  #confirm: NodeJS.Timeout | undefined;
  #prove: NodeJS.Timeout | undefined;
  #version: string | null = null;
  #lastEventAtMs: number | null = null;
  #lastError: AmiError | null = null;
  #events = 0;

  constructor(given: {
    name: string;
    ami: AmiOptions;
    recorder: Recorder;
    logger: Logger;
    /** Unix ms; events get the time at which they arrive. */
    now: () => number;
    /** Something may have happened unseen: the connection was made anew. */
    onGap: () => void;
  }) {
    this.name = given.name;
    this.#recorder = given.recorder;
    this.#logger = given.logger;
    this.#now = given.now;
    this.#onGap = given.onGap;
    this.client = new AmiClient({ events: eventClasses, filters: eventFilters, ...given.ami });
    this.client.on('event', (message) => this.#take(message));
    this.client.on('up', ({ version }) => this.#onUp(version));
    this.client.on('down', (error) => this.#onDown(error));
    this.client.on('error', (error) => this.#onError(error));
  }

  get devices(): Devices {
    return this.#devices;
  }

  start(): void {
    // What was open when the program ended may have changed since.
    for (const event of this.#translator.banner(this.#now())) this.#recorder.take(event);
    this.client.start();
  }

  async stop(): Promise<void> {
    this.#endTimers();
    await this.client.stop();
  }

  status(): LiveStatus {
    return {
      state: this.client.state,
      version: this.#version,
      lastEventAtMs: this.#lastEventAtMs,
      lastError: this.#lastError,
      events: this.#events,
      devices: this.#devices.size,
    };
  }

  #take(message: AmiMessage): void {
    this.#events += 1;
    const atMs = this.#now();
    this.#lastEventAtMs = atMs;
    for (const event of this.#translator.translate(message, atMs)) this.#recorder.take(event);
  }

  #onUp(version: string): void {
    this.#version = version;
    // A filter that was refused is told before, and goes on being so.
    if (this.#lastError?.code !== 'filter-refused') this.#lastError = null;
    this.#logger.info({ pbx: this.name, version }, 'connected to Asterisk');
    for (const event of this.#translator.banner(this.#now())) this.#recorder.take(event);
    void this.#begin();
    this.#endTimers();
    this.#confirm = setInterval(() => void this.#askChannels(), CONFIRM_MS);
    this.#prove = setInterval(() => void this.#proveHeard(), PROVE_MS);
  }

  /** Devices first: a channel is classified when it is first seen. */
  async #begin(): Promise<void> {
    const devices = await askDevices(this.client);
    if (devices.size > 0) this.#devices = devices;
    await this.#askChannels();
    this.#onGap();
  }

  /** The items come through the stream, so that they stand in the right place among the events. */
  async #askChannels(): Promise<void> {
    try {
      await this.client.action('Status');
    } catch (error) {
      // A lost connection brings a new list; a refusal is a missing right, told in the status.
      const refused = error as AmiError;
      if (refused.code === 'refused') this.#lastError = refused;
      this.#logger.debug({ pbx: this.name, err: refused.message }, 'no list of channels');
    }
  }

  /** Asterisk writes in order: when the answer is here, every event from before the question is. */
  async #proveHeard(): Promise<void> {
    const askedAtMs = this.#now();
    try {
      await this.client.action('Ping');
      this.#recorder.heard(askedAtMs);
    } catch {
      // No proof this time. A connection that is lost is told by `down`.
    }
  }

  #endTimers(): void {
    clearInterval(this.#confirm);
    clearInterval(this.#prove);
  }

  #onDown(error: AmiError): void {
    this.#endTimers();
    // Closed by the other side in good order: it told everything before.
    if (error.code === 'disconnected' && error.cause === undefined) this.#recorder.heard(this.#now());
    this.#lastError = error;
    this.#logger.warn({ pbx: this.name, err: error.message, code: error.code }, 'the connection to Asterisk was lost');
  }

  #onError(error: AmiError): void {
    this.#lastError = error;
    this.#logger.warn({ pbx: this.name, err: error.message, code: error.code }, 'Asterisk');
  }
}
