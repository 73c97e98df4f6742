// A CDR row of a table or a file, as an exact copy and as what can be concluded from it.
import type { CdrRow } from '../../store/store.ts';
import type { Cell, Source } from './source.ts';
import { bornMs, type WallClock } from './wall-clock.ts';

/** What a row says, without the exact copy: many are kept for a while. */
export interface CdrEntry {
  uniqueId: string;
  linkedId: string;
  sequence: number;
  /** Unix ms. */
  startedAtMs: number;
  endedAtMs: number;
  durationMs: number;
  billableMs: number;
  disposition: string;
  src: string;
  dst: string;
  dcontext: string;
  channel: string;
  dstChannel: string;
  lastApp: string;
  lastData: string;
  clid: string;
  did: string;
  cnum: string;
  cnam: string;
}

export interface ReadCdr {
  copy: CdrRow;
  entry: CdrEntry;
}

/** Null when the row has no uniqueid, without which there is no telling it from others, or no time. */
export function readCdr(pbx: string, source: Source, cells: readonly Cell[], clock: WallClock): ReadCdr | null {
  const cellOf = (name: string): Cell => cells[source.columns.indexOf(name)] ?? null;
  const text = (name: string): string => {
    const cell = cellOf(name);
    return cell === null ? '' : String(cell);
  };
  const ms = (name: string): number => Math.max(0, Math.round(Number(text(name)) * 1000) || 0);
  const textOrNull = (name: string): string | null => (cellOf(name) === null ? null : text(name));
  const uniqueId = text('uniqueid');
  const startedAt = text('calldate');
  const startedAtMs = clock.read(startedAt, () => (bornMs(uniqueId) ?? 0) - 1000);
  if (uniqueId === '' || startedAtMs === null) return null;
  const linkedId = text('linkedid') || uniqueId;
  const durationMs = ms('duration');
  const sequence = textOrNull('sequence');
  return {
    copy: {
      pbx,
      uniqueId,
      linkedId,
      sequence,
      startedAt,
      src: textOrNull('src'),
      dst: textOrNull('dst'),
      channel: textOrNull('channel'),
      dstChannel: textOrNull('dstchannel'),
      lastApp: textOrNull('lastapp'),
      columns: Object.fromEntries(source.ownNames.map((name, at) => [name, cells[at] ?? null])),
    },
    entry: {
      uniqueId,
      linkedId,
      sequence: Number(sequence ?? 0) || 0,
      startedAtMs,
      endedAtMs: startedAtMs + durationMs,
      durationMs,
      billableMs: Math.min(ms('billsec'), durationMs),
      disposition: text('disposition').toUpperCase(),
      src: text('src'),
      dst: text('dst'),
      dcontext: text('dcontext'),
      channel: text('channel'),
      dstChannel: text('dstchannel'),
      lastApp: text('lastapp').toLowerCase(),
      lastData: text('lastdata'),
      clid: text('clid'),
      did: text('did'),
      cnum: text('cnum'),
      cnam: text('cnam'),
    },
  };
}
