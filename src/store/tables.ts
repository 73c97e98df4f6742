// The tables as TypeScript sees them; migrations.ts makes them. Times are unix ms, truths are 0 and 1: the same on both dialects.

export interface Tables {
  counters: { name: string; value: number };
  calls: CallsTable;
  call_bodies: { call_no: number; body: Uint8Array };
  open_calls: { call_no: number; pbx: string; state: string };
  merged_calls: { id: string; into_id: string };
  linked_ids: { pbx: string; linked_id: string; call_no: number };
  legs: LegsTable;
  transfers: TransfersTable;
  recordings: { call_no: number; n: number; file: string; started_at: number; ended_at: number | null };
  numbers: { id: number; digits: string; e164: string };
  number_suffixes: { suffix: string; number_id: number };
  /** What is packed holds while `packed_version` is `version`. */
  days: { day: number; version: number; packed_version: number | null; calls: number };
  /** See search/places.ts. */
  day_calls: { part: number; places: Uint8Array };
  /** What is packed holds while `versions` is the sum of the versions of its days. */
  months: { month: number; versions: number };
  /** Which rows of `term_sets` a span has. */
  term_lists: { span: number; terms: string };
  /** `span`: a day or a month, see search/spans.ts. */
  term_sets: { term: string; span: number; bits: Uint8Array };
  events: EventsTable;
  snapshots: { seq: number; body: Uint8Array };
  batches: { batch_id: string; last_seq: number; stored_at: number };
  positions: { source: string; value: string };
  cdr: CdrTable;
}

/** What a filter may ask of a call. Narrow, so that walking it is quick; the whole call is in `call_bodies`. */
export interface CallsTable {
  /** Ours, short, so that indexes stay small; the call's id is text. */
  no: number;
  id: string;
  pbx: string;
  direction: string;
  answered: number;
  open: number;
  lost_stage: string | null;
  line: string | null;
  trunk: string | null;
  responsible: string | null;
  number_id: number | null;
  result_code: number | null;
  queue: string | null;
  talk_ms: number;
  transferred: number;
  recorded: number;
  started_at: number;
  ended_at: number | null;
}

export interface LegsTable {
  call_no: number;
  n: number;
  extension: string | null;
  number: string | null;
  of_extension: string | null;
  device: string | null;
  role: string;
  outcome: string | null;
  started_at: number;
  answered_at: number | null;
  ended_at: number | null;
  ring_ms: number;
  talk_ms: number;
  consult_ms: number;
  hold_ms: number;
}

export interface TransfersTable {
  call_no: number;
  n: number;
  type: string;
  by_party: string | null;
  to_party: string | null;
  completed: number;
  blonde: number;
  at: number;
}

export interface EventsTable {
  seq: number;
  type: string;
  at: number;
  stored_at: number;
  pbx: string;
  call_id: string;
  leg: number | null;
  into_id: string | null;
  /** `snapshots.seq`: one for all facts of one call in one batch, because they show the same call. */
  snapshot: number | null;
}

export interface CdrTable {
  id: number;
  /** Hash of what makes it the row that it is. */
  identity: string;
  pbx: string;
  unique_id: string;
  linked_id: string | null;
  sequence: string | null;
  started_at: string;
  src: string | null;
  dst: string | null;
  channel: string | null;
  dst_channel: string | null;
  last_app: string | null;
  columns: string;
}
