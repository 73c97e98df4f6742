import type { Call } from '../calls/call.ts';
import { csvLine } from './csv.ts';

type Value = string | number | boolean | null;

/** One record for one call: what a table can hold of it. Times are UTC, durations milliseconds, lists parted by blanks. */
const fields: Record<string, (call: Call) => Value> = {
  id: ({ id }) => id,
  pbx: ({ pbx }) => pbx,
  direction: ({ direction }) => direction,
  origin: ({ origin }) => origin,
  clientNumber: ({ client }) => client?.number ?? null,
  clientE164: ({ client }) => client?.e164 ?? null,
  clientName: ({ client }) => client?.name ?? null,
  line: ({ line }) => line?.number ?? null,
  trunk: ({ line }) => line?.trunk ?? null,
  startedAt: ({ startedAt }) => startedAt,
  answeredAt: ({ answeredAt }) => answeredAt,
  endedAt: ({ endedAt }) => endedAt,
  answered: ({ answered }) => answered,
  lostStage: ({ lostStage }) => lostStage,
  resultCode: ({ result }) => result.code,
  cause: ({ result }) => result.cause,
  dialStatus: ({ result }) => result.dialStatus,
  responsible: ({ responsible }) => responsible?.extension ?? null,
  extensions: ({ legs }) => [...new Set(legs.flatMap(({ extension }) => extension ?? []))].join(' '),
  transfers: ({ transfers }) => transfers.length,
  queue: ({ queue }) => queue?.name ?? null,
  waitMs: ({ waitMs }) => waitMs,
  talkMs: ({ talkMs }) => talkMs,
  hangupBy: ({ hangupBy }) => hangupBy,
  recordings: ({ recordings }) => recordings.map(({ file }) => file).join(' '),
  linkedIds: ({ linkedIds }) => linkedIds.join(' '),
};

export const callCsvHead = csvLine(Object.keys(fields));

/** The record of one call. */
export function callCsvLine(call: Call): string {
  return csvLine(Object.values(fields).map((value) => value(call)));
}
