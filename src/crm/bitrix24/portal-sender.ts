// Makes requests of the commands that wait: which go when, together or alone, and what becomes of each.
import { batchBody, readBatch, readSingle, type Fate } from './batch.ts';
import { asksForRenewal, concernsAll, fromHttp } from './errors.ts';
import type { Limiter } from './limiter.ts';
import { Blocks } from './portal-blocks.ts';
import { Outage } from './portal-outage.ts';
import { Suspects } from './portal-suspects.ts';
import type { Command, Queue } from './portal-queue.ts';
import type { Weights } from './portal-weights.ts';
import type { Spoken, Wire } from './portal-wire.ts';
import { lanes, PortalError, type Lane, type PortalStatus } from './portal.ts';
import type { TokenSource } from './tokens.ts';

/** How long commands that nobody waits for gather for one request. */
const gatherMs = 10;
/** What a live request is lengthened by others, when they have no requests of their own. */
const fillMs = 1_000;
/** Longer than this the others do not go without. */
const starvedMs = 3_000;
/** What the connection's sockets carry; some are kept for live ones. */
const inFlightMax = { live: 16, others: 12 };
/** So many requests in a row may be refused by something before the portal until that is taken for the portal's own refusal. */
const strangeMax = 5;
/** Longer than this a connection that is being closed does not wait for answers. */
const closingMs = 10_000;
/** How often a command is sent again for too many requests. */
const limitedMax = 4;

const others: readonly Lane[] = ['usual', 'backlog', 'sync'];

export interface SenderParts {
  wire: Wire;
  tokens: TokenSource;
  limiter: Limiter;
  queue: Queue;
  weights: Weights;
  /** Milliseconds that only go forward. */
  clock: () => number;
  /** Unix ms. */
  now: () => number;
}

