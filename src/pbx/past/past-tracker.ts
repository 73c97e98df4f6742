// CEL rows of many calls at once, in; contacts that are over, out. What belongs together is told by linkedid and by what the tracker joins.
import type { Call } from '../../calls/call.ts';
import type { Fact } from '../../calls/facts.ts';
import { Tracker, type TrackerOptions } from '../../calls/tracker.ts';
import { CelTranslator } from '../cel-events.ts';
import type { CelRow } from '../cel-row.ts';
import type { Position } from './source.ts';

/** Everything that the rows of some linkedids tell, once all their channels are gone. */
export interface Contact {
  /** Rises in the order in which contacts began in the source. */
  readonly n: number;
  /** Where its first row is. */
  readonly first: Position;
  readonly firstAtMs: number;
  lastAtMs: number;
  readonly linkedIds: Set<string>;
  /** In order of start. Mostly one; a second one when operators talked on after the client had left. None for a handset that dialled a service. */
  calls: Call[];
  /** Of those calls, in order; `call.changed` is left out, because the calls are what they became in the end. */
  facts: Fact[];
  /** Calls that turned out to be a part of another one. */
  merged: { id: string; into: string }[];
  /** False when rows from before the first one read are missing: nothing can be said of such a contact. */
  isWhole: boolean;
  /** True when its end was never written, so that it was ended with its last row. */
  wasAbandoned: boolean;
}

/** A contact that goes on. */
interface Open {
  contact: Contact;
  /** Living channels: name by uniqueid. */
  living: Map<string, string>;
  /** Calls by id; null while the call goes on. */
  calls: Map<string, Call | null>;
}

/** How long rows of a channel that is gone may still come. */
const goneMs = 60_000;

const endTypes = new Set(['HANGUP', 'CHAN_END', 'LINKEDID_END']);

export class PastTracker {
  readonly #translator: CelTranslator;
  readonly #tracker: Tracker;
  readonly #byLinkedId = new Map<string, Open>();
  readonly #byChannel = new Map<string, Open>();
  readonly #byCall = new Map<string, Open>();
  /** In order of beginning. */
  readonly #open = new Set<Open>();
  readonly #quiet = new Set<Open>();
  #gone = new Set<string>();
  #goneBefore = new Set<string>();
  #goneTurnedAtMs = 0;
  #count = 0;

  constructor(tracking: TrackerOptions) {
    this.#translator = new CelTranslator(tracking.extensionOf ? { extensionOf: tracking.extensionOf } : {});
    this.#tracker = new Tracker(tracking);
  }

