// Who in this process hears of commits, of its own and of others.

/**
 * - `events`: facts were stored.
 * - `deliveries`: there is work, or work may be begun again.
 * - `live`: the same, and some of it is live.
 * - `directory`: what people change at work was changed.
 */
export type Topic = 'events' | 'deliveries' | 'live' | 'directory';

export class Announcements {
  readonly #listeners = new Map<Topic, Set<(own: boolean) => void>>();
  /** By transaction (its connection while it runs). */
  readonly #made = new WeakMap<object, Set<Topic>>();

  add(topic: Topic, heard: (own: boolean) => void): () => void {
    const own = (byUs: boolean): void => heard(byUs);
    const all = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, all.add(own));
    return () => all.delete(own);
  }

  get heardByNobody(): boolean {
    return [...this.#listeners.values()].every((all) => all.size === 0);
  }

  /** Inside a transaction. */
  made(transaction: object, topic: Topic): void {
    const topics = this.#made.get(transaction) ?? new Set();
    this.#made.set(transaction, topics.add(topic));
  }

  committed(transaction: object): void {
    for (const topic of this.#made.get(transaction) ?? []) this.#tell(topic, true);
  }

  /** Another process announced it; null: something, and it is not known what. */
  heard(topic: Topic | null): void {
    for (const one of topic === null ? [...this.#listeners.keys()] : [topic]) this.#tell(one, false);
  }

  #tell(topic: Topic, own: boolean): void {
    for (const listener of this.#listeners.get(topic) ?? []) listener(own);
  }
}
