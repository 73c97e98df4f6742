// Clients that wait for the next event by long-poll: a bounded number, each freed by news, by its time or by its leaving.
import { ApiError } from './errors.ts';
import type { StoredEvent } from '../store/store.ts';
import type { Tail } from './tail.ts';

const maxWaiters = 1000;

export class Waiters {
  readonly #tail: Tail;
  readonly #max: number;
  readonly #release = new Set<() => void>();

  constructor(tail: Tail, max = maxWaiters) {
    this.#tail = tail;
    this.#max = max;
  }

  get count(): number {
    return this.#release.size;
  }

  /**
   * Waits for events after `after`, which must not be before the tail's own place (the store has been asked up to there).
   * Gives the news in the same turn in which the tail reads it; an empty list when `waitMs` is over, `left` is aborted, or all are let go.
   *
   * @throws ApiError `too_many_clients` when as many wait as may.
   */
  wait(after: number, waitMs: number, left: AbortSignal): Promise<readonly StoredEvent[]> {
    if (this.#release.size >= this.#max) {
      throw new ApiError('too_many_clients', `${this.#max} clients wait for events already`, 5);
    }
    return new Promise((resolve) => {
      const finish = (events: readonly StoredEvent[]): void => {
        clearTimeout(timer);
        left.removeEventListener('abort', nothing);
        stopListening();
        this.#release.delete(nothing);
        resolve(events);
      };
      const nothing = (): void => finish([]);
      const stopListening = this.#tail.listen((events) => {
        const fresh = events.filter((event) => event.seq > after);
        if (fresh.length > 0) finish(fresh);
      });
      const timer = setTimeout(nothing, waitMs);
      left.addEventListener('abort', nothing);
      this.#release.add(nothing);
      if (left.aborted) nothing();
    });
  }

  /** Lets everybody go with nothing, for the server's end. */
  releaseAll(): void {
    for (const release of this.#release) release();
  }
}
