// A call object as rows. Pure.
import type { Insertable } from 'kysely';
import type { Call } from '../calls/call.ts';
import type { Tables } from './tables.ts';

export type CallRow = Insertable<Tables['calls']>;
export type LegRow = Insertable<Tables['legs']>;
export type TransferRow = Insertable<Tables['transfers']>;
export type RecordingRow = Insertable<Tables['recordings']>;

const dayMs = 86_400_000;

/** The UTC day of a time, counted from 1970. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / dayMs);
}

export function startOfDayMs(day: number): number {
  return day * dayMs;
}

/** Longer "numbers" are attackers' text, and each digit more costs an index row. */
const digitsMax = 40;

export function digitsOf(text: string | null | undefined): string {
  return (text ?? '').replace(/\D/g, '').slice(0, digitsMax);
}

/** The client's number as it is searched; null when there is nothing to search. */
export function clientNumber(call: Call): { digits: string; e164: string } | null {
  const digits = digitsOf(call.client?.number);
  const e164 = digitsOf(call.client?.e164);
  return digits === '' && e164 === '' ? null : { digits, e164 };
}

export function callRow(call: Call, no: number, numberId: number | null): CallRow {
  return {
    no,
    id: call.id,
    pbx: call.pbx,
    direction: call.direction,
    answered: bit(call.answered),
    open: bit(call.endedAt === null),
    lost_stage: call.lostStage,
    line: call.line?.number ?? null,
    trunk: call.line?.trunk ?? null,
    responsible: call.responsible?.extension ?? null,
    number_id: numberId,
    result_code: call.result.code,
    queue: call.queue?.name ?? null,
    talk_ms: call.talkMs,
    transferred: bit(call.transfers.length > 0),
    recorded: bit(call.recordings.length > 0),
    started_at: Date.parse(call.startedAt),
    ended_at: msOf(call.endedAt),
  };
}

export function legRows(call: Call, no: number): LegRow[] {
  return call.legs.map((leg, n) => ({
    call_no: no,
    n,
    extension: leg.extension,
    number: leg.number,
    of_extension: leg.of,
    device: leg.device,
    role: leg.role,
    outcome: leg.outcome,
    started_at: Date.parse(leg.startedAt),
    answered_at: msOf(leg.answeredAt),
    ended_at: msOf(leg.endedAt),
    ring_ms: leg.ringMs,
    talk_ms: leg.talkMs,
    consult_ms: leg.consultMs,
    hold_ms: leg.holdMs,
  }));
}

export function transferRows(call: Call, no: number): TransferRow[] {
  return call.transfers.map((transfer, n) => ({
    call_no: no,
    n,
    type: transfer.type,
    by_party: transfer.by,
    to_party: transfer.to,
    completed: bit(transfer.completed),
    blonde: bit(transfer.blonde),
    at: Date.parse(transfer.at),
  }));
}

export function recordingRows(call: Call, no: number): RecordingRow[] {
  return call.recordings.map((recording, n) => ({
    call_no: no,
    n,
    file: recording.file,
    started_at: Date.parse(recording.startedAt),
    ended_at: msOf(recording.endedAt),
  }));
}

function bit(value: boolean): number {
  return value ? 1 : 0;
}

function msOf(iso: string | null): number | null {
  return iso === null ? null : Date.parse(iso);
}
