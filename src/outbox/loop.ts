// Works the deliveries of one connection: woken by what is stored, by due times and by the ends of leases; it never polls.
import type { Db, Dialect } from '../store/dialect.ts';
import { claim, type Claimed, type Found, leaseOf } from './claim.ts';
import { TookTooLong, withinDeadline } from './deadline.ts';
import { droppedByMerge, endingAfter, endingOf, failureOf } from './ending-of.ts';
import { dropStale } from './drop-stale.ts';
import { type Attempt, type Ending, finish, stillOurs } from './finish.ts';
import { type Journal, JournalClosed } from './journal.ts';
import { type Holding, releaseLease, takeLease } from './lease.ts';
import type { Logger } from './logger.ts';
import type { Observer } from './observer.ts';
import { Pause, type PausedBecause } from './pause.ts';
import { writeState } from './work-rows.ts';
import { DeliveryError, type Worker } from './worker.ts';

export interface LoopGiven {
  worker: Worker;
  database: Dialect;
  journal: Journal;
  /** This process. */
  owner: string;
  leaseMs: number;
  logger: Logger;
  observer: Observer;
  /** Told when this process begins and ceases to be the one that works the connection. */
  onOwner: (owns: boolean) => void;
  now: () => number;
  random: () => number;
}

interface InWork extends Attempt {
  begunAtMs: number;
  abort: AbortController;
  /** Its worker is through; what came of it is not stored yet. */
  through: boolean;
}

const timerMsMax = 3_600_000;

export class Loop {
  readonly #given: LoopGiven;
  readonly #pause: Pause;
  readonly #inWork = new Map<number, InWork>();
  #running: Promise<void> | null = null;
  #again: 'no' | 'soon' | 'urgent' = 'no';
  #timer: NodeJS.Timeout | undefined;
  #owns = false;
  #heldUntilMs = 0;
  #stopping = false;
  #renewing = false;
  #idle: (() => void) | undefined;

  constructor(given: LoopGiven) {
    this.#given = given;
    this.#pause = new Pause(given.random);
  }

  get name(): string {
    return this.#given.worker.name;
  }

  get owns(): boolean {
    return this.#owns;
  }

  get paused(): PausedBecause | null {
    return this.#pause.because;
  }

