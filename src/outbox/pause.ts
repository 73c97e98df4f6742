import { backoffMs, pauseLimits } from './backoff.ts';

export interface PausedBecause {
  sinceMs: number;
  untilMs: number;
  why: string;
  mend: string | null;
}

/** A connection that is down: nothing is begun, except one delivery at a time when the pause is over, which tries whether it is back. */
export class Pause {
  readonly #random: () => number;
  #failures = 0;
  #because: PausedBecause | null = null;

  constructor(random: () => number) {
    this.#random = random;
  }

  get because(): PausedBecause | null {
    return this.#because;
  }

  /** How many may be begun; `begunAtMs`: of what is in work. */
  room(nowMs: number, begunAtMs: readonly number[]): number {
    const because = this.#because;
    if (because === null) return Infinity;
    const tries = begunAtMs.some((atMs) => atMs >= because.untilMs);
    return nowMs < because.untilMs || tries ? 0 : 1;
  }

  /** Until when nothing at all is begun; null: something may be. */
  blockedUntilMs(nowMs: number): number | null {
    return this.#because !== null && nowMs < this.#because.untilMs ? this.#because.untilMs : null;
  }

  /** Something that was begun at a time said that the connection is down. */
  down(about: {
    begunAtMs: number;
    nowMs: number;
    why: string;
    mend: string | null;
    retryAfterMs: number | null;
  }): void {
    const { nowMs, why, mend } = about;
    // what was in work together fails together, and is one failure
    if (this.#because === null || about.begunAtMs >= this.#because.untilMs) this.#failures += 1;
    const waitMs = backoffMs(this.#failures, pauseLimits, this.#random(), about.retryAfterMs);
    const untilMs = Math.max(nowMs + waitMs, this.#because?.untilMs ?? 0);
    this.#because = { sinceMs: this.#because?.sinceMs ?? nowMs, untilMs, why, mend };
  }

  /** Something that was begun at a time was answered. Returns whether that ends the pause. */
  up(begunAtMs: number): boolean {
    if (this.#because === null || begunAtMs < this.#because.sinceMs) return false;
    this.#because = null;
    this.#failures = 0;
    return true;
  }
}
