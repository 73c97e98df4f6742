// How long methods take in this portal. A batch runs one command after the other, and the portal (or a server before it) gives up after
// 60 s; what was still to do is then uncertain. So a batch carries what is expected to take a third of that.

/** Expected time of a whole batch. */
const batchMs = 20_000;
const batchMsMin = 2_000;
/** How many commands of unknown weight that may be heavy go together. */
const heavyMax = 20;
/** Measured this often, a method's mean is trusted. */
const trustedAfter = 10;
/** How much the newest measurement counts. */
const newestShare = 0.2;
const methodsMax = 500;

/** Whatever starts automation, or downloads. */
const heavy =
  /^(telephony\.externalcall\.(register|finish|attachrecord)|crm\..*\.(add|update)|tasks?\..*\.(add|update))$/;
const guessMs = { heavy: 900, light: 60 };

/** What a batch has taken on. */
export interface Load {
  expectedMs: number;
  unknownHeavy: number;
}

export class Weights {
  readonly #known = new Map<string, { meanMs: number; times: number }>();
  #batchMs = batchMs;

  /** Milliseconds that one command is expected to take. */
  expectedMs(method: string, isHeavy: boolean): number {
    const known = this.#known.get(method);
    if (known && known.times >= trustedAfter) return known.meanMs;
    return Math.max(known?.meanMs ?? 0, isHeavy || heavy.test(method) ? guessMs.heavy : guessMs.light);
  }

  /**
   * Adds a command to a batch, if it still fits. The first one always does.
   * @param limitMs less than usual, for a batch that has to be back soon
   */
  fits(load: Load, method: string, isHeavy: boolean, limitMs = Infinity): boolean {
    const expectedMs = this.expectedMs(method, isHeavy);
    const unknownHeavy = this.#isTrusted(method) || !(isHeavy || heavy.test(method)) ? 0 : 1;
    const isFirst = load.expectedMs === 0;
    if (!isFirst && load.expectedMs + expectedMs > Math.min(limitMs, this.#batchMs)) return false;
    if (!isFirst && load.unknownHeavy + unknownHeavy > heavyMax) return false;
    load.expectedMs += expectedMs;
    load.unknownHeavy += unknownHeavy;
    return true;
  }

  /** The portal told how long a command took. */
  measured(method: string, tookMs: number): void {
    const known = this.#known.get(method);
    if (known) {
      known.meanMs += (tookMs - known.meanMs) * Math.max(newestShare, 1 / (known.times + 1));
      known.times += 1;
    } else if (this.#known.size < methodsMax) {
      this.#known.set(method, { meanMs: tookMs, times: 1 });
    }
  }

  /** A whole batch came back: carry a little more, up to the usual. */
  finished(): void {
    this.#batchMs = Math.min(batchMs, this.#batchMs * 1.1);
  }

  /** A batch did not come back: carry less, in case it was too much. */
  lost(): void {
    this.#batchMs = Math.max(batchMsMin, this.#batchMs / 2);
  }

  #isTrusted(method: string): boolean {
    return (this.#known.get(method)?.times ?? 0) >= trustedAfter;
  }
}
