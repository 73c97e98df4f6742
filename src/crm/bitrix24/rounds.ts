// Work that a connection does by itself, again and again; what goes wrong is remembered for the status and tried again.
import { PortalError } from './portal.ts';
import type { Logger } from '../contract.ts';

export interface Trouble {
  message: string;
  mend: string | null;
}

const AGAIN_MS = 30_000;

export class Rounds {
  readonly #logger: Logger;
  readonly #waiting = new Map<string, { timer: NodeJS.Timeout; begin: () => void }>();
  readonly #running = new Set<Promise<void>>();
  readonly #troubles = new Map<string, Trouble>();
  #isStopped = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Begins at once. `work` may say when it wants to run next (ms); after a failure it is soon. */
  add(name: string, everyMs: number, work: () => Promise<number | void>): void {
    this.#run(name, everyMs, work);
  }

  trouble(name: string): Trouble | null {
    return this.#troubles.get(name) ?? null;
  }

  /** Does at once what waits for its next time: what kept it from succeeding may be gone. */
  soon(): void {
    for (const { timer, begin } of this.#waiting.values()) {
      clearTimeout(timer);
      begin();
    }
  }

  /** Waits for what runs. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    await Promise.all(this.#running);
  }

  #run(name: string, everyMs: number, work: () => Promise<number | void>): void {
    const running = this.#once(name, everyMs, work).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #once(name: string, everyMs: number, work: () => Promise<number | void>): Promise<void> {
    const nextMs = await this.#attempt(name, everyMs, work);
    if (this.#isStopped) return;
    const begin = (): void => {
      this.#waiting.delete(name);
      this.#run(name, everyMs, work);
    };
    this.#waiting.set(name, { timer: setTimeout(begin, nextMs), begin });
  }

  /** How long until the next, ms. */
  async #attempt(name: string, everyMs: number, work: () => Promise<number | void>): Promise<number> {
    try {
      const nextMs = await work();
      this.#troubles.delete(name);
      return nextMs ?? everyMs;
    } catch (error) {
      const known = error instanceof PortalError;
      const message = error instanceof Error ? error.message : String(error);
      // The same trouble every few seconds is told once.
      if (!this.#isStopped && this.#troubles.get(name)?.message !== message)
        this.#logger.warn({ err: error }, `Not done, and tried again: ${name}`);
      this.#troubles.set(name, { message, mend: known ? error.mend : null });
      return Math.max(Math.min(everyMs, AGAIN_MS), known ? (error.retryAfterMs ?? 0) : 0);
    }
  }
}
