// Who follows a PBX. Of several processes on one PostgreSQL only one does; another takes over when it is gone.
import type { Call } from '../calls/call.ts';
import { Leases } from '../outbox/lease.ts';
import type { Logger } from '../pbx/logger.ts';
import type { Pbx } from '../pbx/pbx.ts';
import { pbxStatus, type PartState } from '../pbx/status.ts';
import type { Store } from '../store/store.ts';

/** A lease holds 10 s: it is renewed three times before it runs out. */
const renewMs = 3_300;
const leaseLifeMs = 10_000;

export class PbxOwner {
  readonly name: string;
  readonly #make: () => Promise<Pbx>;
  readonly #store: Store;
  readonly #logger: Logger;
  /** Null where nobody else can be: a SQLite file belongs to one process. */
  readonly #leases: Leases | null;
  #pbx: Pbx | null = null;
  #started = false;
  #renewedAtMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(given: { name: string; make: () => Promise<Pbx>; store: Store; logger: Logger; owner: string }) {
    this.name = given.name;
    this.#make = given.make;
    this.#store = given.store;
    this.#logger = given.logger;
    const { database } = given.store;
    this.#leases = database.name === 'postgres' ? new Leases({ database, owner: given.owner }) : null;
  }

  /** The PBX, when it is this process that follows it. */
  get pbx(): Pbx | null {
    return this.#pbx;
  }

  /** Takes the PBX if it is free; it is not followed yet, but its open calls are known. @throws StoreError */
  async prepare(): Promise<void> {
    if (await this.#mayHave()) await this.#take();
  }

  /** Follows it, now or as soon as it is free. */
  start(): void {
    this.#started = true;
    this.#pbx?.start();
    if (this.#leases) this.#timer = setInterval(() => this.#look(), renewMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#turn;
    await this.#pbx?.stop();
    this.#pbx = null;
    // A database that is away keeps it until it runs out.
    await this.#leases?.release(this.#leaseName).catch(() => undefined);
  }

  /** Calls in progress; those that another process follows, as it has stored them. */
  async openCalls(): Promise<Call[]> {
    if (this.#pbx) return this.#pbx.recorder.openCalls();
    return (await this.#store.openCalls(this.name)).map(({ call }) => call);
  }

  status(): PartState[] {
    const pbx = this.#pbx;
    if (!pbx) {
      return [
        { part: `pbx ${this.name}`, level: 'ok', message: 'another process of Patchcord follows it', mend: null },
      ];
    }
    return [
      ...pbxStatus(pbx.name, pbx.live.status(), pbx.recorder.status(), Date.now()),
      ...(pbx.past?.status() ?? []),
    ];
  }

  get #leaseName(): string {
    return `pbx ${this.name}`;
  }

  #look(): void {
    this.#turn = this.#turn.then(() => this.#renew());
  }

  async #renew(): Promise<void> {
    if (this.#stopped) return;
    try {
      const mine = await this.#mayHave();
      if (mine && !this.#pbx) await this.#take();
      if (!mine) await this.#giveUp('another process has taken it over');
    } catch (error) {
      // What cannot be renewed may be somebody else's soon: two that follow one PBX would tell everything twice.
      const over = Date.now() - this.#renewedAtMs > leaseLifeMs;
      if (over) await this.#giveUp(error instanceof Error ? error.message : String(error));
    }
  }

  async #mayHave(): Promise<boolean> {
    if (!this.#leases) return true;
    const askedAtMs = Date.now();
    const mine = await this.#leases.take(this.#leaseName);
    if (mine) this.#renewedAtMs = askedAtMs;
    return mine;
  }

  async #take(): Promise<void> {
    const pbx = await this.#make();
    // Before anyone can ask: calls that go on must not seem to be over.
    await pbx.recorder.restore();
    this.#pbx = pbx;
    if (this.#started) {
      this.#logger.info({ pbx: this.name }, 'this process follows the PBX from now on');
      pbx.start();
    }
  }

  async #giveUp(why: string): Promise<void> {
    const pbx = this.#pbx;
    if (!pbx) return;
    this.#pbx = null;
    this.#logger.warn({ pbx: this.name, why }, 'this process follows the PBX no more');
    await pbx.stop();
  }
}
