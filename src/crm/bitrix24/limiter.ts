// How many requests the portal takes. It keeps a leaky bucket per address that requests come from: each request adds one, 2 (Enterprise: 5) run
// out a second, above 50 (250) it answers 503. We keep below that, and keep some tokens back for what a person waits for.
import type { Lane } from './portal.ts';

/**
 * At the full rate a bucket that is full stays full: after the portal said so we are a tenth slower, until a fifth of it has run out.
 */
const slowFactor = 0.9;
const slowMs = 100_000;
/** After the portal said that there were too many: somebody else asks from our address too, or we have just been restarted. */
const pauseMinMs = 1_000;
const pauseMaxMs = 8_000;

export class Limiter {
  readonly #fullPerMs: number;
  #slowUntilMs = -Infinity;
  readonly #capacity: number;
  /** Tokens that only live requests may take. */
  readonly #reserve: number;
  readonly #clock: () => number;
  #tokens: number;
  #countedAtMs: number;
  #pausedUntilMs = 0;
  #pauseMs = 0;

  /**
   * @param requestsPerSec what the portal lets run out a second
   * @param clock milliseconds that only go forward
   */
  constructor(requestsPerSec: number, clock: () => number) {
    this.#fullPerMs = requestsPerSec / 1_000;
    // Four fifths of the portal's threshold, or less: that is 25 (Enterprise: 50) seconds of running out.
    this.#capacity = Math.min(200, Math.max(8, Math.round(requestsPerSec * 20)));
    this.#reserve = Math.floor(this.#capacity / 4);
    this.#clock = clock;
    // Not full: before a restart we may have filled the portal's bucket.
    this.#tokens = Math.floor(this.#capacity / 2);
    this.#countedAtMs = clock();
  }

  /** Takes a token; false when there is none for this lane now. */
  take(lane: Lane): boolean {
    if (this.waitMs(lane) > 0) return false;
    this.#tokens -= 1;
    return true;
  }

  /** How long until there will be a token for this lane, if nobody takes one before; 0 when there is one. */
  waitMs(lane: Lane): number {
    const nowMs = this.#count();
    const needed = (lane === 'live' ? 1 : this.#reserve + 1) - this.#tokens;
    const refillMs = needed <= 0 ? 0 : Math.ceil(needed / this.#perMs(nowMs));
    return Math.max(refillMs, Math.ceil(this.#pausedUntilMs - nowMs), 0);
  }

  /** The portal said that there were too many: its bucket is full, so ours is empty. Twice for the same fullness counts once. */
  exceeded(): void {
    const nowMs = this.#count();
    this.#tokens = 0;
    this.#slowUntilMs = nowMs + slowMs;
    if (nowMs < this.#pausedUntilMs) return;
    this.#pauseMs = Math.min(pauseMaxMs, Math.max(pauseMinMs, this.#pauseMs * 2));
    this.#pausedUntilMs = nowMs + this.#pauseMs;
  }

  /** The portal took a request that was sent after the last pause. */
  accepted(sentAtMs: number): void {
    if (sentAtMs >= this.#pausedUntilMs) this.#pauseMs = 0;
  }

  /** Tokens that are there now. */
  get tokens(): number {
    this.#count();
    return Math.floor(this.#tokens);
  }

  /** How long nothing may be sent at all; 0 when not paused. */
  get pausedMs(): number {
    return Math.max(0, this.#pausedUntilMs - this.#clock());
  }

  #perMs(nowMs: number): number {
    return nowMs < this.#slowUntilMs ? this.#fullPerMs * slowFactor : this.#fullPerMs;
  }

  #count(): number {
    const nowMs = this.#clock();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (nowMs - this.#countedAtMs) * this.#perMs(nowMs));
    this.#countedAtMs = nowMs;
    return nowMs;
  }
}
