// Methods that have used up the time which the portal gives each of them (480 s of ten minutes, counted per method). They wait; others go on.
import { PortalError } from './portal.ts';

/** When the portal never said when a method's time is given back. */
const unknownMs = 60_000;

export class Blocks {
  readonly #clock: () => number;
  /** By method: when its time is given back, as last heard. */
  readonly #resets = new Map<string, number>();
  readonly #blocked = new Map<string, number>();

  /** @param clock milliseconds that only go forward */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** The portal told when the method's time is given back. */
  resetsIn(method: string, ms: number): void {
    this.#resets.set(method, this.#clock() + ms);
  }

  /** The portal said that the method's time is used up. */
  block(method: string): PortalError {
    const nowMs = this.#clock();
    const knownMs = this.#resets.get(method) ?? 0;
    const untilMs = knownMs > nowMs ? knownMs : nowMs + unknownMs;
    this.#blocked.set(method, untilMs);
    return usedUp(method, untilMs - nowMs);
  }

  /** Why the method is not sent now; null when it may be. */
  refusal(method: string): PortalError | null {
    const leftMs = (this.#blocked.get(method) ?? 0) - this.#clock();
    if (leftMs > 0) return usedUp(method, leftMs);
    this.#blocked.delete(method);
    return null;
  }

  /** Methods that are not sent now, and for how long. */
  list(): { method: string; leftMs: number }[] {
    return [...this.#blocked]
      .map(([method, untilMs]) => ({ method, leftMs: untilMs - this.#clock() }))
      .filter(({ leftMs }) => leftMs > 0);
  }
}

function usedUp(method: string, leftMs: number): PortalError {
  const text = `${method} has used up the time that the portal gives it`;
  return new PortalError('limit', 'OPERATION_TIME_LIMIT', text, {
    retryAfterMs: Math.ceil(leftMs),
    mend: 'Make the automation in the portal that starts with calls lighter, or wait',
  });
}
