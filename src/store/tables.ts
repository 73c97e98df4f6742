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
  deliveries: DeliveriesTable;
  /** What an adapter remembers of one call: JSON of its own. */
  crm_calls: { crm: string; call_id: string; state: string; changed_at: number };
  /** Tasks that we made in a CRM for missed calls. `number`: the client's canonical one. */
  crm_tasks: {
    crm: string;
    task_id: string;
    call_id: string;
    number: string;
    created_at: number;
    closed_at: number | null;
    /** The call that reached the client. */
    closed_by: string | null;
  };
  crm_requests: CrmRequestsTable;
  /** What people change at work: operators, lines, schedules, lists and the like, each as JSON of its kind. */
  directory: { kind: string; id: string; body: string; changed_at: number };
  /** Who does a piece of work that only one process may do. */
  leases: { name: string; owner: string; until_at: number };
  /** Encrypted with the key of the installation. */
  secrets: { name: string; sealed: string; changed_at: number };
  orders: OrdersTable;
  media: MediaTable;
  /** How content the client was, 1 to 5. */
  marks: { call_id: string; mark: number; marked_at: number };
  local_entities: LocalEntitiesTable;
  /** `number`: E.164 where it can be told. */
  local_phones: { number: string; entity_id: number };
  local_activities: LocalActivitiesTable;
  local_tasks: LocalTasksTable;
  local_notes: { id: number; entity_id: number; text: string; author: string; at: number };
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

export interface DeliveriesTable {
  id: number;
  crm: string;
  kind: string;
  call_id: string;
  /** The client's canonical number: two deliveries to one CRM about one client are not worked at once. */
  number: string | null;
  live: number;
  state: string;
  payload: string;
  attempts: number;
  created_at: number;
  due_at: number;
  /** 1 while an earlier one of the same call and connection has not ended: it is not looked at before. */
  behind: number;
  /** Attempts in a row that failed by themselves: how long the back-off is. */
  retries: number;
  stale_at: number | null;
  lease_until: number | null;
  /** The process that works it. */
  worker: string | null;
  ended_at: number | null;
  /** What came of it, or what the last attempt said. */
  note: string | null;
  mend: string | null;
}

export interface CrmRequestsTable {
  id: number;
  crm: string;
  at: number;
  took_ms: number;
  method: string;
  url: string;
  /** Secrets masked, cut to a length. */
  request: string;
  status: number | null;
  answer: string;
  delivery_id: number | null;
  error: string | null;
}

/** Calls that we were asked to make (click-to-call, callback). */
export interface OrdersTable {
  id: string;
  pbx: string;
  crm: string | null;
  /** The call's id in the CRM that ordered it. */
  crm_call_id: string | null;
  kind: string;
  extension: string;
  number: string;
  line: string | null;
  /** The uniqueid that we gave the first channel, by which the call is known again. */
  channel_id: string;
  state: string;
  reason: string | null;
  requested_by: string | null;
  placed_at: number;
  ended_at: number | null;
}

/** What became of the recordings of a call: one file, over all its parts. */
export interface MediaTable {
  call_id: string;
  state: string;
  /** Within the folder of recordings. */
  file: string | null;
  bytes: number | null;
  duration_ms: number | null;
  content_type: string | null;
  peaks: Uint8Array | null;
  note: string | null;
  changed_at: number;
}

/** Contacts, companies and leads of the built-in CRM. */
export interface LocalEntitiesTable {
  id: number;
  kind: string;
  name: string;
  /** In small letters, for searching: SQLite knows only those of ASCII. */
  name_key: string;
  company_id: number | null;
  /** Of a lead: open, won or lost. */
  status: string | null;
  /** Id of an operator. */
  responsible: string | null;
  source: string | null;
  /** The call that it was made from. */
  call_id: string | null;
  note: string;
  created_at: number;
  changed_at: number;
}

export interface LocalActivitiesTable {
  call_id: string;
  entity_id: number | null;
  number: string | null;
  responsible: string | null;
  direction: string;
  status: number;
  talk_sec: number;
  wait_sec: number;
  line: string | null;
  source: string | null;
  recorded: number;
  started_at: number;
  /** The client's, 1 to 5. */
  mark: number | null;
}

export interface LocalTasksTable {
  id: number;
  title: string;
  text: string;
  responsible: string | null;
  deadline_at: number | null;
  entity_id: number | null;
  number: string | null;
  /** The missed call that it was made for. */
  call_id: string | null;
  created_at: number;
  closed_at: number | null;
  /** The call that reached the client, or the person who closed it. */
  closed_by: string | null;
}
