// Orders to one Asterisk: a connection of its own, so that any process may give them, whoever follows the calls.
import { AmiClient, AmiError, type AmiFields, type AmiMessage, type AmiOptions } from '../ami/index.ts';
import type { Logger } from './logger.ts';

/** OriginateResponse is all that an order needs to hear of; the rest of the class `call` is kept back at the source. */
const events = { events: 'call', filters: ['Event: OriginateResponse'] };

/** How long an order waits for a connection. Whoever clicked is waiting too. */
const CONNECT_MS = 5_000;

/** Reason of OriginateResponse: 3 is "nobody answered in time"; everything else is 0 or differs with the channel driver. */
const NO_ANSWER = '3';

/** What Asterisk says of a call that was ordered: about the first phone only. */
export interface OriginateTold {
  /** The uniqueid that we gave the first channel. */
  readonly channelId: string;
  readonly outcome: 'answered' | 'no-answer' | 'failed';
}

export class Control {
  readonly name: string;
  readonly #client: AmiClient;
  readonly #logger: Logger;
  /** Orders that wait for the connection. */
  readonly #waiting = new Set<() => void>();
  #problem: AmiError | null = null;
  #upSinceMs: number | null = null;

  constructor(given: {
    name: string;
    ami: AmiOptions;
    logger: Logger;
    now: () => number;
    onTold: (told: OriginateTold) => void;
  }) {
    this.name = given.name;
    this.#logger = given.logger;
    this.#client = new AmiClient({ ...events, ...given.ami });
    this.#client.on('event', (message) => {
      const told = toldBy(message);
      if (told) given.onTold(told);
    });
    this.#client.on('up', () => {
      this.#problem = null;
      this.#upSinceMs = given.now();
    });
    this.#client.on('down', (error) => {
      this.#upSinceMs = null;
      this.#onProblem(error);
    });
    this.#client.on('error', (error) => this.#onProblem(error));
  }

  /**
   * Gives the order; resolves when Asterisk has taken it. What becomes of it is told by `onTold`.
   * @throws AmiError; with `refused`, `not-connected`, `busy` or `unsafe-field` nothing was called
   */
  async originate(fields: AmiFields): Promise<void> {
    await this.#connected();
    await this.#client.action('Originate', fields);
  }

  /**
   * Hangs up channels by name, all at once. @returns how many of them were still there
   * @throws AmiError when Asterisk cannot be reached or refuses for another reason than that a channel is gone
   */
  async hangup(channels: readonly string[]): Promise<number> {
    await this.#connected();
    const ended = await Promise.all(channels.map((channel) => this.#hangupOne(channel)));
    return ended.filter(Boolean).length;
  }

  /** Since when it is connected without a break, in unix ms; null: it is not. */
  get upSinceMs(): number | null {
    return this.#upSinceMs;
  }

  /** Connects now, so that what Asterisk says of orders from before a restart is heard. */
  start(): void {
    this.#client.start();
  }

  stop(): Promise<void> {
    for (const fail of this.#waiting) fail();
    return this.#client.stop();
  }

  async #hangupOne(channel: string): Promise<boolean> {
    try {
      await this.#client.action('Hangup', { Channel: channel, Cause: 16 });
      return true;
    } catch (error) {
      const refused = error instanceof AmiError && error.code === 'refused';
      if (refused && /no such channel/i.test(error.message)) return false;
      throw error;
    }
  }

  async #connected(): Promise<void> {
    if (this.#client.state === 'up') return;
    this.#client.start();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (): void => {
      const why = this.#problem?.message ?? `no answer within ${CONNECT_MS / 1000} s`;
      reject(new AmiError('not-connected', why));
    };
    const timer = setTimeout(fail, CONNECT_MS);
    const forget = this.#client.on('up', () => resolve());
    this.#waiting.add(fail);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      forget();
      this.#waiting.delete(fail);
    }
  }

  #onProblem(error: AmiError): void {
    this.#problem = error;
    this.#logger.warn({ pbx: this.name, err: error.message, code: error.code }, 'the connection for ordered calls');
  }
}

function toldBy(message: AmiMessage): OriginateTold | null {
  if (message.name !== 'OriginateResponse') return null;
  const channelId = message.get('Uniqueid');
  if (message.get('Response') === 'Success') return { channelId, outcome: 'answered' };
  return { channelId, outcome: message.get('Reason') === NO_ANSWER ? 'no-answer' : 'failed' };
}