  /** @param place where this row is; asked only for the first row of a contact */
  take(row: CelRow, place: () => Position): void {
    const open = this.#openOf(row, place);
    if (open) {
      open.contact.lastAtMs = Math.max(open.contact.lastAtMs, row.atMs);
      this.#follow(open, row);
    }
    for (const event of this.#translator.translate(row)) {
      for (const fact of this.#tracker.step(event)) this.#keep(fact, open);
    }
    const own = this.#byLinkedId.get(row.linkedid);
    if (own && own.living.size === 0) this.#quiet.add(own);
  }

  /** Contacts that are over since this was asked last, in order of beginning. */
  finished(): Contact[] {
    const done: Contact[] = [];
    for (const open of this.#quiet) {
      if (!this.#open.has(open) || open.living.size > 0 || [...open.calls.values()].includes(null)) continue;
      this.#forget(open);
      done.push(complete(open));
    }
    this.#quiet.clear();
    return done.sort((a, b) => a.n - b.n);
  }

  /** The contact that began first of those that go on. */
  oldest(): Contact | null {
    const [first] = this.#open;
    return first?.contact ?? null;
  }

  /** How many contacts that began in a period go on. */
  openBetween(fromMs: number, toMs: number): number {
    return [...this.#open].filter(({ contact: { firstAtMs } }) => firstAtMs >= fromMs && firstAtMs < toMs).length;
  }

  /** Ends what had no row since: Asterisk died and could not write the end. */
  abandon(beforeMs: number): void {
    for (const open of this.#open) {
      if (open.contact.lastAtMs >= beforeMs) continue;
      open.contact.wasAbandoned = true;
      for (const [uniqueid, channel] of open.living) {
        const linkedid = [...open.contact.linkedIds].at(-1) ?? uniqueid;
        const end = { ...noRow, atMs: open.contact.lastAtMs, type: 'HANGUP', uniqueid, linkedid, channel };
        this.take(end, () => open.contact.first);
      }
      // What the tracker holds on to nevertheless has no channel that could ever end it.
      for (const [id, call] of open.calls) if (call === null) open.calls.delete(id);
      this.#quiet.add(open);
    }
  }

  #openOf(row: CelRow, place: () => Position): Open | null {
    const byChannel = this.#byChannel.get(row.uniqueid);
    const byLinkedId = this.#byLinkedId.get(row.linkedid);
    if (byChannel && byLinkedId) return byChannel === byLinkedId ? byChannel : this.#unite(byChannel, byLinkedId);
    if (byChannel) {
      byChannel.contact.linkedIds.add(row.linkedid);
      this.#byLinkedId.set(row.linkedid, byChannel);
      return byChannel;
    }
    if (byLinkedId) return byLinkedId;
    if (endTypes.has(row.type) || this.#isGone(row.uniqueid)) return null;
    this.#count += 1;
    const contact: Contact = {
      n: this.#count,
      first: place(),
      firstAtMs: row.atMs,
      lastAtMs: row.atMs,
      linkedIds: new Set([row.linkedid]),
      calls: [],
      facts: [],
      merged: [],
      isWhole: true,
      wasAbandoned: false,
    };
    const open: Open = { contact, living: new Map(), calls: new Map() };
    this.#open.add(open);
    this.#byLinkedId.set(row.linkedid, open);
    return open;
  }

  #follow(open: Open, row: CelRow): void {
    const { uniqueid } = row;
    if (row.type === 'HANGUP' || row.type === 'CHAN_END') {
      if (!open.living.delete(uniqueid)) return;
      this.#byChannel.delete(uniqueid);
      this.#bury(uniqueid, row.atMs);
      return;
    }
    if (open.living.has(uniqueid) || row.type === 'LINKEDID_END' || this.#isGone(uniqueid)) return;
    if (row.type !== 'CHAN_START') open.contact.isWhole = false;
    open.living.set(uniqueid, row.channel);
    this.#byChannel.set(uniqueid, open);
  }

  #keep(fact: Fact, rowOf: Open | null): void {
    let open = this.#byCall.get(fact.callId) ?? rowOf;
    if (!open) return;
    if (rowOf && open !== rowOf && this.#open.has(rowOf)) open = this.#unite(open, rowOf);
    const { contact, calls } = open;
    if (fact.into !== undefined) {
      contact.merged.push({ id: fact.callId, into: fact.into });
      calls.delete(fact.callId);
      this.#byCall.delete(fact.callId);
      return;
    }
    if (!this.#byCall.has(fact.callId)) {
      this.#byCall.set(fact.callId, open);
      calls.set(fact.callId, null);
    }
    if (fact.type !== 'call.changed') contact.facts.push(fact);
    if (fact.type !== 'call.ended') return;
    const call = this.#tracker.call(fact.callId);
    if (call) calls.set(fact.callId, call);
    else calls.delete(fact.callId);
  }

  #unite(a: Open, b: Open): Open {
    const [into, from] = a.contact.n < b.contact.n ? [a, b] : [b, a];
    const one = into.contact;
    const other = from.contact;
    one.lastAtMs = Math.max(one.lastAtMs, other.lastAtMs);
    one.isWhole &&= other.isWhole;
    one.wasAbandoned ||= other.wasAbandoned;
    one.merged.push(...other.merged);
    one.facts = [...one.facts, ...other.facts].sort((x, y) => x.atMs - y.atMs);
    for (const id of other.linkedIds) {
      one.linkedIds.add(id);
      this.#byLinkedId.set(id, into);
    }
    for (const [uniqueid, name] of from.living) {
      into.living.set(uniqueid, name);
      this.#byChannel.set(uniqueid, into);
    }
    for (const [id, call] of from.calls) {
      into.calls.set(id, call);
      this.#byCall.set(id, into);
    }
    this.#open.delete(from);
    this.#quiet.delete(from);
    return into;
  }

  #forget(open: Open): void {
    this.#open.delete(open);
    for (const id of open.contact.linkedIds) this.#byLinkedId.delete(id);
    for (const id of open.living.keys()) this.#byChannel.delete(id);
    for (const id of open.calls.keys()) this.#byCall.delete(id);
  }

  #isGone(uniqueid: string): boolean {
    return this.#gone.has(uniqueid) || this.#goneBefore.has(uniqueid);
  }

  #bury(uniqueid: string, atMs: number): void {
    if (atMs - this.#goneTurnedAtMs > goneMs) {
      this.#goneBefore = this.#gone;
      this.#gone = new Set();
      this.#goneTurnedAtMs = atMs;
    }
    this.#gone.add(uniqueid);
  }
}

const noRow: CelRow = {
  atMs: 0,
  type: '',
  cidName: '',
  cidNum: '',
  dnid: '',
  exten: '',
  channel: '',
  app: '',
  appData: '',
  uniqueid: '',
  linkedid: '',
  peer: '',
  userDefType: '',
  extra: {},
};

function complete({ contact, calls }: Open): Contact {
  const ended = [...calls.values()].filter((call) => call !== null);
  contact.calls = ended.sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const left = new Set(contact.calls.map(({ id }) => id));
  contact.facts = contact.facts.filter(({ callId }) => left.has(callId));
  for (const call of contact.calls) {
    for (const id of call.linkedIds) contact.linkedIds.add(id);
    if (contact.wasAbandoned) call.gap = true;
  }
  contact.merged = survivors(contact.merged, left);
  return contact;
}

/** Each absorbed call with the one that is left of it in the end. */
function survivors(merged: Contact['merged'], left: ReadonlySet<string>): Contact['merged'] {
  const into = new Map(merged.map((one) => [one.id, one.into]));
  return merged.flatMap(({ id }) => {
    let at: string | undefined = id;
    for (let steps = 0; at !== undefined && !left.has(at) && steps <= merged.length; steps += 1) at = into.get(at);
    return at === undefined || !left.has(at) || at === id ? [] : [{ id, into: at }];
  });
}
