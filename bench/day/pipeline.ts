// From the AMI to the database, as the live source does it: client, translator, tracker, store, with back-pressure.
import { AmiClient, type AmiMessage } from '../../src/ami/index.ts';
import { Tracker } from '../../src/calls/tracker.ts';
import { AmiTranslator } from '../../src/pbx/ami-events.ts';
import { isAnonymous } from '../../src/phones/anonymous.ts';
import { toE164 } from '../../src/phones/number.ts';
import type { Fact } from '../../src/calls/facts.ts';
import type { Call } from '../../src/calls/call.ts';
import type { Store, StoredCall } from '../../src/store/store.ts';

/** Facts of one transaction at most. */
const batchFacts = 500;
/** Facts that may wait for the database before reading stops. */
const waitingFacts = 5000;

export const pbxName = 'day';

export interface PipelineOptions {
  readonly connection: { host: string; port: number; username: string; secret: string };
  readonly store: Store;
  /** Whose mobiles are whose. */
  readonly mobiles: ReadonlyMap<string, string>;
  /** Told of the time of the PBX as it passes, unix ms. */
  readonly onTime: (atMs: number) => void;
}

export class Pipeline {
  readonly client: AmiClient;
  readonly tracker: Tracker;
  events = 0;
  facts = 0;
  batches = 0;
  private readonly translator = new AmiTranslator();
  private readonly store: Store;
  private readonly onTime: (atMs: number) => void;
  private waiting: Fact[] = [];
  private ended = new Map<string, Call>();
  private writing: Promise<void> | null = null;
  private failure: unknown = null;

  constructor(options: PipelineOptions) {
    this.store = options.store;
    this.onTime = options.onTime;
    this.tracker = new Tracker({
      pbx: pbxName,
      anonymous: isAnonymous,
      e164: (number) => toE164(number, 'RU'),
      ownerOf: (number) => options.mobiles.get(number) ?? null,
    });
    this.client = new AmiClient(options.connection);
    this.client.on('event', (message) => {
      this.take(message);
    });
  }

  private take(message: AmiMessage): void {
    this.events++;
    const stamp = Number(message.get('Timestamp'));
    if (Number.isNaN(stamp) || stamp === 0) return;
    const atMs = Math.round(stamp * 1000);
    this.onTime(atMs);
    for (const event of this.translator.translate(message, atMs)) {
      for (const fact of this.tracker.step(event)) {
        this.waiting.push(fact);
        const call = fact.type === 'call.ended' ? this.tracker.call(fact.callId) : null;
        if (call) this.ended.set(call.id, call);
      }
    }
    if (this.waiting.length >= batchFacts) this.write();
    if (this.waiting.length >= waitingFacts) this.client.pause();
  }

  private write(): void {
    this.writing ??= this.store
      .record(this.batch())
      .then(() => undefined)
      .catch((error: unknown) => {
        this.failure = error;
      })
      .finally(() => {
        this.writing = null;
        if (this.waiting.length >= batchFacts) this.write();
        if (this.waiting.length < waitingFacts) this.client.resume();
      });
  }

  private batch(): { pbx: string; calls: StoredCall[]; merged: { id: string; into: string }[]; facts: Fact[] } {
    const facts = this.waiting;
    const ended = this.ended;
    this.waiting = [];
    this.ended = new Map();
    this.facts += facts.length;
    this.batches++;
    const merged = facts.flatMap((fact) =>
      fact.type === 'call.merged' && fact.into !== undefined ? [{ id: fact.callId, into: fact.into }] : [],
    );
    const gone = new Set(merged.map((one) => one.id));
    const touched = new Set(
      [...facts.map((fact) => fact.callId), ...merged.map((one) => one.into)].filter((id) => !gone.has(id)),
    );
    const calls = [...touched].flatMap((id): StoredCall[] => {
      const over = ended.get(id);
      if (over) return [{ call: over, state: null }];
      const open = this.tracker.call(id);
      return open ? [{ call: open, state: this.tracker.dump(id) }] : [];
    });
    return { pbx: pbxName, calls, merged, facts };
  }

  /**
   * Waits until everything that the PBX has sent is stored.
   *
   * @throws what the database refused.
   */
  async drain(): Promise<void> {
    // The answer comes behind every event that was sent before it.
    await this.client.action('Ping', {}, { timeoutMs: 600_000 });
    while (this.waiting.length > 0 || this.writing) {
      this.write();
      await this.writing;
      if (this.failure) throw this.failure as Error;
    }
  }
}
