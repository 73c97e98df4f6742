// `patchcord backfill`: the calls of a period out of CEL and CDR, and the way out when a table was made anew.
import { backfillPeriod, type PeriodReport } from '../pbx/past/backfill.ts';
import { missingExtra } from '../pbx/past/missing-extra.ts';
import { PastError } from '../pbx/past/past-error.ts';
import { resetPosition } from '../pbx/past/progress.ts';
import { trackingOf } from '../pbx/pbx.ts';
import type { PbxSettings, Settings } from '../settings/schema.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { planDeliveries } from '../wiring/crm.ts';
import { peopleOf } from '../wiring/people.ts';
import { badInput, CommandFailure } from './failure.ts';
import { periodOf } from './period.ts';
import { findSettings } from './settings-file.ts';
import type { Terminal } from './terminal.ts';

export interface BackfillOptions {
  settings?: string;
  from?: string;
  to?: string;
  pbx?: string;
  dryRun?: boolean;
  withoutCrm?: boolean;
  resetPosition?: boolean;
}

/** Between two lines of progress. */
const tellMs = 1_000;

/** @throws SettingsError, StoreError; CommandFailure when a period is no period, a PBX is unknown, or a source cannot be read */
export async function backfill(
  options: BackfillOptions,
  terminal: Terminal,
  now: () => number = Date.now,
): Promise<void> {
  const { settings } = findSettings(options.settings);
  const pbxs = pbxsOf(settings, options.pbx);
  if (options.from === undefined && options.resetPosition !== true) {
    throw badInput('--from is missing', 'Say when the period begins, such as --from yesterday');
  }
  const period = periodOf({ from: options.from, to: options.to }, now());
  const store = await openStore(settings.database);
  const directory = await planDeliveries(store, settings, (message) => terminal.note(message));
  if (options.withoutCrm) store.planWith(() => []);
  const people = peopleOf(() => directory.current(), settings);
  try {
    for (const pbx of pbxs) {
      if (options.resetPosition) await reset(store, pbx, terminal);
      if (period.from === undefined) continue;
      const report = await read(backfillPeriod, {
        pbx,
        tracking: trackingOf(pbx, settings, () => new Map(), people),
        store,
        fromMs: Date.parse(period.from),
        toMs: period.to === undefined ? now() : Date.parse(period.to),
        isDry: options.dryRun === true,
        now,
        onProgress: progressTo(terminal, pbx.name),
      });
      tell(report, pbx, options.dryRun === true, terminal);
    }
  } finally {
    await directory.close();
    await store.close();
  }
}

function pbxsOf(settings: Settings, named: string | undefined): PbxSettings[] {
  const known = settings.pbx.filter((pbx) => pbx.cel !== undefined || pbx.cdr !== undefined);
  if (named === undefined) {
    if (known.length > 0) return known;
    throw badInput(
      'no Asterisk of the settings has cel or cdr',
      'Give cel (and cdr) for a pbx: see patchcord config sample',
    );
  }
  const pbx = settings.pbx.find(({ name }) => name === named);
  if (!pbx) {
    const names = settings.pbx.map(({ name }) => name).join(', ');
    throw badInput(`there is no pbx ${named} in the settings`, names === '' ? 'Fill in pbx' : `one of: ${names}`);
  }
  if (known.includes(pbx)) return [pbx];
  throw badInput(
    `pbx ${named} has neither cel nor cdr in the settings`,
    'Give it cel (and cdr): see patchcord config sample',
  );
}

async function reset(store: Store, pbx: PbxSettings, terminal: Terminal): Promise<void> {
  for (const what of ['cel', 'cdr'] as const) {
    if (pbx[what] === undefined) continue;
    const atMs = await resetPosition(store, what, pbx.name);
    const since = atMs === null ? 'from now on' : `from ${new Date(atMs).toISOString()} on`;
    terminal.line(
      `${pbx.name}: ${what.toUpperCase()} is read ${since}, by the time of its rows; what is stored is not doubled`,
    );
  }
}

/** A reading of the past whose expected failures are told in one line. */
async function read<Given, Result>(work: (given: Given) => Promise<Result>, given: Given): Promise<Result> {
  try {
    return await work(given);
  } catch (error) {
    if (error instanceof PastError) throw new CommandFailure(error.message, error.mend);
    throw error;
  }
}

function progressTo(terminal: Terminal, pbx: string): (what: 'cel' | 'cdr', rows: number, atMs: number | null) => void {
  let toldMs = performance.now();
  return (what, rows, atMs) => {
    if (performance.now() - toldMs < tellMs) return;
    toldMs = performance.now();
    const upTo = atMs === null ? '' : `, up to ${new Date(atMs).toISOString()}`;
    terminal.note(`${pbx}: ${count(rows, 'row')} of ${what.toUpperCase()} read${upTo}`);
  };
}

function tell({ cel, cdr }: PeriodReport, pbx: PbxSettings, isDry: boolean, terminal: Terminal): void {
  const would = isDry ? ' (dry run: nothing is stored)' : '';
  if (cel) {
    const { new: fresh, completed, unchanged, waiting, partial } = cel.calls;
    const parts = [`${fresh} new`, `${completed} completed`, `${unchanged} unchanged`];
    if (waiting + cel.open > 0) parts.push(`${waiting + cel.open} still going on`);
    if (partial > 0) parts.push(`${partial} whose beginning is not in the table`);
    terminal.line(`${pbx.name}: CEL: ${count(cel.rows, 'row')} read; calls: ${parts.join(', ')}${would}`);
    if (cel.isPoor) {
      const { message, mend } = missingExtra(`pbx ${pbx.name}: cel`, pbx.cel?.table ?? 'cel');
      terminal.note(`${message}\n  mend: ${mend}`);
    }
  }
  if (cdr) {
    const { new: fresh, completed, unchanged } = cdr.calls;
    const calls = `${fresh} new, ${completed} completed, ${unchanged} unchanged`;
    const copied = isDry ? '' : `, ${cdr.added} copied`;
    const odd = cdr.unreadable > 0 ? `, ${cdr.unreadable} without uniqueid or time` : '';
    terminal.line(`${pbx.name}: CDR: ${count(cdr.rows, 'row')} read${copied}${odd}; calls: ${calls}${would}`);
  }
}

function count(value: number, what: string): string {
  return `${value.toLocaleString('en-US')} ${what}${value === 1 ? '' : 's'}`;
}
