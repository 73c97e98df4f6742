// From events to the store: steps the tracker, stores what it concludes in batches, and only then lets anyone outside hear of it.
import { randomUUID } from 'node:crypto';
import type { Call } from '../calls/call.ts';
import type { PbxEvent } from '../calls/events.ts';
import type { Fact } from '../calls/facts.ts';
import type { CallDump, Tracker } from '../calls/tracker.ts';
import type { Recorded, Store, StoredCall } from '../store/store.ts';
import type { Logger } from './logger.ts';

/** Between two attempts to store while the database does not take it. Telephony goes on meanwhile; nothing is dropped. */
const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;
/** Facts of one transaction at most, so that a backlog does not hold the database for long. */
const BATCH_FACTS_MAX = 2_000;

export interface RecorderStatus {
  /** Ended calls whose hangup cause and dial status gave no result, since start. */
  unknownResults: number;
  /** Facts that wait to be stored. */
  waiting: number;
  /** What the database said last, while it refuses. */
  problem: { message: string; mend: string | null } | null;
}

export class Recorder {
  readonly #pbx: string;
  readonly #tracker: Tracker;
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #shown: (number: string) => string;
  readonly #onGapEnded: () => void;
  readonly #heardPosition: string;
  #facts: Fact[] = [];
  /** Calls that ended, as they were: the tracker forgets them. */
  readonly #ended = new Map<string, Call>();
  /** Open calls as last stored: what the outside may see of them. */
  readonly #open = new Map<string, Call>();
  #running: Promise<void> | null = null;
  #keeping: Promise<void> | null = null;
  #problem: RecorderStatus['problem'] = null;
  #unknownResults = 0;
  #stopping = false;
  #wake: (() => void) | null = null;

  constructor(given: {
    pbx: string;
    tracker: Tracker;
    store: Store;
    logger: Logger;
    /** A client's number as the log may show it. */
    shown: (number: string) => string;
    /** Told when a call of which something was not seen has ended and is stored: the past may know more. */
    onGapEnded?: () => void;
  }) {
    this.#shown = given.shown;
    this.#onGapEnded = given.onGapEnded ?? (() => undefined);
    this.#pbx = given.pbx;
    this.#tracker = given.tracker;
    this.#store = given.store;
    this.#logger = given.logger;
    this.#heardPosition = `heard ${given.pbx}`;
  }

  /** Gives the tracker the calls that were open when the program ended. A `gap` and a `snapshot` should follow. */
  async restore(): Promise<void> {
    const heardAtMs = await this.#store.position(this.#heardPosition);
    if (heardAtMs !== null) this.#tracker.heard(Number(heardAtMs));
    const stored = await this.#store.openCalls(this.#pbx);
    this.#tracker.restore(stored.filter(({ state }) => state !== null).map(({ state }) => state as CallDump));
    for (const { call } of stored) this.#open.set(call.id, call);
  }

  take(event: PbxEvent): void {
    this.#keep(this.#tracker.step(event));
  }

  #keep(facts: readonly Fact[]): void {
    if (facts.length === 0) return;
    for (const fact of facts) {
      this.#facts.push(fact);
      if (fact.type !== 'call.ended') continue;
      const call = this.#tracker.call(fact.callId);
      if (call) this.#ended.set(call.id, call);
    }
    this.#running ??= this.#run();
  }

  /**
   * Nothing is missing up to this moment (unix ms). Kept while calls go on, so that one which ends while the program is away, after a
   * long talk without a single event, does not seem to have ended at its last event.
   */
  heard(atMs: number): void {
    this.#keep(this.#tracker.heard(atMs));
    if (this.#open.size === 0 || this.#problem || this.#keeping) return;
    this.#keeping = this.#store
      .setPosition(this.#heardPosition, String(atMs))
      // A database that refuses calls too tells it by them.
      .catch(() => undefined)
      .finally(() => (this.#keeping = null));
  }

  /** Open calls, as stored. */
  openCalls(): Call[] {
    return [...this.#open.values()].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  }

  status(): RecorderStatus {
    return { unknownResults: this.#unknownResults, waiting: this.#facts.length, problem: this.#problem };
  }

  /** Resolves when everything taken so far is stored. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Stores what waits, unless the database refuses; then it stays for the next start to be found out anew. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
    await this.#keeping;
  }

  async #run(): Promise<void> {
    // Everything that arrives in one packet becomes one transaction.
    await new Promise(setImmediate);
    while (this.#facts.length > 0) {
      const batch = this.#nextBatch();
      if (!(await this.#storeUntilDone(batch))) break;
      this.#publish(batch);
    }
    this.#running = null;
  }

  #nextBatch(): Recorded {
    const facts = this.#facts.splice(0, BATCH_FACTS_MAX);
    const merged = mergesOf(facts);
    const absorbed = new Set(merged.map(({ id }) => id));
    const ids = new Set(facts.map((fact) => fact.callId).filter((id) => !absorbed.has(id)));
    for (const { into } of merged) ids.add(into);
    const calls: StoredCall[] = [];
    for (const id of ids) {
      const call = this.#tracker.call(id) ?? this.#ended.get(id);
      if (call) calls.push({ call, state: call.endedAt === null ? this.#tracker.dump(id) : null });
    }
    return { pbx: this.#pbx, batchId: randomUUID(), calls, merged, facts };
  }

  /** The same batch again and again, under the same id, until it is stored; false when the program stops before that. */
  async #storeUntilDone(batch: Recorded): Promise<boolean> {
    for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(RETRY_MAX_MS, waitMs * 2)) {
      try {
        await this.#store.record(batch);
        if (this.#problem) this.#logger.info({ pbx: this.#pbx }, 'the database takes calls again');
        this.#problem = null;
        return true;
      } catch (error) {
        const { message, mend = null } = error as Error & { mend?: string | null };
        if (!this.#problem)
          this.#logger.error(
            { pbx: this.#pbx, err: message, mend },
            'the database does not take calls; they wait in memory',
          );
        this.#problem = { message, mend };
        if (this.#stopping) return false;
        await this.#pause(waitMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #publish(batch: Recorded): void {
    for (const { id } of batch.merged) this.#open.delete(id);
    for (const { call } of batch.calls) {
      if (call.endedAt === null) {
        this.#open.set(call.id, call);
        continue;
      }
      this.#open.delete(call.id);
      // An ended call may have facts in the next batch no more: the tracker gives none after the end.
      this.#ended.delete(call.id);
      if (call.result.code === 0) this.#unknownResults += 1;
      if (call.gap) this.#onGapEnded();
      this.#logEnd(call);
    }
  }

  #logEnd({ id, direction, client, answered, lostStage, responsible, talkMs, waitMs }: Call): void {
    const number = client?.number ? this.#shown(client.number) : null;
    const extension = responsible?.extension ?? null;
    const fields = {
      pbx: this.#pbx,
      callId: id,
      direction,
      client: number,
      answered,
      lostStage,
      extension,
      waitMs,
      talkMs,
    };
    this.#logger.info(fields, 'call ended');
  }
}

/** Which calls became part of which; of a chain within one batch only the last call is there to be stored. */
export function mergesOf(facts: readonly Fact[]): Recorded['merged'] {
  const into = new Map(facts.flatMap((fact) => (fact.into === undefined ? [] : [[fact.callId, fact.into] as const])));
  const survivor = (id: string): string => {
    const next = into.get(id);
    return next === undefined ? id : survivor(next);
  };
  return [...into.keys()].map((id) => ({ id, into: survivor(id) }));
}
