// From rows to contacts, chunk by chunk, without holding up everything else that this process does.
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { CelRow } from '../cel-row.ts';
import { CelDecoder } from './cel-decode.ts';
import type { OpenSource } from './open-source.ts';
import { PastError, quoted } from './past-error.ts';
import { type Contact, PastTracker } from './past-tracker.ts';
import type { Chunk, Position } from './source.ts';
import { bornMs } from './wall-clock.ts';

/** Rows that are taken in one go, about 10 ms; then others have their turn. */
const sliceRows = 400;

/** A channel is logged in the second of its birth; more than this means another clock or another zone. */
const skewMs = 10 * 60_000;
const samplesMax = 200;
/** With fewer rows one odd one could be all. */
const unreadableMin = 20;

/** CEL rows being read. Lives as long as rows are read one after another without a break. */
export class CelReading {
  readonly tracker: PastTracker;
  readonly #setting: string;
  readonly #skews: number[] = [];
  #decoder: CelDecoder | null = null;
  #columns = '';
  #isTimeProved = false;
  rows = 0;
  /** Time of the newest row so far; null before the first. */
  newestAtMs: number | null = null;

  constructor(tracking: TrackerOptions, setting: string) {
    this.tracker = new PastTracker(tracking);
    this.#setting = setting;
  }

  /**
   * Takes the rows of a chunk.
   * @returns contacts that are over
   * @throws PastError when the times cannot be those of these rows
   */
  async take(chunk: Chunk, { source, clock }: OpenSource): Promise<Contact[]> {
    const columns = source.columns.join();
    if (this.#decoder === null || columns !== this.#columns) this.#decoder = new CelDecoder(source.columns, clock);
    this.#columns = columns;
    const decoder = this.#decoder;
    for (let from = 0; from < chunk.rows.length; from += sliceRows) {
      const to = Math.min(from + sliceRows, chunk.rows.length);
      const rows: (CelRow | null)[] = [];
      for (let at = from; at < to; at += 1) rows.push(decoder.decode(chunk.rows[at] ?? []));
      if (!this.#isTimeProved) this.#proveTimes(rows, decoder, clock.timeZone);
      for (const [index, row] of rows.entries()) if (row) this.#takeOne(row, () => chunk.startOf(from + index));
      await new Promise(setImmediate);
    }
    this.rows += chunk.rows.length;
    return this.tracker.finished();
  }

  #takeOne(row: CelRow, place: () => Position): void {
    this.newestAtMs = Math.max(this.newestAtMs ?? 0, row.atMs);
    this.tracker.take(row, place);
  }

  /** Before anything is concluded from them: a call at the wrong time is worse than one that comes later. */
  #proveTimes(rows: readonly (CelRow | null)[], decoder: CelDecoder, timeZone: string): void {
    if (decoder.unreadable >= unreadableMin && rows.every((row) => row === null)) {
      throw new PastError(
        `${this.#setting}: ${quoted(decoder.firstUnreadable ?? '')} in column eventtime is not a time`,
        `Name the right column in ${this.#setting}.columns.eventtime, or set dateformat = %F %T in cel.conf`,
      );
    }
    for (const row of rows) {
      const born = row?.type === 'CHAN_START' ? bornMs(row.uniqueid) : null;
      if (row && born !== null && this.#skews.length < samplesMax) this.#skews.push(row.atMs - born);
    }
    if (this.#skews.length === 0) return;
    const problem = wrongZone(this.#skews, timeZone, this.#setting);
    if (problem) throw problem;
    this.#isTimeProved = this.#skews.length >= samplesMax;
  }
}

/** Compares row times with the births of their channels, which Uniqueid tells in UTC. Null when they agree. */
export function wrongZone(skewsMs: readonly number[], timeZone: string, setting: string): PastError | null {
  const sorted = skewsMs.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  if (Math.abs(median) <= skewMs) return null;
  const quarters = Math.round(median / 900_000) / 4;
  const hours = Math.abs(quarters);
  const way = quarters > 0 ? 'ahead of' : 'behind';
  return new PastError(
    `${setting}.timeZone: by ${timeZone} the times of the rows are ${hours} h ${way} the births of their channels`,
    `Set ${setting}.timeZone to the time zone of the PBX's clock`,
  );
}
