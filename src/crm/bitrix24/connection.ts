// One Bitrix24 portal that runs: deliveries, clicks, and what is kept in step by itself.
import { setTimeout as after } from 'node:timers/promises';
import type { Outcome, Work } from '../../outbox/worker.ts';
import type { DeliveryKind } from '../../store/delivery.ts';
import type { Authorization, Connection, Health, InboundAnswer, InboundRequest } from '../contract.ts';
import { Memory } from './call-state.ts';
import type { CallOptions } from './call-options.ts';
import { capabilities } from './capabilities.ts';
import { answered, card, merged } from './card.ts';
import { check } from './check.ts';
import { Clicks } from './clicks.ts';
import { contextOf, laneOf, type Context, type Given, type Job } from './context.ts';
import { newCounts } from './counts.ts';
import { CrmMode } from './crm-mode.ts';
import { asDeliveryError } from './delivery-error.ts';
import { ended } from './ended.ts';
import { bindEvents, eventWay } from './event-binding.ts';
import { mark } from './mark.ts';
import { missed, reached } from './missed.ts';
import { orderFailed, orderOf } from './order-failed.ts';
import { Poll } from './poll.ts';
import type { Portal } from './portal.ts';
import { record } from './record.ts';
import { Rounds } from './rounds.ts';
import { roundNames, statusOf } from './status.ts';
import { syncLines } from './sync-lines.ts';
import { syncUsers } from './sync-users.ts';
import { Users } from './users.ts';

const SHORT_PAUSE_MS = 1000;
const USERS_EVERY_MS = 5 * 60_000;
const LINES_EVERY_MS = 10_000;
const LINES_AT_LEAST_EVERY_MS = 30 * 60_000;
const BINDING_EVERY_MS = 60 * 60_000;

/** What is done about a call, by the kind of delivery. */
const handlers: Partial<Record<DeliveryKind, (context: Context, job: Job) => Promise<Outcome>>> = {
  card,
  answered,
  ended,
  missed,
  reached,
  record,
  mark,
};

export class Bitrix24Connection implements Connection {
  readonly name: string;
  /** As many as two batches hold: what waits together travels together. */
  readonly concurrency = 100;
  readonly capabilities = capabilities;
  readonly #context: Context;
  readonly #rounds: Rounds;
  readonly #clicks: Clicks;
  #linesOf: { lines: unknown; atMs: number } | null = null;

  constructor(given: Given, options: CallOptions, portal: Portal) {
    this.name = given.name;
    const counts = newCounts();
    const { name, directory, now } = given;
    const users = new Users({ name, directory, portal, counts });
    this.#context = contextOf(given, options, { portal, users, counts, crmMode: new CrmMode(portal, now) });
    this.#rounds = new Rounds(given.logger);
    this.#clicks = new Clicks(this.#context);
  }

  start(): void {
    const context = this.#context;
    this.#rounds.add(roundNames.users, USERS_EVERY_MS, () => syncUsers(context));
    if (context.options.keepLines) this.#rounds.add(roundNames.lines, LINES_EVERY_MS, () => this.#keepLines());
    const poll = new Poll(context, this.#clicks);
    let isPolling = false;
    this.#rounds.add(roundNames.events, BINDING_EVERY_MS, async () => {
      const way = eventWay(context);
      // With a webhook nothing can be bound.
      if (context.portal.status().access !== 'webhook') await bindEvents(context, way);
      if (way.way === 'poll' && !isPolling) {
        isPolling = true;
        this.#rounds.add(roundNames.poll, 2000, () => poll.once());
      }
    });
  }

  async stop(): Promise<void> {
    // First, so that nothing waits for a portal that does not answer.
    await this.#context.portal.close();
    await this.#rounds.stop();
    await this.#clicks.settled();
  }

  status(): Health[] {
    return statusOf(this.#context, this.#rounds, eventWay(this.#context));
  }

  async check(): Promise<Health[]> {
    return check(this.#context, eventWay(this.#context));
  }

  async authorize(): Promise<Authorization | null> {
    const { portal, given } = this.#context;
    const url = await portal.authorizeUrl();
    const returnUrl = given.publicUrl === null ? null : `${given.publicUrl}/crm/${given.name}/oauth`;
    return url === null ? null : { url, returnUrl };
  }

  /** Events are answered before anything is done about them. */
  async receive(request: InboundRequest): Promise<InboundAnswer> {
    if (request.path !== '/event') return this.#authorise(request);
    if (request.method !== 'POST') return { status: 405 };
    const event = await this.#context.portal.verifyEvent(request.body);
    if (event === null) return { status: 403 };
    this.#clicks.take(event, false);
    return { status: 200 };
  }

  /** Installation and sign-in; whoever did it wants to see what comes of it, not in half a minute. */
  async #authorise(request: InboundRequest): Promise<InboundAnswer> {
    const answer = await this.#context.portal.receive(request);
    if (answer?.status === 200) this.#rounds.soon();
    return answer ?? { status: 404 };
  }

  async work(work: Work): Promise<Outcome> {
    const memory = new Memory(work);
    try {
      await this.#shortPause(work.signal);
      const outcome = await this.#dispatch(work, memory);
      await memory.flush();
      return outcome;
    } catch (error) {
      // What is known now spares the next attempt questions; that it cannot be kept is no new trouble.
      await memory.flush().catch(() => {});
      throw asDeliveryError(error);
    }
  }

  /** After a failure the portal is left alone for a moment; what is only worked once (a card) waits that long rather than being lost. */
  async #shortPause(signal: AbortSignal): Promise<void> {
    const { pausedUntilMs } = this.#context.portal.status();
    const leftMs = (pausedUntilMs ?? 0) - this.#context.given.now();
    if (leftMs > 0 && leftMs <= SHORT_PAUSE_MS) await after(leftMs + 1, undefined, { signal }).catch(() => {});
  }

  async #dispatch(work: Work, memory: Memory): Promise<Outcome> {
    const { delivery, call, signal } = work;
    const context = this.#context;
    const about = { lane: laneOf(work, context.given.now()), deliveryId: delivery.id, signal };
    if (delivery.kind === 'order-failed') return orderFailed(context, work, memory, about);
    if (delivery.kind === 'merged') return merged(context, { memory, about });
    if (call === null) return { outcome: 'dropped', note: 'The call is not in the history any more' };
    const decision = context.given.decide(call);
    const job: Job = { work, call, decision, memory, about };
    const isOrdered = await this.#takeOrder(job);
    if (!decision.registered && !isOrdered)
      return { outcome: 'dropped', note: decision.why ?? 'It is not for this connection' };
    const handle = handlers[delivery.kind];
    if (handle === undefined)
      return { outcome: 'dropped', note: `Bitrix24 takes no delivery of the kind ${delivery.kind}` };
    return handle(context, job);
  }

  /** A call that this portal ordered has an id there already, is never registered again and always has to be finished. */
  async #takeOrder({ call, memory }: Job): Promise<boolean> {
    const order = await orderOf(this.#context, call);
    if (order === null || order.crmCallId === null) return false;
    if (memory.state.callId === null && memory.state.again === 0) memory.note({ callId: order.crmCallId });
    return true;
  }

  /** At once when the lines change here; now and then in case they change there. */
  async #keepLines(): Promise<void> {
    const { lines } = this.#context.given.directory();
    const now = this.#context.given.now();
    const isSame = this.#linesOf?.lines === lines && now - this.#linesOf.atMs < LINES_AT_LEAST_EVERY_MS;
    if (isSame) return;
    await syncLines(this.#context);
    this.#linesOf = { lines, atMs: now };
  }
}
