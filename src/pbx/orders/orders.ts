// The book of ordered calls: takes an order, has Asterisk make the call, and finds out what became of it, whatever happens meanwhile.
import { randomBytes } from 'node:crypto';
import { AmiError, type AmiOptions } from '../../ami/index.ts';
import type { CallDump } from '../../calls/tracker.ts';
import { insertDeliveries } from '../../store/deliveries.ts';
import type { NewDelivery } from '../../store/delivery.ts';
import type { Store } from '../../store/store.ts';
import { Control, type OriginateTold } from '../control.ts';
import type { Logger } from '../logger.ts';
import { channelIdOf, type Dialler, isOurs } from './dialler.ts';
import { type NewOrder, type Order, OrderRefusal, type OrderReason, settle, type Settled } from './order.ts';
import { OrderRows } from './order-rows.ts';

/** One PBX, as far as ordering calls goes. */
export interface OrderPbx {
  readonly name: string;
  readonly ami: AmiOptions;
  /** Null: the settings let it make no calls. */
  readonly dialler: Dialler | null;
  /** Whether it has this extension, as far as is known. */
  readonly has: (extension: string) => boolean;
}

/** How often is looked what became of orders that go on, and whether another process left some behind. */
const LOOK_MS = 500;
const IDLE_LOOK_MS = 30_000;
const MINUTE_MS = 60_000;

