// What happened while nobody listened, for one PBX: CEL and CDR, read from where the last run ended, at start, after gaps and every minute.
import type { TrackerOptions } from '../../calls/tracker.ts';
import { guessExtension } from '../../calls/channel-name.ts';
import type { PbxSettings } from '../../settings/schema.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../logger.ts';
import type { PartState } from '../status.ts';
import { CdrCopy, type CdrReport } from './cdr-copy.ts';
import { CelCatchUp, type CelReport } from './cel-catch-up.ts';
import { beginProgress, progressKey } from './progress.ts';

const everyMs = 60_000;

export interface PastOptions {
  pbx: PbxSettings;
  /** The same as that of the live tracker. */
  tracking: TrackerOptions;
  store: Store;
  logger: Logger;
  /** Unix ms. */
  now: () => number;
  /** Resolves when live tracking has stored everything that it has seen, so that nothing is told twice. */
  settled?: () => Promise<void>;
  /** Whether a short number is a person's extension; by the devices when absent. */
  isExtension?: (number: string) => boolean;
}

export interface Problem {
  level: 'warning' | 'error';
  message: string;
  mend: string | null;
}

export interface CatchUpReport {
  /** Null when there is no such source in the settings, or it could not be read. */
  cel: CelReport | null;
  cdr: CdrReport | null;
  problems: Problem[];
  tookMs: number;
}

/** How one of the two sources is. */
interface State {
  problem: Problem | null;
  doneAtMs: number | null;
  rows: number;
}

export class PastSource {
  readonly #options: PastOptions;
  readonly #cel: CelCatchUp | null;
  readonly #cdr: CdrCopy | null;
  readonly #states: Record<'cel' | 'cdr', State> = {
    cel: { problem: null, doneAtMs: null, rows: 0 },
    cdr: { problem: null, doneAtMs: null, rows: 0 },
  };
  readonly #stop = new AbortController();
  #running: Promise<CatchUpReport> | null = null;
  #next: Promise<CatchUpReport> | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PastOptions) {
    const { pbx, tracking, store, now, settled = () => Promise.resolve() } = options;
    const common = { pbx: pbx.name, tracking, store, now };
    this.#options = options;
    this.#cel = pbx.cel ? new CelCatchUp({ ...common, settings: pbx.cel, settled }) : null;
    this.#cdr = pbx.cdr
      ? new CdrCopy({
          ...common,
          settings: pbx.cdr,
          isExtension: options.isExtension ?? isExtensionBy(tracking),
          makesCalls: pbx.cel === undefined,
        })
      : null;
  }

  /** Catches up now and every minute from now on. */
  start(): void {
    const run = (): void => {
      void this.catchUp().finally(() => {
        if (!this.#stop.signal.aborted) this.#timer = setTimeout(run, everyMs);
      });
    };
    run();
  }

  /** Ends after the rows that are being stored; what was not read is read after the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#next;
    await this.#running;
  }

  /** Resolves when a run is over that began after this was asked. Never rejects: a problem is in the report and in `status`. */
  catchUp(): Promise<CatchUpReport> {
    if (this.#running) {
      this.#next ??= this.#running.then(() => {
        this.#next = null;
        return this.catchUp();
      });
      return this.#next;
    }
    const running = this.#run();
    this.#running = running;
    void running.finally(() => {
      this.#running = null;
    });
    return running;
  }

  status(): PartState[] {
    const { pbx, now } = this.#options;
    const parts: PartState[] = [];
    for (const [what, source] of [
      ['cel', this.#cel],
      ['cdr', this.#cdr],
    ] as const) {
      if (!source) continue;
      const { problem, doneAtMs, rows } = this.#states[what];
      const part = `${what.toUpperCase()} of ${pbx.name}`;
      if (problem) parts.push({ part, ...problem });
      else if (doneAtMs === null)
        parts.push({ part, level: 'ok', message: 'being read for the first time', mend: null });
      else if (source.warning) parts.push({ part, level: 'warning', ...source.warning });
      else {
        const agoSec = Math.max(0, Math.round((now() - doneAtMs) / 1000));
        parts.push({
          part,
          level: 'ok',
          message: `read to its end ${agoSec} s ago, ${rows} rows since start`,
          mend: null,
        });
      }
    }
    return parts;
  }

  async #run(): Promise<CatchUpReport> {
    const startedAtMs = performance.now();
    const report: CatchUpReport = { cel: null, cdr: null, problems: [], tookMs: 0 };
    report.cel = await this.#try('cel', this.#cel, report);
    report.cdr = await this.#try('cdr', this.#cdr, report);
    report.tookMs = Math.round(performance.now() - startedAtMs);
    const { cel } = report;
    if (cel && cel.calls.new + cel.calls.completed > 0) {
      const fields = { pbx: this.#options.pbx.name, rows: cel.rows, ...cel.calls, tookMs: report.tookMs };
      this.#options.logger.info(fields, 'calls were found in CEL that nobody had seen whole');
    }
    return report;
  }

  async #try<Report extends { rows: number }>(
    what: 'cel' | 'cdr',
    source: { run(stop: AbortSignal): Promise<Report> } | null,
    into: CatchUpReport,
  ): Promise<Report | null> {
    if (!source) return null;
    const state = this.#states[what];
    const { pbx, store, logger, now } = this.#options;
    try {
      // From this moment on nothing may be lost, also when the source cannot be read yet.
      await beginProgress(store, progressKey(what, pbx.name), now());
      const report = await source.run(this.#stop.signal);
      if (state.problem) logger.info({ pbx: pbx.name }, `${what} can be read again`);
      this.#states[what] = { problem: null, doneAtMs: now(), rows: state.rows + report.rows };
      return report;
    } catch (error) {
      const { message, mend = null, level = 'error' } = error as Error & Partial<Problem>;
      const problem = { level, message, mend };
      // Once, not every minute.
      if (state.problem?.message !== message)
        logger.error({ pbx: pbx.name, err: message, mend }, `${what} cannot be read`);
      this.#states[what] = { ...state, problem };
      into.problems.push(problem);
      return null;
    }
  }
}

/** By its own name as a device: whoever is not known as a device may be a group or a queue. */
export function isExtensionBy({ extensionOf = guessExtension }: TrackerOptions): (number: string) => boolean {
  return (number) =>
    /^\d{1,6}$/.test(number) && ['PJSIP', 'SIP'].some((technology) => extensionOf(technology, number) === number);
}