export class Sender {
  readonly #parts: SenderParts;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Infinity;
  #immediate: NodeJS.Immediate | undefined;
  #isClosed = false;
  #inFlight = 0;
  #idle: (() => void)[] = [];
  #othersAtMs = 0;
  readonly #blocks: Blocks;
  readonly #suspects = new Suspects();
  #strange = 0;
  readonly #outage: Outage;
  #counts = { requests: 0, commands: 0, limited: 0 };

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#othersAtMs = parts.clock();
    this.#blocks = new Blocks(parts.clock);
    this.#outage = new Outage(parts.clock, parts.now);
  }

  /** Takes a command; its `resolve` or `reject` will be called exactly once. */
  add(command: Command): void {
    const error = this.#refusal(command.method);
    if (error) {
      command.reject(error);
      return;
    }
    if (this.#suspects.has(command.deliveryId)) command.isAlone = true;
    this.#parts.queue.add(command);
    if (command.lane === 'live') this.#immediate ??= setImmediate(() => this.#pump());
    else this.#wakeIn(gatherMs);
  }

  /** Takes back a command that still waits. */
  cancel(command: Command): void {
    if (!this.#parts.queue.remove(command)) return;
    command.reject(new PortalError('refused', 'CANCELLED', 'Taken back before it was sent'));
  }

  status(): Omit<PortalStatus, 'access'> {
    const { limiter, queue, now } = this.#parts;
    const pausedMs = Math.max(limiter.pausedMs, this.#outage.awayMs);
    return {
      tokens: limiter.tokens,
      waiting: Object.fromEntries(lanes.map((lane) => [lane, queue.size(lane)])) as Record<Lane, number>,
      inFlight: this.#inFlight,
      pausedUntilMs: pausedMs > 0 ? Math.round(now() + pausedMs) : null,
      blocked: this.#blocks.list().map(({ method, leftMs }) => ({ method, untilMs: Math.round(now() + leftMs) })),
      ...this.#counts,
      lastAnswerAtMs: this.#outage.lastAnswerAtMs,
      lastError: this.#outage.lastError,
    };
  }

  /** Rejects what waits, and waits for what was sent, for 10 s at most. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const closed = new PortalError('refused', 'CLOSED', 'The connection is being closed; nothing was sent');
    for (const command of this.#parts.queue.clear()) command.reject(closed);
    if (this.#inFlight === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closingMs);
    this.#idle.push(resolve);
    await promise;
    clearTimeout(timer);
  }

  /** What failed was mended: what comes next is tried at once. */
  mended(): void {
    this.#outage.mended();
    this.#pump();
  }

  /** Why a command is not even put into the queue. */
  #refusal(method: string): PortalError | null {
    if (this.#isClosed) return new PortalError('refused', 'CLOSED', 'The connection is closed');
    return this.#outage.refusal() ?? this.#blocks.refusal(method);
  }

  #wakeIn(ms: number): void {
    if (this.#isClosed) return;
    const atMs = this.#parts.clock() + ms;
    if (atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(() => {
      this.#timerAtMs = Infinity;
      this.#pump();
    }, ms);
  }

  /** Sends all that may be sent now. */
  #pump(): void {
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
    while (!this.#isClosed && this.#next());
    const { queue, limiter } = this.#parts;
    if (queue.isEmpty || !this.#hasRoom('live')) return;
    // A full house is woken by the next answer.
    if (queue.size('live') > 0) this.#wakeIn(Math.max(1, limiter.waitMs('live')));
    else if (this.#hasRoom('usual')) this.#wakeIn(Math.max(1, limiter.waitMs('usual')));
  }

  /** Sends one request; false when there is nothing to send, or it may not be sent now. */
  #next(): boolean {
    const { queue, limiter, clock } = this.#parts;
    const areOthers = others.some((lane) => queue.size(lane) > 0);
    if (!areOthers) this.#othersAtMs = clock();
    if (queue.size('live') > 0 && this.#hasRoom('live')) {
      if (!limiter.take('live')) return false;
      // Alone it is back soonest. Others ride along only when they have no requests of their own.
      const isScarce = areOthers && limiter.waitMs('usual') > 0;
      const isStarved = isScarce && clock() - this.#othersAtMs > starvedMs;
      if (isStarved) this.#othersAtMs = clock();
      this.#send(queue.take(['live'], isScarce ? others : [], isStarved ? Infinity : fillMs));
      return true;
    }
    if (!areOthers || !this.#hasRoom('usual') || !limiter.take('usual')) return false;
    this.#othersAtMs = clock();
    this.#send(queue.take(others));
    return true;
  }

  #hasRoom(lane: Lane): boolean {
    // After a failure one request tries whether the portal is back.
    if (this.#outage.isTrying) return this.#inFlight === 0;
    return this.#inFlight < (lane === 'live' ? inFlightMax.live : inFlightMax.others);
  }

  #send(commands: readonly Command[]): void {
    this.#inFlight += 1;
    void this.#exchange(commands)
      .catch((error: unknown) => {
        // Nothing above throws on purpose; were it to, nobody may wait for ever.
        for (const command of commands) command.reject(fromHttp(error));
      })
      .finally(() => {
        this.#inFlight -= 1;
        if (this.#inFlight === 0) for (const wake of this.#idle.splice(0)) wake();
        this.#pump();
      });
  }

  async #exchange(commands: readonly Command[]): Promise<void> {
    const { limiter, tokens, clock } = this.#parts;
    const sentAtMs = clock();
    let token: string | null = null;
    let spoken: Spoken;
    try {
      token = await tokens.current();
      this.#counts.requests += 1;
      this.#counts.commands += commands.length;
      spoken = await this.#speak(commands, token);
    } catch (error) {
      this.#failed(fromHttp(error), commands, sentAtMs);
      return;
    }
    if (spoken.is === 'answered') {
      this.#outage.answered();
      this.#strange = 0;
      limiter.accepted(sentAtMs);
      await this.#settle(commands, this.#fates(spoken.body, commands), token, sentAtMs);
      return;
    }
    const { error } = spoken;
    if (error.code === 'QUERY_LIMIT_EXCEEDED') this.#limited(commands, error);
    else if (spoken.is === 'garbled' && this.#isStrange(error)) this.#single(commands, error);
    else if (spoken.is === 'garbled' || concernsAll(error)) {
      if (spoken.is === 'told' && asksForRenewal(error.code)) await this.#renew(commands, error, token, sentAtMs);
      else this.#failed(error, commands, sentAtMs);
    } else {
      this.#outage.spoke();
      const answer = { answer: error, tookMs: null, resetInMs: null };
      await this.#settle(
        commands,
        commands.map(() => answer),
        token,
        sentAtMs,
      );
    }
  }

  #speak(commands: readonly Command[], token: string | null): Promise<Spoken> {
    const { wire } = this.#parts;
    const [only] = commands;
    if (only && commands.length === 1) {
      if (only.post) return only.post();
      const auth = token === null ? '' : `auth=${encodeURIComponent(token)}`;
      const form = [only.query, auth].filter((part) => part !== '').join('&');
      return wire.method(only.method, { form }, { deliveryId: only.deliveryId });
    }
    return wire.method('batch', { json: batchBody(commands, token) }, { label: labelOf(commands) });
  }

  #fates(body: Record<string, unknown>, commands: readonly Command[]): Fate[] {
    if (commands.length === 1) return [readSingle(body)];
    this.#parts.weights.finished();
    return readBatch(
      body,
      commands.map(({ method }) => method),
      this.#parts.wire.access,
    );
  }

  async #settle(commands: readonly Command[], fates: readonly Fate[], token: string | null, sentAtMs: number) {
    const { weights } = this.#parts;
    const toRenew: Command[] = [];
    let renewal: PortalError | undefined;
    for (const [index, command] of commands.entries()) {
      const { answer, tookMs, resetInMs } = fates[index] ?? { answer: null, tookMs: null, resetInMs: null };
      if (answer === null) continue;
      if (!(answer instanceof PortalError && answer.kind === 'uncertain')) this.#suspects.answered(command.deliveryId);
      if (tookMs !== null) weights.measured(command.method, tookMs);
      if (resetInMs !== null) this.#blocks.resetsIn(command.method, resetInMs);
      if (!(answer instanceof PortalError)) command.resolve(answer);
      else if (answer.code === 'OPERATION_TIME_LIMIT') this.#block(command);
      else if (asksForRenewal(answer.code)) {
        toRenew.push(command);
        renewal = answer;
      } else command.reject(answer);
    }
    if (renewal) await this.#renew(toRenew, renewal, token, sentAtMs);
  }

  /** The method has used up its time in the portal: it waits, the others go on. */
  #block(command: Command): void {
    const { queue } = this.#parts;
    const error = this.#blocks.block(command.method);
    command.reject(error);
    for (const waiting of queue.clear()) {
      if (waiting.method === command.method) waiting.reject(error);
      else queue.add(waiting);
    }
  }

  /** The portal did nothing: they go again, first of all. */
  #limited(commands: readonly Command[], error: PortalError): void {
    const { limiter, queue } = this.#parts;
    this.#counts.limited += 1;
    limiter.exceeded();
    const again: Command[] = [];
    for (const command of commands) {
      command.limited += 1;
      if (command.limited < limitedMax && !this.#isClosed) again.push(command);
      else
        command.reject(
          new PortalError('limit', error.code, error.description, { retryAfterMs: Math.ceil(limiter.pausedMs) }),
        );
    }
    queue.putBack(again);
  }

  /**
   * Something before the portal refused the request (a firewall that looks into what it carries, say, and a caller's name can be anything),
   * although the portal has answered before. It concerns what was in this request; unless it goes on like this.
   */
  #isStrange(error: PortalError): boolean {
    if (error.kind !== 'auth' || this.#outage.lastAnswerAtMs === null || this.#strange >= strangeMax) return false;
    this.#strange += 1;
    return true;
  }

  /** Nothing happened: each goes again alone, and the one that is meant fails alone. */
  #single(commands: readonly Command[], error: PortalError): void {
    if (commands.length === 1 || this.#isClosed) {
      const refused = new PortalError('scope', error.code, error.description, { mend: error.mend });
      for (const command of commands) command.reject(refused);
      return;
    }
    for (const command of commands) command.isAlone = true;
    this.#parts.queue.putBack(commands);
  }

  /** The portal did nothing, since it wants a newer token: they go again with one, once. */
  async #renew(commands: readonly Command[], error: PortalError, token: string | null, sentAtMs: number) {
    const { queue, tokens } = this.#parts;
    const hasNewToken = commands.some((command) => command.isRenewed);
    if (token === null || hasNewToken || this.#isClosed) {
      this.#failed(error, commands, sentAtMs);
      return;
    }
    try {
      await tokens.renew(token);
    } catch (cause) {
      this.#failed(fromHttp(cause), commands, sentAtMs);
      return;
    }
    for (const command of commands) command.isRenewed = true;
    // The address of an upload has the old token in it.
    for (const command of commands) if (command.post) command.reject(uploadTooOld());
    queue.putBack(commands.filter(({ post }) => !post));
  }

  /** A request failed as a whole. When that is no single mishap, all that waits is told, and the portal is left alone for a moment. */
  #failed(error: PortalError, commands: readonly Command[], sentAtMs: number): void {
    const { queue, weights } = this.#parts;
    for (const command of commands) command.reject(error);
    if (error.kind === 'uncertain') this.#suspects.lost(commands.map(({ deliveryId }) => deliveryId));
    if (error.kind === 'uncertain' && commands.length > 1) weights.lost();
    if (!this.#outage.failed(error, sentAtMs)) return;
    const away = this.#outage.refusal();
    if (away) for (const command of queue.clear()) command.reject(away);
  }
}

/** Not `refused`, which would say that the portal is away: the same upload is simply asked for again. */
function uploadTooOld(): PortalError {
  return new PortalError('uncertain', 'UPLOAD_EXPIRED', 'The address to upload to was used too late');
}

/** `batch of 3: telephony.externalcall.finish 2, user.get 1`. */
function labelOf(commands: readonly Command[]): string {
  const counts = new Map<string, number>();
  for (const { method } of commands) counts.set(method, (counts.get(method) ?? 0) + 1);
  const parts = [...counts].map(([method, count]) => `${method} ${count}`);
  return `batch of ${commands.length}: ${parts.join(', ')}`.slice(0, 300);
}
