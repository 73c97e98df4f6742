// Deliveries whose commands were in requests that got no answer, again and again: one that the portal dies of would make all that travel with
// it uncertain each time. Such a one travels alone.

/** So often it may be the portal's or the network's fault. */
const aloneAfter = 3;
const keptMax = 2_000;

export class Suspects {
  readonly #lost = new Map<number, number>();

  /** Whether commands of this delivery are to travel alone. */
  has(deliveryId: number | null): boolean {
    return deliveryId !== null && (this.#lost.get(deliveryId) ?? 0) >= aloneAfter;
  }

  /** A request with commands of these deliveries had no answer. */
  lost(deliveryIds: Iterable<number | null>): void {
    for (const id of new Set(deliveryIds)) {
      if (id === null) continue;
      const times = (this.#lost.get(id) ?? 0) + 1;
      // The newest last, so that the oldest is forgotten first.
      this.#lost.delete(id);
      this.#lost.set(id, times);
    }
    for (const id of this.#lost.keys()) {
      if (this.#lost.size <= keptMax) break;
      this.#lost.delete(id);
    }
  }

  /** A command of this delivery was answered. */
  answered(deliveryId: number | null): void {
    if (deliveryId !== null) this.#lost.delete(deliveryId);
  }
}
