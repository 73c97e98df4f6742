// Whether the portal answers at all. When it does not, it is left alone for a moment: what would be sent meanwhile is told so at once,
// instead of ending uncertain one after the other.
import { PortalError, type PortalStatus } from './portal.ts';

const awayMinMs = 500;
const awayMaxMs = 15_000;

export class Outage {
  readonly #clock: () => number;
  readonly #now: () => number;
  /** Requests in a row that failed as a whole. */
  #failures = 0;
  #failedAtMs = 0;
  #awayUntilMs = 0;
  #lastError: PortalStatus['lastError'] = null;
  #lastAnswerAtMs: number | null = null;

  /**
   * @param clock milliseconds that only go forward
   * @param now unix ms
   */
  constructor(clock: () => number, now: () => number) {
    this.#clock = clock;
    this.#now = now;
  }

  get lastError(): PortalStatus['lastError'] {
    return this.#lastError;
  }

  get lastAnswerAtMs(): number | null {
    return this.#lastAnswerAtMs;
  }

  /** The last request failed: one alone tries whether the portal is back. */
  get isTrying(): boolean {
    return this.#failures > 0;
  }

  /** How long nothing is to be sent; 0 when something may. */
  get awayMs(): number {
    return Math.max(0, this.#awayUntilMs - this.#clock());
  }

  /** Why nothing is sent now; null when something may be. */
  refusal(): PortalError | null {
    const { awayMs } = this;
    if (awayMs <= 0) return null;
    const last = this.#lastError;
    return new PortalError(last?.kind === 'auth' ? 'auth' : 'down', last?.code ?? '', last?.description ?? '', {
      mend: last?.mend ?? null,
      retryAfterMs: Math.ceil(awayMs),
    });
  }

  /** The portal did what it was asked. */
  answered(): void {
    this.#lastAnswerAtMs = this.#now();
    this.#lastError = null;
    this.#failures = 0;
  }

  /** The portal is there, although it did not do what it was asked. */
  spoke(): void {
    this.#failures = 0;
  }

  /** What failed was mended: what comes next is tried at once. */
  mended(): void {
    this.#awayUntilMs = 0;
    this.#failures = 0;
    this.#lastError = null;
  }

  /**
   * A request failed as a whole.
   * @param sentAtMs by the clock
   * @returns whether the portal is now left alone: not for a single mishap, such as one cut connection
   */
  failed(error: PortalError, sentAtMs: number): boolean {
    const { kind, code, description, mend } = error;
    this.#lastError = { atMs: this.#now(), kind, code, description, mend };
    // Requests that were under way together fail together; that is one failure.
    if (this.#failures === 0 || sentAtMs >= this.#failedAtMs) {
      this.#failures += 1;
      this.#failedAtMs = this.#clock();
    }
    if (kind === 'uncertain' && this.#failures < 2) return false;
    const doubledMs = Math.min(awayMaxMs, awayMinMs * 2 ** Math.min(this.#failures - 1, 10));
    this.#awayUntilMs = this.#clock() + Math.max(error.retryAfterMs ?? 0, doubledMs);
    return true;
  }
}
