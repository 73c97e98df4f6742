// Works what waits for the CRMs: one loop for each connection, all writing through one journal.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Dialect } from '../store/dialect.ts';
import { type Counts, countDeliveries } from './counts.ts';
import { Journal } from './journal.ts';
import { leaseMs as defaultLeaseMs } from './lease.ts';
import type { Logger } from './logger.ts';
import { Loop } from './loop.ts';
import type { Observer } from './observer.ts';
import { type DeliveryHealth, deliveryHealth, strandedHealth } from './status.ts';
import type { Worker } from './worker.ts';

export interface OutboxOptions {
  database: Dialect;
  /** One for each connection, by its name; the names differ. */
  workers: readonly Worker[];
  logger: Logger;
  /** A text that no other process has, nor this one after a restart; made unless told. */
  owner?: string;
  observer?: Observer;
  /** Told when this process begins and ceases to be the one that works a connection. */
  onOwner?: (crm: string, owns: boolean) => void;
  /** 10 s unless told. */
  leaseMs?: number;
  /** Unix ms. */
  now?: () => number;
  random?: () => number;
}

/** How long `stop` waits for what is in work, in all. */
const stopMs = 5_000;
/** What the last `stop` has for storing it. */
const stopStoringMs = 2_000;

export class Outbox {
  readonly #database: Dialect;
  readonly #journal: Journal;
  readonly #loops: Loop[];
  readonly #leaseMs: number;
  readonly #now: () => number;
  readonly #logger: Logger;
  #stops: (() => void)[] = [];

  constructor(options: OutboxOptions) {
    this.#database = options.database;
    this.#journal = new Journal(options.database);
    this.#leaseMs = options.leaseMs ?? defaultLeaseMs;
    this.#now = options.now ?? Date.now;
    this.#logger = options.logger;
    const owner = options.owner ?? ownerName();
    this.#loops = options.workers.map(
      (worker) =>
        new Loop({
          worker,
          database: options.database,
          journal: this.#journal,
          owner,
          leaseMs: this.#leaseMs,
          logger: options.logger,
          observer: options.observer ?? { begun: () => undefined, ended: () => undefined },
          onOwner: (owns) => options.onOwner?.(worker.name, owns),
          now: this.#now,
          random: options.random ?? Math.random,
        }),
    );
  }

  /** Begins. Never rejects: a database that does not answer is tried again. */
  start(): void {
    const wakeAll = (urgent: boolean): void => this.#loops.forEach((loop) => loop.wake(urgent));
    const renewing = setInterval(() => this.#renew(), this.#leaseMs / 3);
    this.#stops = [
      this.#database.listen('deliveries', () => wakeAll(false)),
      this.#database.listen('live', () => wakeAll(true)),
      () => clearInterval(renewing),
    ];
    wakeAll(true);
  }

  /**
   * Begins nothing more, tells what is in work to come to an end, waits a few seconds for it, and lets other processes have the rest.
   * @param waitMs how long it waits for what is in work
   */
  async stop(waitMs = stopMs): Promise<void> {
    for (const stop of this.#stops.splice(0)) stop();
    const stopping = Promise.allSettled(this.#loops.map((loop) => loop.stop(waitMs)));
    const timeout = new AbortController();
    // a database that does not answer must not keep the program from ending: leases run out by themselves
    await Promise.race([
      stopping,
      delay(waitMs + stopStoringMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    this.#journal.close();
    await stopping;
  }

  /** Whether this process is the one that works the connection. */
  owns(crm: string): boolean {
    return this.#loops.some((loop) => loop.name === crm && loop.owns);
  }

  /** What has not ended, by connection. @throws StoreError */
  counts(): Promise<Map<string, Counts>> {
    return countDeliveries(this.#database);
  }

  paused(): { crm: string; down: boolean }[] {
    return this.#loops.map((loop) => ({ crm: loop.name, down: loop.paused !== null }));
  }

  /** Never rejects: without the database it says what this process knows. */
  async status(): Promise<DeliveryHealth[]> {
    const counts = await this.counts().catch(() => null);
    const nowMs = this.#now();
    const known = new Set(this.#loops.map((loop) => loop.name));
    const stranded = [...(counts ?? [])].filter(
      ([crm, { waiting, working, rejected }]) => !known.has(crm) && waiting + working + rejected > 0,
    );
    return [
      ...this.#loops.map((loop) =>
        deliveryHealth(loop.name, {
          counts: counts?.get(loop.name) ?? null,
          paused: loop.paused,
          owns: loop.owns,
          nowMs,
        }),
      ),
      ...stranded.map(([crm, one]) => strandedHealth(crm, one)),
    ];
  }

  #renew(): void {
    for (const loop of this.#loops) {
      loop.renew().catch((error: unknown) => {
        this.#logger.warn({ crm: loop.name, err: error }, 'a lease could not be renewed');
      });
    }
  }
}

/** Names the process in the database, for whoever looks into it. */
export function ownerName(): string {
  return `${hostname()} ${process.pid} ${randomUUID()}`;
}
