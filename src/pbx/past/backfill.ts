// "Process a period": the calls that began in it, from CEL, and from the CDR where nothing else is known.
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { PbxSettings } from '../../settings/schema.ts';
import type { Store } from '../../store/store.ts';
import { CdrGroups } from './cdr-groups.ts';
import { readCdr } from './cdr-row.ts';
import { writeCdrGroups } from './cdr-writer.ts';
import { lookBackMs } from './cel-catch-up.ts';
import type { CdrReport } from './cdr-copy.ts';
import { CelReading } from './cel-reading.ts';
import { openSource } from './open-source.ts';
import type { Contact } from './past-tracker.ts';
import { isExtensionBy } from './past-source.ts';
import { type Counts, PastWriter } from './writer.ts';

const chunkRows = 5_000;
/** Rows of one call lie no further apart than this in a CDR table. */
const spreadMs = lookBackMs;
const quietMs = 120_000;

export interface Period {
  pbx: PbxSettings;
  tracking: TrackerOptions;
  store: Store;
  /** Unix ms, half-open: calls that began in it. */
  fromMs: number;
  toMs: number;
  /** Find out what would be done, and store nothing. */
  isDry: boolean;
  now: () => number;
  /** Told after each portion of rows: how many so far, and the time (unix ms) of the newest. */
  onProgress: (what: 'cel' | 'cdr', rows: number, atMs: number | null) => void;
}

export interface PeriodReport {
  cel: { rows: number; calls: Counts; open: number; isPoor: boolean } | null;
  cdr: CdrReport | null;
}

/** @throws PastError, StoreError; what was stored before stays, and the same again completes it */
export async function backfillPeriod(period: Period): Promise<PeriodReport> {
  const seen = new Set<string>();
  const cel = period.pbx.cel ? await fromCel(period, seen) : null;
  const cdr = period.pbx.cdr ? await fromCdr(period, seen) : null;
  return { cel, cdr };
}

/** @param seen gets the linkedids that CEL tells of */
async function fromCel(period: Period, seen: Set<string>): Promise<PeriodReport['cel']> {
  const { pbx, tracking, store, fromMs, toMs, isDry, now, onProgress } = period;
  if (!pbx.cel) return null;
  const setting = `pbx ${pbx.name}: cel`;
  const open = await openSource('cel', pbx.cel, setting);
  try {
    const reading = new CelReading(tracking, setting);
    const writer = new PastWriter({ pbx: pbx.name, store, now, settled: () => Promise.resolve(), isDry });
    const isPoor = !open.has.has('extra');
    const write = async (contacts: readonly Contact[]): Promise<void> => {
      const ours = contacts.filter(({ firstAtMs }) => firstAtMs >= fromMs && firstAtMs < toMs);
      for (const { linkedIds } of ours) for (const id of linkedIds) seen.add(id);
      if (ours.length > 0) await writer.write(ours, isPoor);
    };
    let at = await open.source.placeAt(fromMs - lookBackMs);
    for (;;) {
      const chunk = await open.source.read(at, chunkRows);
      await write(await reading.take(chunk, open));
      at = chunk.next;
      onProgress('cel', reading.rows, reading.newestAtMs);
      const newestMs = reading.newestAtMs ?? 0;
      const isOver = newestMs >= toMs && (reading.tracker.oldest()?.firstAtMs ?? Infinity) >= toMs;
      if (chunk.isLast || isOver || newestMs >= toMs + 2 * lookBackMs) break;
    }
    reading.tracker.abandon((reading.newestAtMs ?? 0) - 2 * lookBackMs);
    await write(reading.tracker.finished());
    const openCount = reading.tracker.openBetween(fromMs, toMs);
    return { rows: reading.rows, calls: writer.counts, open: openCount, isPoor };
  } finally {
    await open.source.close();
  }
}

async function fromCdr(period: Period, seen: ReadonlySet<string>): Promise<CdrReport | null> {
  const { pbx, tracking, store, fromMs, toMs, isDry, now, onProgress } = period;
  if (!pbx.cdr) return null;
  const open = await openSource('cdr', pbx.cdr, `pbx ${pbx.name}: cdr`);
  try {
    const { source, clock } = open;
    const groups = new CdrGroups();
    const report: CdrReport = { rows: 0, added: 0, unreadable: 0, calls: { new: 0, completed: 0, unchanged: 0 } };
    const rules = { tracking, isExtension: isExtensionBy(tracking), makesCalls: true, beginAtMs: 0 };
    const settle = async (beforeMs: number): Promise<void> => {
      const quiet = groups.quiet(Math.min(beforeMs, now() - quietMs));
      for (const group of quiet) group.isNew = false;
      const ours = quiet.filter(({ linkedId, entries }) => {
        const startedAtMs = Math.min(...entries.map((entry) => entry.startedAtMs));
        // In a dry run CEL's calls are not stored, but they would be.
        return startedAtMs >= fromMs && startedAtMs < toMs && !(isDry && seen.has(linkedId));
      });
      await writeCdrGroups(ours, store, rules, report.calls, isDry);
      groups.forget(beforeMs);
    };
    let at = await source.placeAt(fromMs - spreadMs);
    for (;;) {
      const chunk = await source.read(at, chunkRows);
      const copies = [];
      let oldestMs = Infinity;
      let newestMs: number | null = null;
      for (const cells of chunk.rows) {
        const read = readCdr(pbx.name, source, cells, clock);
        if (!read) {
          report.unreadable += 1;
          continue;
        }
        const { startedAtMs } = read.entry;
        oldestMs = Math.min(oldestMs, startedAtMs);
        newestMs = Math.max(newestMs ?? 0, startedAtMs);
        groups.take(read.entry);
        if (startedAtMs >= fromMs && startedAtMs < toMs) copies.push(read.copy);
      }
      if (copies.length > 0 && !isDry) report.added += await store.addCdr(copies);
      report.rows += chunk.rows.length;
      onProgress('cdr', report.rows, newestMs);
      at = chunk.next;
      if (chunk.isLast || (oldestMs !== Infinity && oldestMs >= toMs + spreadMs)) break;
      if (oldestMs !== Infinity) await settle(oldestMs - spreadMs);
    }
    await settle(Infinity);
    return report;
  } finally {
    await open.source.close();
  }
}
