// The CDR, portion by portion: an exact copy of each row, and what the rows tell of calls.
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { PastSettings } from '../../settings/schema.ts';
import type { Store } from '../../store/store.ts';
import { CdrGroups } from './cdr-groups.ts';
import { readCdr } from './cdr-row.ts';
import { type CdrCounts, writeCdrGroups } from './cdr-writer.ts';
import { openSource, type OpenSource } from './open-source.ts';
import { PastError } from './past-error.ts';
import { loadProgress, progressKey, sourceName, type Progress } from './progress.ts';
import type { Position } from './source.ts';

const chunkRows = 2_000;

/** A row is written when its part of the call ends, with the time of its beginning: a long talk's row comes late in the order of time. */
const overlapMs = 2 * 3_600_000;
/** After a start further back, and in a table that is read by time once an hour. */
const longOverlapMs = 26 * 3_600_000;
const longEveryMs = 3_600_000;

/** Parts of one call follow one another at once; after this nothing more is waited for. */
const quietMs = 120_000;
/** How long the rows of a call are kept that is not over, or may get more rows. */
const keepMs = 6 * 3_600_000;

export interface CdrOptions {
  pbx: string;
  settings: PastSettings;
  tracking: TrackerOptions;
  store: Store;
  now: () => number;
  isExtension: (number: string) => boolean;
  /** There is no CEL, so that calls during an absence can only come from here. */
  makesCalls: boolean;
}

export interface CdrReport {
  rows: number;
  /** Rows that were not there before. */
  added: number;
  /** Rows without uniqueid or time. */
  unreadable: number;
  calls: CdrCounts;
}

export class CdrCopy {
  readonly #options: CdrOptions;
  readonly #setting: string;
  readonly #key: string;
  /** What is wrong with the source although it can be read. */
  warning: { message: string; mend: string } | null = null;
  #groups = new CdrGroups();
  #lastLongMs: number | null = null;

  constructor(options: CdrOptions) {
    this.#options = options;
    this.#setting = `pbx ${options.pbx}: cdr`;
    this.#key = progressKey('cdr', options.pbx);
  }

  /**
   * Copies until the table ends or `stop` is aborted.
   * @throws PastError, StoreError; everything copied up to then stays
   */
  async run(stop: AbortSignal): Promise<CdrReport> {
    const open = await openSource('cdr', this.#options.settings, this.#setting);
    try {
      return await this.#read(open, stop);
    } catch (error) {
      this.#lastLongMs = null;
      this.#groups = new CdrGroups();
      throw error;
    } finally {
      await open.source.close();
    }
  }

  async #read(open: OpenSource, stop: AbortSignal): Promise<CdrReport> {
    const { pbx, store, now, tracking, isExtension, makesCalls } = this.#options;
    const { source, clock } = open;
    this.warning = open.has.has('linkedid') ? null : missingLinkedId(this.#setting);
    const report: CdrReport = { rows: 0, added: 0, unreadable: 0, calls: { new: 0, completed: 0, unchanged: 0 } };
    let { progress, at } = await this.#begin(open);
    for (;;) {
      const chunk = await source.read(at, chunkRows);
      const copies = [];
      for (const cells of chunk.rows) {
        const read = readCdr(pbx, source, cells, clock);
        if (!read) {
          report.unreadable += 1;
          continue;
        }
        copies.push(read.copy);
        this.#groups.take(read.entry);
        progress = { ...progress, toAtMs: Math.max(progress.toAtMs ?? 0, read.entry.startedAtMs) };
      }
      if (copies.length > 0) report.added += await store.addCdr(copies);
      report.rows += chunk.rows.length;
      at = chunk.next;
      if (chunk.isLast || stop.aborted) break;
    }
    await this.#save(open, progress, at);
    const rules = { tracking, isExtension, makesCalls, beginAtMs: progress.beginAtMs };
    const quiet = this.#groups.quiet(now() - quietMs);
    for (const group of quiet) group.isNew = false;
    for (const group of await writeCdrGroups(quiet, store, rules, report.calls, false)) group.isNew = true;
    this.#groups.forget(now() - keepMs);
    return report;
  }

  /** Where to begin: with an overlap, because the rows of one call are needed together and may have been read before a restart. */
  async #begin(open: OpenSource): Promise<{ progress: Progress; at: Position }> {
    const { settings, store, now } = this.#options;
    const stored = await loadProgress(store, this.#key);
    const source = sourceName(settings);
    const isByTime = stored?.to.kind === 'time';
    const isLong = this.#lastLongMs === null || (isByTime && now() - this.#lastLongMs >= longEveryMs);
    if (stored && stored.source === source) {
      const standing = await open.source.verify(stored.to, stored.mark);
      if (standing.state === 'gone') {
        throw new PastError(
          `${this.#setting}: ${standing.message}: the table was made anew, or it is another one; nothing is read from it`,
          `If it is the right one: patchcord backfill --reset-position --pbx ${this.#options.pbx} (goes on by time, loses nothing that is in it)`,
        );
      }
      if (!isLong && !isByTime) return { progress: stored, at: stored.to };
    }
    if (isLong) this.#lastLongMs = now();
    const fromMs = (stored?.toAtMs ?? stored?.beginAtMs ?? now()) - (isLong ? longOverlapMs : overlapMs);
    const at = await open.source.placeAt(fromMs);
    if (stored) return { progress: { ...stored, source }, at };
    return { progress: { source, from: at, to: at, mark: null, toAtMs: null, beginAtMs: now() }, at };
  }

  async #save(open: OpenSource, progress: Progress, at: Position): Promise<void> {
    const next: Progress = { ...progress, from: at, to: at, mark: await open.source.markAt(at) };
    const text = JSON.stringify(next);
    if (text !== (await this.#options.store.position(this.#key)))
      await this.#options.store.setPosition(this.#key, text);
  }
}

export function missingLinkedId(setting: string): { message: string; mend: string } {
  return {
    message: `${setting}: the table has no column linkedid: a row is linked to its call only where both have the same uniqueid`,
    mend: `Add a column linkedid (cdr_adaptive_odbc and cdr_pgsql fill it by themselves after a reload; cdr_csv with newcdrcolumns=yes), or name it in ${setting}.columns.linkedid`,
  };
}
