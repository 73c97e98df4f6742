// What the rest of Patchcord may ask of the database. One implementation over both SQLite and PostgreSQL (database-store.ts).
import type { Call, Direction, LostStage } from '../calls/call.ts';
import type { Fact, FactType } from '../calls/facts.ts';
import type { NewDelivery } from './delivery.ts';
import type { Dialect } from './dialect.ts';

/** A call with what the tracker needs to go on with it after a restart. */
export interface StoredCall {
  call: Call;
  /** The tracker's own state (plain JSON) while the call is open, null afterwards. */
  state: unknown;
}

/** What is stored in one transaction, all of it or nothing. */
export interface Recorded {
  pbx: string;
  /**
   * Any text that no other batch has (a random UUID). Recording a batch whose id was stored within the last day stores nothing and gives the
   * answer of the first time; so a batch may be retried after an uncertain commit. Without it a retry would double the events.
   */
  batchId?: string;
  /** Each replaces what is stored under its id: legs, transfers and recordings too. */
  calls: StoredCall[];
  /** The absorbed call disappears from the history; looking it up gives the surviving one, which must be in `calls` or stored already. */
  merged: { id: string; into: string }[];
  /** Become the rows of the event log, in this order. */
  facts: Fact[];
  /** Work for CRMs that follows from the facts, in this order. */
  deliveries?: readonly NewDelivery[];
  /** Positions in sources, as `setPosition`, but in the same transaction. */
  positions?: Record<string, string>;
}

/** All conditions must hold; an absent one always does. */
export interface CallFilter {
  pbx?: string;
  direction?: Direction;
  answered?: boolean;
  /** True: inbound and not answered; false: everything else. */
  missed?: boolean;
  open?: boolean;
  lostStage?: LostStage;
  /** The number of ours that was called. */
  line?: string;
  trunk?: string;
  /** On any leg, or responsible. */
  extension?: string;
  responsible?: string;
  /** Any part of the client's number, as given by the trunk or in E.164; everything but digits is ignored. */
  number?: string;
  /** The client's whole number, `+7…`. */
  e164?: string;
  /** Started at or after (ISO). */
  from?: string;
  /** Started before (ISO). */
  to?: string;
  resultCode?: number;
  queue?: string;
  minTalkMs?: number;
  transferred?: boolean;
  recorded?: boolean;
}

export interface CallPage {
  /** 1 to 1000. */
  limit: number;
  /** `next` of the page before. */
  before?: string;
}

/** One row of the durable event log. */
export interface StoredEvent {
  /** Rises by one; once a reader has seen `n`, nothing at or below `n` appears any more. */
  seq: number;
  type: FactType;
  /** ISO, the time of the PBX's event. */
  at: string;
  pbx: string;
  callId: string;
  leg: number | null;
  /** The surviving call, for `call.merged`. */
  into: string | null;
  /** The call as it was when the fact was stored; null when neither the batch nor the database knew it. */
  call: Call | null;
}

/** A CDR row of the PBX. Two rows that agree in everything but `columns` are the same row. */
export interface CdrRow {
  pbx: string;
  uniqueId: string;
  linkedId: string | null;
  sequence: string | null;
  /** `calldate` or `start`, as the table has it. */
  startedAt: string;
  src: string | null;
  dst: string | null;
  channel: string | null;
  dstChannel: string | null;
  lastApp: string | null;
  /** Every column of the row under its own name: the exact copy. */
  columns: Record<string, string | number | null>;
}

export interface StoredCdrRow extends CdrRow {
  /** Ours, rising; rows appear in its order. */
  id: number;
  /** The call that covers its linkedid; null while there is none. */
  callId: string | null;
}

export interface StoreStatus {
  ok: boolean;
  message: string;
  /** What to do about it; null when `ok`. */
  mend: string | null;
  dialect: 'sqlite' | 'postgres';
  schemaVersion: number;
  /** Of the whole database on disk; null when it cannot be told. */
  sizeBytes: number | null;
}

/** Every method rejects with `StoreError` only. */
export interface Store {
  /** For the parts that keep tables of their own (outbox, directory, built-in CRM). */
  readonly database: Dialect;

  /** From now on `record` asks this for the deliveries of a batch that brings none of its own. */
  planWith(plan: (batch: Recorded) => readonly NewDelivery[]): void;

  /** Stores the batch in one transaction. `lastSeq`: of its last fact, or of the log when it has none. */
  record(batch: Recorded): Promise<{ lastSeq: number }>;

  /** The calls of a PBX that have not ended, in order of start. */
  openCalls(pbx: string): Promise<StoredCall[]>;
  /** By its id, or by the id of a call that was merged into it. */
  call(id: string): Promise<Call | null>;
  /** Newest first. `next` is null on the last page; a `before` that is no cursor of ours rejects with code `failed`. */
  calls(filter: CallFilter, page: CallPage): Promise<{ calls: Call[]; next: string | null }>;
  /** The calls that cover any of the linkedids, in order of start. */
  callsByLinkedIds(pbx: string, linkedIds: readonly string[]): Promise<Call[]>;

  /** Rows after `afterSeq`, at most `limit`, in order. Rows older than the retention are gone (`firstSeq`). */
  events(afterSeq: number, limit: number): Promise<StoredEvent[]>;
  /** 0 when nothing has been stored yet. */
  lastSeq(): Promise<number>;
  /** The oldest row still there; `lastSeq() + 1` when there is none. A reader whose cursor is below `firstSeq - 1` has missed rows. */
  firstSeq(): Promise<number>;
  /** Calls `listener` after commits by any process, soon but perhaps once for several. Returns the unsubscribing. */
  onEvents(listener: (lastSeq: number) => void): () => void;

  position(source: string): Promise<string | null>;
  setPosition(source: string, value: string): Promise<void>;

  /** Adds rows that are not there yet; a known row with other `columns` is updated in place. Returns how many were new. */
  addCdr(rows: readonly CdrRow[]): Promise<number>;
  cdr(afterId: number, limit: number): Promise<StoredCdrRow[]>;

  /**
   * One small step of upkeep (a fraction of a second): packs a finished day for searching, removes what is older than it is kept. True when more is waiting.
   * To be called about once a minute, and again at once (after a breath) while it returns true. Safe in several processes.
   */
  tidy(nowMs: number): Promise<boolean>;

  /** Never rejects: a database that does not answer is a status. */
  status(): Promise<StoreStatus>;
  close(): Promise<void>;
}

export interface StoreOptions {
  /** How long rows of the event log are kept, in days; 30 unless told. */
  eventDays?: number;
}