export class OrderBook {
  readonly #store: Store;
  readonly #rows: OrderRows;
  readonly #pbxs: readonly OrderPbx[];
  readonly #controls = new Map<string, Control>();
  readonly #logger: Logger;
  readonly #now: () => number;
  /** Work that must be done before the end: orders being given, what Asterisk told being written. */
  readonly #working = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  /** By `performance.now()`. */
  #dueMs = Infinity;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(given: {
    store: Store;
    pbxs: readonly OrderPbx[];
    logger: Logger;
    /** Unix ms. */
    now: () => number;
  }) {
    this.#store = given.store;
    this.#rows = new OrderRows(given.store.database);
    this.#pbxs = given.pbxs;
    this.#logger = given.logger;
    this.#now = given.now;
    for (const { name, ami, dialler } of given.pbxs) {
      if (!dialler) continue;
      const onTold = (told: OriginateTold): void => this.#work(this.#told(told), 'an answer of Asterisk was not kept');
      this.#controls.set(name, new Control({ name, ami, logger: given.logger, now: given.now, onTold }));
    }
  }

  /** Goes on with the orders that were open when a process ended. */
  start(): void {
    this.#lookIn(0);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
    await Promise.all([...this.#controls.values()].map((control) => control.stop()));
    await Promise.all(this.#working);
  }

  /**
   * Takes an order: it is kept before anything rings, and this answers then. The operator's phone rings first; the number is dialled when it
   * is answered, and never otherwise. The same click again gives the order that was taken first.
   *
   * @throws OrderRefusal when nothing will ring; StoreError
   */
  async place(wanted: NewOrder): Promise<Order> {
    const { name, dialler } = this.#pbxFor(wanted);
    const number = dialler.judge(wanted);
    const nowMs = this.#now();
    const random = randomBytes(5).toString('hex');
    const channelId = channelIdOf(random, nowMs);
    const order: Order = {
      ...wanted,
      id: random,
      pbx: name,
      number,
      channelId,
      state: 'placed',
      reason: null,
      placedAtMs: nowMs,
      endedAtMs: null,
    };
    const { repeatSec, perMinute } = dialler.settings;
    const known = await this.#rows.add(order, nowMs - MINUTE_MS, (recent) => {
      const again = recent.find((one) => one.number === number && nowMs - one.placedAtMs < repeatSec * 1000);
      return again ?? (recent.length >= perMinute ? tooMany(perMinute) : null);
    });
    if (known instanceof OrderRefusal) throw known;
    if (known) return again(known, wanted);
    this.#work(this.#send(order, dialler), 'an ordered call was not made');
    this.#lookIn(LOOK_MS);
    return order;
  }

  byId(id: string): Promise<Order | null> {
    return this.#rows.byId(id);
  }

  /** The order that this call came from. */
  ofCall(call: { pbx: string; linkedIds: readonly string[] }): Promise<Order | null> {
    const ours = call.linkedIds.filter(isOurs);
    return ours.length === 0 ? Promise.resolve(null) : this.#rows.byChannels(call.pbx, ours);
  }

  /** The call that came of an order, by its id in the history; null while there is none. */
  async callIdOf(order: Order): Promise<string | null> {
    const [call] = await this.#store.callsByLinkedIds(order.pbx, [order.channelId]);
    return call?.id ?? null;
  }

  /** Orders of which it is not known yet what became of them, oldest first. */
  openOrders(): Promise<Order[]> {
    return this.#rows.going();
  }

  /**
   * Ends a call, for all who are in it. @returns false when it is over already, null when there is no such call
   * @throws OrderRefusal `off` when the settings let nothing be done on its PBX; AmiError
   */
  async hangup(callId: string): Promise<boolean | null> {
    const call = await this.#store.call(callId);
    if (!call) return null;
    if (call.endedAt !== null) return false;
    const control = this.#controls.get(call.pbx);
    if (!control) throw off(call.pbx);
    const open = await this.#store.openCalls(call.pbx);
    const state = open.find((one) => one.call.id === call.id)?.state as CallDump | undefined;
    const channels = state?.channels.map(({ name }) => name) ?? [];
    return (await control.hangup(channels)) > 0;
  }

  #pbxFor(wanted: NewOrder): { name: string; dialler: Dialler } {
    const dialling = this.#pbxs.flatMap(({ name, dialler, has }) => (dialler ? [{ name, dialler, has }] : []));
    if (wanted.pbx !== null) {
      const named = dialling.find(({ name }) => name === wanted.pbx);
      if (named) return named;
      throw off(wanted.pbx);
    }
    const found = dialling.find(({ has }) => has(wanted.extension)) ?? dialling[0];
    if (!found) throw off(null);
    return found;
  }

  async #send(order: Order, dialler: Dialler): Promise<void> {
    const fields = { pbx: order.pbx, orderId: order.id, extension: order.extension };
    try {
      await this.#controls.get(order.pbx)?.originate(dialler.originate(order));
    } catch (error) {
      const reason = nothingRang(error);
      this.#logger.warn({ ...fields, err: (error as Error).message }, 'Asterisk did not take an ordered call');
      // Otherwise it may have been taken all the same: what is stored of calls tells.
      if (reason) await this.#end(order, { state: 'failed', reason, told: 'by-order' });
      return;
    }
    this.#logger.info(fields, 'a call was ordered');
    await this.#rows.taken(order.id);
  }

  async #told({ channelId, outcome }: OriginateTold): Promise<void> {
    // Every process hears of every Originate, other programs' too.
    if (!isOurs(channelId)) return;
    const nowMs = this.#now();
    if (outcome === 'answered') await this.#rows.answered(channelId, nowMs);
    else await this.#rows.reported(channelId, outcome === 'no-answer' ? 'no-answer' : null, nowMs);
    this.#lookIn(LOOK_MS / 10);
  }

  /** Looks after so long at the latest. */
  #lookIn(ms: number): void {
    const dueMs = performance.now() + ms;
    if (this.#stopped || this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => {
      this.#dueMs = Infinity;
      // One after another.
      this.#looking = this.#looking.then(() => this.#lookNow());
    }, ms);
  }

  async #lookNow(): Promise<void> {
    // A database that does not answer says so elsewhere; orders wait.
    const nextMs = await this.#look().catch(() => LOOK_MS);
    this.#lookIn(nextMs);
  }

  /** @returns when to look again, in ms */
  async #look(): Promise<number> {
    const going = await this.#rows.going();
    for (const order of going) {
      // Asterisk may say soon what became of it.
      const control = this.#controls.get(order.pbx);
      control?.start();
      const [call = null] = await this.#store.callsByLinkedIds(order.pbx, [order.channelId]);
      const heardSinceMs = control?.upSinceMs ?? null;
      const settled = settle(order, call, { ringMs: this.#ringMs(order.pbx), heardSinceMs, nowMs: this.#now() });
      if (settled) await this.#end(order, settled);
    }
    return going.length > 0 ? LOOK_MS : IDLE_LOOK_MS;
  }

  #ringMs(pbx: string): number {
    const dialler = this.#pbxs.find(({ name }) => name === pbx)?.dialler;
    // Of a PBX that is not in the settings any more nothing is heard either.
    return (dialler?.settings.operatorRingSec ?? 0) * 1000;
  }

  async #end(order: Order, settled: Settled): Promise<void> {
    const nowMs = this.#now();
    const deliveries = settled.told === 'by-order' && order.crm !== null ? [failed(order.crm, order)] : [];
    const { database } = this.#store;
    await this.#rows.settle(order.id, settled, nowMs, (db) => insertDeliveries(database, db, deliveries, { nowMs }));
  }

  #work(work: Promise<void>, failure: string): void {
    const done = work
      .catch((error: unknown) => this.#logger.error({ err: (error as Error).message }, failure))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}

/** A CRM that gave the second click a call of its own waits for the end of that one: it must be told that nothing comes of it. */
function again(known: Order, wanted: NewOrder): Order {
  if (wanted.crmCallId === null || wanted.crmCallId === known.crmCallId) return known;
  throw new OrderRefusal('repeated', 'this number is being called already', 'Click once; the phone rings in a moment');
}

function tooMany(perMinute: number): OrderRefusal {
  return new OrderRefusal(
    'too-many',
    `more than ${perMinute} calls a minute by one operator`,
    'See pbx[].dial.perMinute',
  );
}

function off(pbx: string | null): OrderRefusal {
  const which = pbx === null ? 'no PBX makes calls' : `the PBX ${pbx} makes no calls`;
  return new OrderRefusal('off', which, 'Set pbx[].dial in the settings; dial: {} will do for most');
}

/** Why certainly no phone rang; null when one may have. */
function nothingRang(error: unknown): OrderReason | null {
  if (!(error instanceof AmiError)) return null;
  if (error.code === 'refused' || error.code === 'unsafe-field') return 'not-allowed';
  return error.code === 'not-connected' || error.code === 'busy' ? 'pbx-down' : null;
}

function failed(crm: string, order: Order): NewDelivery {
  return {
    crm,
    kind: 'order-failed',
    callId: `order:${order.id}`,
    number: order.number,
    live: false,
    payload: { orderId: order.id },
    staleAtMs: null,
  };
}