  /** There may be something to do. `urgent`: it is live, or a person waits. */
  wake(urgent: boolean): void {
    if (this.#stopping) return;
    if (this.#again !== 'urgent') this.#again = urgent ? 'urgent' : 'soon';
    if (urgent) this.#given.journal.hurry();
    this.#running ??= this.#look().finally(() => {
      this.#running = null;
      if (this.#again !== 'no') this.wake(false);
    });
  }

  /** Keeps what it holds; to be called every third of a lease. */
  async renew(): Promise<void> {
    // Another process may have taken over by now: begin nothing more.
    if (this.#owns && this.#given.now() > this.#heldUntilMs) this.#abortAll('the lease ran out');
    if (!this.#owns || this.#renewing) return;
    this.#renewing = true;
    try {
      await this.#renew([...this.#inWork.values()]);
    } finally {
      this.#renewing = false;
    }
  }

  /** Aborts what is in work and waits for its end, at most so long; then lets others have everything. */
  async stop(waitMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    this.#abortAll('Patchcord stops');
    await this.#running;
    this.#abortAll('Patchcord stops');
    if (this.#inWork.size > 0) {
      const timer = setTimeout(() => this.#idle?.(), waitMs);
      await new Promise<void>((resolve) => (this.#idle = resolve));
      clearTimeout(timer);
    }
    const { database, journal, owner, now } = this.#given;
    const left = [...this.#inWork.values()];
    const nowMs = now();
    const releasing = async (db: Db): Promise<void> => {
      const ending: Ending = { to: 'again', note: 'Patchcord was stopped', mend: null, dueAtMs: nowMs };
      for (const attempt of left) await finish(database, db, attempt, ending, nowMs);
      await releaseLease(db, leaseOf(this.name), owner);
      await database.announce(db, 'deliveries');
    };
    if (this.#owns) await journal.write(releasing, { locks: true, urgent: true });
    this.#holds(false, 0);
  }

  async #renew(attempts: readonly InWork[]): Promise<void> {
    const { journal, owner, leaseMs: lifeMs, now } = this.#given;
    const renewing = async (db: Db): Promise<{ held: Holding; lost: ReadonlySet<number> }> => {
      const nowMs = now();
      const held = await takeLease(db, { name: leaseOf(this.name), owner, nowMs, lifeMs });
      const lost = new Set<number>();
      for (const attempt of attempts) {
        if (!(await stillOurs(db, attempt, nowMs + lifeMs))) lost.add(attempt.delivery.id);
      }
      return { held, lost };
    };
    const { held, lost } = await journal.write(renewing, { locks: false, urgent: true });
    for (const attempt of attempts) {
      if (lost.has(attempt.delivery.id)) attempt.abort.abort(new Error('the lease was lost'));
    }
    this.#holds(held.mine, held.untilMs);
  }

  async #look(): Promise<void> {
    const { database, journal, worker, owner, leaseMs, now } = this.#given;
    const urgent = this.#again === 'urgent';
    this.#again = 'no';
    clearTimeout(this.#timer);
    try {
      let blockedUntilMs: number | null = null;
      const looking = (db: Db): Promise<Found> => {
        const nowMs = now();
        blockedUntilMs = this.#pause.blockedUntilMs(nowMs);
        const inWork = [...this.#inWork.keys()];
        const room = this.#room(nowMs);
        return claim(database, db, { crm: worker.name, worker: owner, nowMs, leaseMs, room, inWork });
      };
      const found = await journal.write(looking, { locks: false, urgent });
      this.#holds(found.holding.mine, found.holding.untilMs);
      for (const claimed of found.claimed) void this.#work(claimed);
      if (found.stale.length > 0) await this.#dropStale(found.stale);
      this.#setTimer(found.nextAtMs, blockedUntilMs);
    } catch (error) {
      if (error instanceof JournalClosed) return;
      this.#given.logger.error({ crm: this.name, err: error }, 'deliveries could not be claimed');
      this.#setTimer(now() + 5_000);
    }
  }

  /** Live ones have room of their own: a backlog in work delays none. */
  #room(nowMs: number): { live: number; backlog: number; all: number } {
    const { concurrency } = this.#given.worker;
    const going = [...this.#inWork.values()].filter(({ through }) => !through);
    const live = going.filter(({ delivery }) => delivery.live).length;
    const begunAtMs = going.map((one) => one.begunAtMs);
    const all = this.#stopping ? 0 : Math.min(2 * concurrency, this.#pause.room(nowMs, begunAtMs));
    return {
      live: Math.max(0, concurrency - live),
      backlog: Math.max(0, concurrency - (going.length - live)),
      all,
    };
  }

  async #work(claimed: Claimed): Promise<void> {
    const { delivery } = claimed;
    const { now, observer, owner } = this.#given;
    const begunAtMs = now();
    const inWork = { delivery, worker: owner, begunAtMs, abort: new AbortController(), through: false };
    this.#inWork.set(delivery.id, inWork);
    if (this.#stopping) inWork.abort.abort(new Error('Patchcord stops'));
    observer.begun(delivery, Math.max(0, begunAtMs - Math.max(delivery.createdAtMs, delivery.dueAtMs)));
    const ending = droppedByMerge(delivery, claimed.absorbedBy) ?? (await this.#ask(claimed, inWork));
    inWork.through = true;
    const tookMs = now() - begunAtMs;
    // The look for what is next goes into the same transaction.
    const storing = this.#store(inWork, ending);
    this.wake(false);
    if (await storing) observer.ended(delivery, ending.to, tookMs);
    // it may have been claimed again in the same transaction
    if (this.#inWork.get(delivery.id) === inWork) this.#inWork.delete(delivery.id);
    if (this.#inWork.size === 0) this.#idle?.();
  }

  async #ask(claimed: Claimed, inWork: InWork): Promise<Ending> {
    const { worker, now, random } = this.#given;
    const { delivery, call, state, retries } = claimed;
    const { signal } = inWork.abort;
    const interrupted: Ending = { to: 'again', note: delivery.note, mend: delivery.mend, dueAtMs: delivery.dueAtMs };
    if (signal.aborted) return interrupted;
    try {
      const save = (changed: unknown): Promise<void> => this.#save(inWork, changed);
      const outcome = await withinDeadline(worker.work({ delivery, call, state, save, signal }), inWork.abort);
      this.#up(inWork);
      return endingOf(outcome);
    } catch (error) {
      const ending = endingAfter(error, delivery, { nowMs: now(), retries, random: random() });
      // what failed because it was interrupted says nothing about the CRM
      if (signal.aborted && !(signal.reason instanceof TookTooLong) && ending.to !== 'rejected') return interrupted;
      this.#failed(error, inWork);
      return ending;
    }
  }

  #failed(error: unknown, { delivery, begunAtMs }: InWork): void {
    const { logger, now } = this.#given;
    const { kind, message, mend, retryAfterMs } = failureOf(error);
    const fields = { crm: this.name, delivery: delivery.id, kind: delivery.kind, callId: delivery.callId };
    if (!(error instanceof DeliveryError)) {
      logger.error({ ...fields, err: error }, 'a delivery failed by a fault of ours; it is tried again');
    } else if (kind === 'rejected') {
      logger.warn({ ...fields, why: message, mend }, 'a delivery was rejected; it waits for a person');
    }
    if (kind !== 'down') return this.#up({ begunAtMs });
    if (this.#pause.because === null) logger.warn({ crm: this.name, why: message, mend }, 'the connection is down');
    this.#pause.down({ begunAtMs, nowMs: now(), why: message, mend, retryAfterMs });
  }

  #up({ begunAtMs }: { begunAtMs: number }): void {
    if (this.#pause.up(begunAtMs)) this.#given.logger.info({ crm: this.name }, 'the connection is up again');
  }

  async #store(inWork: InWork, ending: Ending): Promise<boolean> {
    const { database, journal, now, logger } = this.#given;
    const nowMs = now();
    try {
      return await journal.write((db) => finish(database, db, inWork, ending, nowMs), { locks: true, urgent: false });
    } catch (error) {
      // It stays claimed until its lease runs out, and is then attempted again.
      if (!(error instanceof JournalClosed)) {
        const fields = { crm: this.name, delivery: inWork.delivery.id, err: error };
        logger.error(fields, 'what came of a delivery could not be stored');
      }
      return false;
    }
  }

  async #save(inWork: InWork, state: unknown): Promise<void> {
    const { journal, now, leaseMs } = this.#given;
    const { crm, callId } = inWork.delivery;
    const saving = async (db: Db): Promise<boolean> => {
      const ours = await stillOurs(db, inWork, now() + leaseMs);
      if (ours) await writeState(db, { crm, callId, state, nowMs: now() });
      return ours;
    };
    if (await journal.write(saving, { locks: false, urgent: true })) return;
    inWork.abort.abort(new Error('the lease was lost'));
    throw new DeliveryError('retry', 'another process works this delivery');
  }

  async #dropStale(ids: readonly number[]): Promise<void> {
    const { journal, now, observer } = this.#given;
    const nowMs = now();
    const dropped = await journal.write((db) => dropStale(db, ids, nowMs), { locks: true, urgent: true });
    for (const delivery of dropped) observer.ended(delivery, 'dropped', 0);
    // what was behind them has its turn
    if (dropped.length > 0) this.wake(true);
  }

  #holds(holds: boolean, untilMs: number): void {
    if (holds) this.#heldUntilMs = untilMs;
    if (holds === this.#owns) return;
    this.#owns = holds;
    if (!holds) this.#abortAll('another process works this connection');
    this.#given.onOwner(holds);
    if (!holds) this.#setTimer(untilMs);
  }

  #abortAll(why: string): void {
    for (const { abort } of this.#inWork.values()) abort.abort(new Error(why));
  }

  /** Looks again at the earliest of the times. */
  #setTimer(...atMs: (number | null)[]): void {
    if (this.#stopping) return;
    clearTimeout(this.#timer);
    const times = atMs.filter((one) => one !== null);
    if (times.length === 0) return;
    const waitMs = Math.min(...times) - this.#given.now();
    this.#timer = setTimeout(() => this.wake(true), Math.min(Math.max(waitMs, 1), timerMsMax));
  }
}
