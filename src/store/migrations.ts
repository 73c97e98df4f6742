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
];
