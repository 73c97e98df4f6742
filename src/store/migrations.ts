// Numbered, forward only, one transaction each. A migration that was released is never edited: the next one changes what it made.

/** What SQLite and PostgreSQL call differently in a table's definition. */
export interface DdlWords {
  /** Bytes. */
  blob: string;
  /** Text ordered by its bytes, so that a range of prefixes is a range of the index. */
  bytewise: string;
  /** Ends a table that is read by its primary key only: its rows are kept in the key's index where the dialect can do so. */
  clustered: string;
  /** Type of a whole number that is the primary key; in SQLite the row's own number, which costs no index. */
  key: string;
}

export interface Migration {
  version: number;
  name: string;
  statements(words: DdlWords): string[];
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'calls, events, cdr',
    statements: (words) => [
      // Locking a row here also puts all writers in one line: see `nextNumbers` in counters.ts.
      `create table counters (name text primary key, value bigint not null)`,
      `insert into counters (name, value) values ('event', 0), ('call', 0), ('number', 0), ('cdr', 0)`,

      `create table calls (
        no ${words.key} primary key, id text not null unique, pbx text not null, direction text not null,
        answered smallint not null, open smallint not null, lost_stage text, line text, trunk text, responsible text,
        number_id bigint, result_code bigint, queue text, talk_ms bigint not null,
        transferred smallint not null, recorded smallint not null, started_at bigint not null, ended_at bigint)`,
      `create index calls_started on calls (started_at, no)`,
      `create index calls_number on calls (number_id, started_at, no)`,
      `create table call_bodies (call_no ${words.key} primary key, body ${words.blob} not null)`,
      `create table open_calls (call_no ${words.key} primary key, pbx text not null, state text not null)`,
      `create table merged_calls (id text primary key, into_id text not null)`,
      `create index merged_calls_into on merged_calls (into_id)`,
      `create table linked_ids (
        pbx text not null, linked_id text not null, call_no bigint not null,
        primary key (pbx, linked_id, call_no)) ${words.clustered}`,
      `create table legs (
        call_no bigint not null, n integer not null, extension text, number text, of_extension text, device text,
        role text not null, outcome text, started_at bigint not null, answered_at bigint, ended_at bigint,
        ring_ms bigint not null, talk_ms bigint not null, consult_ms bigint not null, hold_ms bigint not null,
        primary key (call_no, n)) ${words.clustered}`,
      `create table transfers (
        call_no bigint not null, n integer not null, type text not null, by_party text, to_party text,
        completed smallint not null, blonde smallint not null, at bigint not null,
        primary key (call_no, n)) ${words.clustered}`,
      `create table recordings (
        call_no bigint not null, n integer not null, file text not null, started_at bigint not null, ended_at bigint,
        primary key (call_no, n)) ${words.clustered}`,

      `create table numbers (id ${words.key} primary key, digits text not null, e164 text not null, unique (digits, e164))`,
      `create index numbers_e164 on numbers (e164)`,
      `create table number_suffixes (
        suffix ${words.bytewise} not null, number_id bigint not null, primary key (suffix, number_id)) ${words.clustered}`,

      `create table days (
        day ${words.key} primary key, version bigint not null, packed_version bigint, calls integer not null)`,
      `create table day_calls (part ${words.key} primary key, places ${words.blob} not null)`,
      `create table months (month ${words.key} primary key, versions bigint not null)`,
      `create table term_lists (span ${words.key} primary key, terms text not null)`,
      `create table term_sets (
        term ${words.bytewise} not null, span integer not null, bits ${words.blob} not null,
        primary key (term, span)) ${words.clustered}`,

      `create table events (
        seq ${words.key} primary key, type text not null, at bigint not null, stored_at bigint not null, pbx text not null,
        call_id text not null, leg integer, into_id text, snapshot bigint)`,
      `create table snapshots (seq ${words.key} primary key, body ${words.blob} not null)`,
      `create table batches (
        batch_id text primary key, last_seq bigint not null, stored_at bigint not null) ${words.clustered}`,
      `create index batches_stored on batches (stored_at)`,
      `create table positions (source text primary key, value text not null)`,

      `create table cdr (
        id ${words.key} primary key, identity text not null unique, pbx text not null, unique_id text not null, linked_id text,
        sequence text, started_at text not null, src text, dst text, channel text, dst_channel text, last_app text,
        columns text not null)`,
    ],
  },
  {
    version: 2,
    name: 'deliveries, directory, orders',
    statements: (words) => [
      `create table deliveries (
        id ${words.key} primary key, crm text not null, kind text not null, call_id text not null, number text,
        live smallint not null, state text not null, payload text not null, attempts integer not null, created_at bigint not null,
        due_at bigint not null, behind smallint not null, retries integer not null, stale_at bigint, lease_until bigint, worker text,
        ended_at bigint, note text, mend text)`,
      `insert into counters (name, value) values ('delivery', 0)`,
      // What is done is most of the table; what waits is little and asked for all the time, and of it only the first of each call.
      // In a query of SQLite that names a state and the states of an index, the index does not serve: hence a whole one by state.
      `create index deliveries_ready on deliveries (crm, live, due_at, id, number) where state = 'waiting' and behind = 0`,
      `create index deliveries_working on deliveries (crm, lease_until, number) where state = 'working'`,
      `create index deliveries_pending on deliveries (call_id, crm, id) where state in ('waiting', 'working', 'rejected')`,
      `create index deliveries_state on deliveries (crm, state, id)`,
      `create index deliveries_call on deliveries (call_id, id)`,
      `create index deliveries_ended on deliveries (ended_at) where ended_at is not null`,
      `create table crm_calls (
        crm text not null, call_id text not null, state text not null, changed_at bigint not null,
        primary key (crm, call_id)) ${words.clustered}`,
      `create table crm_tasks (
        crm text not null, task_id text not null, call_id text not null, number text not null, created_at bigint not null,
        closed_at bigint, closed_by text, primary key (crm, task_id)) ${words.clustered}`,
      `create index crm_tasks_open on crm_tasks (crm, number) where closed_at is null`,
      `create table crm_requests (
        id ${words.key} primary key, crm text not null, at bigint not null, took_ms bigint not null, method text not null,
        url text not null, request text not null, status integer, answer text not null, delivery_id bigint, error text)`,
      `create index crm_requests_crm on crm_requests (crm, id)`,
      `insert into counters (name, value) values ('crm_request', 0)`,
      `create table directory (
        kind text not null, id text not null, body text not null, changed_at bigint not null,
        primary key (kind, id)) ${words.clustered}`,
      `insert into counters (name, value) values ('directory', 0)`,
      `create table leases (name text primary key, owner text not null, until_at bigint not null)`,
      `create table secrets (name text primary key, sealed text not null, changed_at bigint not null)`,
      `create table orders (
        id text primary key, pbx text not null, crm text, crm_call_id text, kind text not null, extension text not null,
        number text not null, line text, channel_id text not null unique, state text not null, reason text, requested_by text,
        placed_at bigint not null, ended_at bigint)`,
      `create index orders_open on orders (placed_at) where state in ('placed', 'ringing')`,
      `create index orders_recent on orders (extension, placed_at)`,
      `create table media (
        call_id text primary key, state text not null, file text, bytes bigint, duration_ms bigint, content_type text,
        peaks ${words.blob}, note text, changed_at bigint not null)`,
    ],
  },
  {
    version: 3,
    name: 'built-in CRM',
    statements: (words) => [
      // A contact, a company or a lead: the same fields, so that a search is one search.
      `create table local_entities (
        id ${words.key} primary key, kind text not null, name text not null, name_key ${words.bytewise} not null, company_id bigint,
        status text, responsible text, source text, call_id text unique, note text not null,
        created_at bigint not null, changed_at bigint not null)`,
      `create index local_entities_newest on local_entities (kind, id)`,
      `create index local_entities_name on local_entities (name_key)`,
      `create table local_phones (
        number ${words.bytewise} not null, entity_id bigint not null, primary key (number, entity_id)) ${words.clustered}`,
      `create index local_phones_entity on local_phones (entity_id)`,
      `create table local_activities (
        call_id text primary key, entity_id bigint, number text, responsible text, direction text not null,
        status integer not null, talk_sec integer not null, wait_sec integer not null, line text, source text,
        recorded smallint not null, started_at bigint not null)`,
      `create index local_activities_entity on local_activities (entity_id, started_at)`,
      `create index local_activities_started on local_activities (started_at)`,
      `create table local_tasks (
        id ${words.key} primary key, title text not null, text text not null, responsible text, deadline_at bigint, entity_id bigint,
        number text, call_id text unique, created_at bigint not null, closed_at bigint, closed_by text)`,
      `create index local_tasks_open on local_tasks (number) where closed_at is null`,
      `create table local_notes (
        id ${words.key} primary key, entity_id bigint not null, text text not null, author text not null, at bigint not null)`,
      `create index local_notes_entity on local_notes (entity_id, id)`,
      `insert into counters (name, value) values ('local', 0)`,
    ],
  },
  {
    version: 4,
    name: 'upkeep of what CRMs were told',
    statements: () => [
      `create index crm_calls_changed on crm_calls (changed_at)`,
      `create index crm_tasks_created on crm_tasks (created_at)`,
      `create index orders_placed on orders (placed_at)`,
    ],
  },
  {
    version: 5,
    name: 'marks of clients',
    statements: (words) => [
      `create table marks (call_id text primary key, mark integer not null, marked_at bigint not null) ${words.clustered}`,
      `alter table local_activities add column mark integer`,
    ],
  },
];
