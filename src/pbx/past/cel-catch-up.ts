// From the stored position to the end of the CEL table, again and again; what was begun is kept in memory between two runs.
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { PastSettings } from '../../settings/schema.ts';
import type { Store } from '../../store/store.ts';
import { CelReading } from './cel-reading.ts';
import { celWarning } from './missing-extra.ts';
import { openSource, type OpenSource } from './open-source.ts';
import { PastError } from './past-error.ts';
import type { Contact } from './past-tracker.ts';
import { loadProgress, progressKey, sourceName, type Progress } from './progress.ts';
import type { Position } from './source.ts';
import { type Counts, PastWriter } from './writer.ts';

/** Rows asked for at once. */
const chunkRows = 2_000;

/** How far back calls that are in progress when reading begins may have begun. */
export const lookBackMs = 6 * 3_600_000;

/** A contact without a row for so long has no end any more: Asterisk died. A talk that lasts longer comes back as a second one. */
const abandonMs = 12 * 3_600_000;

export interface CelOptions {
  pbx: string;
  settings: PastSettings;
  tracking: TrackerOptions;
  store: Store;
  now: () => number;
  /** Resolves when live tracking has stored everything that it has seen. */
  settled: () => Promise<void>;
}

export interface CelReport {
  rows: number;
  calls: Counts;
}

/** What is kept between two runs. */
interface Kept {
  reading: CelReading;
  progress: Progress;
  /** Contacts that live tracking is going to end itself. */
  waiting: Contact[];
}

export class CelCatchUp {
  readonly #options: CelOptions;
  readonly #setting: string;
  readonly #key: string;
  /** What is wrong with the source although it can be read. */
  warning: { message: string; mend: string } | null = null;
  #kept: Kept | null = null;

  constructor(options: CelOptions) {
    this.#options = options;
    this.#setting = `pbx ${options.pbx}: cel`;
    this.#key = progressKey('cel', options.pbx);
  }

  /**
   * Reads and stores until the table ends or `stop` is aborted.
   * @throws PastError, StoreError; everything stored up to then stays, and the next run goes on from there
   */
  async run(stop: AbortSignal): Promise<CelReport> {
    const open = await openSource('cel', this.#options.settings, this.#setting);
    try {
      return await this.#read(open, stop);
    } catch (error) {
      // What is in memory may be ahead of what is stored: the next run begins with what is stored.
      this.#kept = null;
      throw error;
    } finally {
      await open.source.close();
    }
  }

  async #read(open: OpenSource, stop: AbortSignal): Promise<CelReport> {
    const { pbx, store, now, settled } = this.#options;
    const writer = new PastWriter({ pbx, store, now, settled, isDry: false });
    const { kept, at } = await this.#begin(open);
    this.#kept = kept;
    this.warning = celWarning(open, this.#setting, this.#options.settings.table);
    const rowsBefore = kept.reading.rows;
    let place = at;
    let coming = open.source.read(place, chunkRows);
    for (;;) {
      const chunk = await coming;
      const goesOn = !chunk.isLast && !stop.aborted;
      // The database looks for the next rows while these are understood.
      if (goesOn) coming = open.source.read(chunk.next, chunkRows);
      coming.catch(() => {});
      const contacts = await kept.reading.take(chunk, open);
      place = chunk.next;
      if (chunk.rows.length > 0 || !goesOn) {
        if (!goesOn) contacts.push(...this.#abandoned(kept.reading));
        await this.#write(kept, writer, contacts, place, open);
      }
      if (!goesOn) break;
    }
    return { rows: kept.reading.rows - rowsBefore, calls: writer.counts };
  }

  #abandoned(reading: CelReading): Contact[] {
    if (reading.newestAtMs === null) return [];
    reading.tracker.abandon(reading.newestAtMs - abandonMs);
    return reading.tracker.finished();
  }

  async #write(
    kept: Kept,
    writer: PastWriter,
    contacts: readonly Contact[],
    to: Position,
    open: OpenSource,
  ): Promise<void> {
    const { progress, reading } = kept;
    const ours = contacts.filter(({ lastAtMs }) => lastAtMs >= progress.beginAtMs);
    const { waiting: before } = kept;
    const positions = async (waiting: readonly Contact[]): Promise<Record<string, string>> => {
      const next: Progress = {
        ...progress,
        from: startOf([...waiting, reading.tracker.oldest()]) ?? to,
        to,
        mark: await open.source.markAt(to),
        toAtMs: reading.newestAtMs ?? progress.toAtMs,
      };
      kept.progress = next;
      const text = JSON.stringify(next);
      return text === JSON.stringify(progress) ? {} : { [this.#key]: text };
    };
    kept.waiting = await writer.write([...before, ...ours], !open.has.has('extra'), positions);
  }

  /** Where to go on, after proving that the table is still the one that was read. */
  async #begin(open: OpenSource): Promise<{ kept: Kept; at: Position }> {
    const { settings, store, now } = this.#options;
    const stored = await loadProgress(store, this.#key);
    const source = sourceName(settings);
    const kept = this.#kept;
    // Somebody else (the backfill command) may have reset it meanwhile.
    if (kept && stored && JSON.stringify(stored) === JSON.stringify(kept.progress)) {
      await this.#prove(open, stored);
      return { kept, at: stored.to };
    }
    if (!stored) {
      const at = await open.source.placeAt(now() - lookBackMs);
      return this.#anew({ source, from: at, to: at, mark: null, toAtMs: null, beginAtMs: now() }, at);
    }
    if (stored.source !== source) {
      const at = await open.source.placeAt((stored.toAtMs ?? stored.beginAtMs) - lookBackMs);
      return this.#anew({ ...stored, source, from: at, to: at, mark: null }, at);
    }
    await this.#prove(open, stored);
    return this.#anew(stored, stored.from);
  }

  #anew(progress: Progress, at: Position): { kept: Kept; at: Position } {
    return { kept: { reading: new CelReading(this.#options.tracking, this.#setting), progress, waiting: [] }, at };
  }

  async #prove(open: OpenSource, { to, mark }: Progress): Promise<void> {
    const standing = await open.source.verify(to, mark);
    if (standing.state === 'same') return;
    throw new PastError(
      `${this.#setting}: ${standing.message}: the table was made anew, or it is another one; nothing is read from it`,
      `If it is the right one: patchcord backfill --reset-position --pbx ${this.#options.pbx} (goes on by time, loses nothing that is in it)`,
    );
  }
}

/** Where the contact that began first has its first row. */
export function startOf(contacts: readonly (Contact | null)[]): Position | null {
  const [first] = contacts.filter((one) => one !== null).sort((a, b) => a.n - b.n);
  return first?.first ?? null;
}
