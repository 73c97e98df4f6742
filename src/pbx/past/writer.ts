// Stores what contacts of the past mean, each exactly once.
import { randomUUID } from 'node:crypto';
import type { Call } from '../../calls/call.ts';
import type { Recorded, Store } from '../../store/store.ts';
import type { Contact } from './past-tracker.ts';
import { settle, type Settled, type Verdict } from './settle.ts';

/** Contacts of one transaction: enough to be quick, few enough not to hold the database for long. */
const batchContacts = 120;

/** Live tracking stores the end of a call within this, unless it is away. */
const settleMs = 5_000;

export type Counts = Record<Verdict, number>;

function noCounts(): Counts {
  return { new: 0, completed: 0, unchanged: 0, waiting: 0, partial: 0 };
}

export class PastWriter {
  readonly counts = noCounts();
  readonly #pbx: string;
  readonly #store: Store;
  readonly #isDry: boolean;
  readonly #now: () => number;
  readonly #settled: () => Promise<void>;

  /** @param given.settled resolves when live tracking has stored everything that it has seen */
  constructor(given: { pbx: string; store: Store; now: () => number; settled: () => Promise<void>; isDry: boolean }) {
    this.#pbx = given.pbx;
    this.#store = given.store;
    this.#now = given.now;
    this.#settled = given.settled;
    this.#isDry = given.isDry;
  }

  /**
   * @param isPoor see `settle`
   * @param positions stored in the last transaction, when everything is done; asked then, with what has to wait
   * @returns contacts that live tracking is going to end itself, to be tried again later
   * @throws StoreError
   */
  async write(
    contacts: readonly Contact[],
    isPoor: boolean,
    positions?: (waiting: readonly Contact[]) => Promise<Record<string, string>>,
  ): Promise<Contact[]> {
    const waiting: Contact[] = [];
    await this.#settled();
    for (let from = 0; from === 0 || from < contacts.length; from += batchContacts) {
      const some = contacts.slice(from, from + batchContacts);
      const batch = await this.#batchOf(some, isPoor, waiting);
      const isLast = from + batchContacts >= contacts.length;
      const last = isLast && positions ? await positions(waiting) : {};
      if (this.#isDry || (batch.calls.length === 0 && Object.keys(last).length === 0)) continue;
      await this.#store.record({ ...batch, positions: last });
    }
    return waiting;
  }

  async #batchOf(contacts: readonly Contact[], isPoor: boolean, waiting: Contact[]): Promise<Recorded> {
    const batch: Recorded = { pbx: this.#pbx, batchId: randomUUID(), calls: [], merged: [], facts: [] };
    const stored = await this.#storedFor(contacts);
    for (const contact of contacts) {
      if (contact.calls.length === 0) continue;
      const settled = this.#settle(contact, stored.get(contact) ?? [], isPoor);
      this.counts[settled.verdict] += contact.calls.length;
      if (settled.verdict === 'waiting') waiting.push(contact);
      batch.calls.push(...settled.calls.map((call) => ({ call, state: null })));
      batch.merged.push(...settled.merged);
      batch.facts.push(...settled.facts);
    }
    return batch;
  }

  #settle(contact: Contact, stored: readonly Call[], isPoor: boolean): Settled {
    const settled = settle(contact, stored, isPoor);
    const isFresh = settled.verdict === 'new' && this.#now() - contact.lastAtMs < settleMs;
    return isFresh ? { verdict: 'waiting', calls: [], merged: [], facts: [] } : settled;
  }

  async #storedFor(contacts: readonly Contact[]): Promise<Map<Contact, Call[]>> {
    const byLinkedId = new Map<string, Contact>();
    for (const contact of contacts) for (const id of contact.linkedIds) byLinkedId.set(id, contact);
    const found = new Map<Contact, Call[]>();
    if (byLinkedId.size === 0) return found;
    for (const call of await this.#store.callsByLinkedIds(this.#pbx, [...byLinkedId.keys()])) {
      const covers = new Set(call.linkedIds.map((id) => byLinkedId.get(id)));
      for (const contact of covers) if (contact) found.set(contact, [...(found.get(contact) ?? []), call]);
    }
    return found;
  }
}
