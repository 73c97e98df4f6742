import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface PortalGiven {
  /** The portal's leaky bucket; null: it takes everything. */
  rate: { threshold: number; drainPerSecond: number } | null;
  /** Their inner numbers. */
  employees: readonly string[];
  /** So many of the first clients (`clientNumber`) are contacts there. */
  knownClients: number;
}

export interface PortalAsked {
  id: number;
  what: 'counters' | 'calls' | 'listen' | 'die';
}

export interface PortalAnswer {
  id: number;
  answer: unknown;
}

export interface PortalCounters {
  /** Calls in the statistics. */
  finished: number;
  requests: number;
  commands: number;
  /** Requests that were answered 503. */
  limited: number;
  leads: number;
  tasks: number;
}

/** A call as the portal holds it: its external id, whether it was never finished, how many activities it has. */
export type PortalCall = [externalId: string, live: boolean, activities: number];

/** The portal's process. */
export class PortalProcess {
  readonly webhook: string;
  readonly #child: ChildProcess;
  readonly #asked = new Map<number, (answer: unknown) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, webhook: string) {
    this.#child = child;
    this.webhook = webhook;
    child.on('message', ({ id, answer }: PortalAnswer) => {
      this.#asked.get(id)?.(answer);
      this.#asked.delete(id);
    });
  }

  static async start(given: PortalGiven): Promise<PortalProcess> {
    const child = fork(join(import.meta.dirname, 'portal-child.ts'), [JSON.stringify(given)]);
    const [first] = (await once(child, 'message')) as [{ answer: { webhook: string } }];
    return new PortalProcess(child, first.answer.webhook);
  }

  counters(): Promise<PortalCounters> {
    return this.#ask('counters') as Promise<PortalCounters>;
  }

  calls(): Promise<PortalCall[]> {
    return this.#ask('calls') as Promise<PortalCall[]>;
  }

  /** Refuses connections from now on, as a server that is down. */
  async die(): Promise<void> {
    await this.#ask('die');
  }

  async listen(): Promise<void> {
    await this.#ask('listen');
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  #ask(what: PortalAsked['what']): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      this.#child.send({ id, what } satisfies PortalAsked);
    });
  }
}
