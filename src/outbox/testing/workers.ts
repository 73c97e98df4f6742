// Workers and work for the tests of the outbox.
import type { NewDelivery } from '../../store/delivery.ts';
import type { Logger } from '../logger.ts';
import type { Outcome, Work, Worker } from '../worker.ts';

export function aDelivery(callId: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  return {
    crm: 'crm',
    kind: 'ended',
    callId,
    number: null,
    live: false,
    payload: {},
    staleAtMs: null,
    ...changes,
  };
}

export function aCard(callId: string, changes: Partial<NewDelivery> = {}): NewDelivery {
  return aDelivery(callId, { kind: 'card', live: true, staleAtMs: Date.now() + 60_000, ...changes });
}

/** Does as told with every piece of work, and keeps what it was given. */
export class TestWorker implements Worker {
  readonly name: string;
  readonly concurrency: number;
  readonly works: Work[] = [];
  readonly #work: (work: Work) => Promise<Outcome> | Outcome;
  #waiters: (() => void)[] = [];

  constructor(
    work: (work: Work) => Promise<Outcome> | Outcome = () => ({ outcome: 'done' }),
    about: { name?: string; concurrency?: number } = {},
  ) {
    this.#work = work;
    this.name = about.name ?? 'crm';
    this.concurrency = about.concurrency ?? 4;
  }

  async work(work: Work): Promise<Outcome> {
    this.works.push(work);
    for (const check of this.#waiters) check();
    return this.#work(work);
  }

  /** Resolves when it was asked so often. */
  async asked(times: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.works.length < times) return;
        this.#waiters = this.#waiters.filter((one) => one !== check);
        resolve();
      };
      this.#waiters.push(check);
      check();
    });
  }

  /** What it was asked, in order. */
  get log(): string[] {
    return this.works.map(({ delivery }) => `${delivery.kind} ${delivery.callId}`);
  }
}

export const silent: Logger = { error: () => undefined, warn: () => undefined, info: () => undefined };

/** Something that a test lets happen. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
