// Rows of the recorded CEL fixtures, as a table gets them, and the calls that they stand for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call } from '../../../calls/call.ts';
import type { TrackerOptions } from '../../../calls/tracker.ts';
import { Tracker } from '../../../calls/tracker.ts';
import { CelTranslator } from '../../cel-events.ts';
import { celColumns } from '../../../settings/cel-columns.ts';
import { celRowsOf, csvRecords } from '../../cel-row.ts';

export type CelColumn = (typeof celColumns)[number];
export type CelCells = Record<CelColumn, string>;

const traces = join(import.meta.dirname, '..', '..', '..', '..', 'test', 'fixtures', 'traces');

export const tracking: TrackerOptions = {
  pbx: 'main',
  ownerOf: (number) => (number === '79990001122' ? '101' : null),
};

/** Scenarios of one Asterisk, in the order in which they were recorded. */
export function scenarios(version: string): string[] {
  const names = readdirSync(join(traces, version)).filter((name) => text(version, name) !== '');
  return names.sort((a, b) => text(version, a).slice(0, 60).localeCompare(text(version, b).slice(0, 60)));
}

function text(version: string, scenario: string): string {
  return readFileSync(join(traces, version, scenario, 'cel.csv'), 'utf8');
}

/** The file as it was written. */
export function csvOf(version: string, names: readonly string[] = scenarios(version)): string {
  return names.map((name) => text(version, name)).join('');
}

export function rowsOf(version: string, names: readonly string[] = scenarios(version)): CelCells[] {
  return [...csvRecords(csvOf(version, names))].map(
    ({ fields }) => Object.fromEntries(celColumns.map((column, at) => [column, fields[at] ?? ''])) as CelCells,
  );
}

/** What the tracker makes of each scenario by itself; ended calls, by id. */
export function expectedCalls(version: string, names: readonly string[] = scenarios(version)): Call[] {
  const calls: Call[] = [];
  for (const name of names) {
    const translator = new CelTranslator();
    const tracker = new Tracker(tracking);
    for (const { row } of celRowsOf(text(version, name))) {
      if (!row) throw new Error(`a row of ${version}/${name} cannot be read`);
      for (const event of translator.translate(row)) {
        for (const { type, callId } of tracker.step(event)) {
          const call = type === 'call.ended' ? tracker.call(callId) : null;
          if (call) calls.push(JSON.parse(JSON.stringify(call)) as Call);
        }
      }
    }
  }
  return byId(calls);
}

export function byId(calls: readonly Call[]): Call[] {
  return calls.toSorted((a, b) => a.id.localeCompare(b.id));
}

/** When the last row of the fixtures is old news: unix ms. */
export const afterwardsMs = Date.parse('2026-11-20T23:00:00Z');

/** The same calls at another time. */
export function later(rows: readonly CelCells[], seconds: number): CelCells[] {
  const move = (text: string): string =>
    text.replaceAll(/\b(\d{10})\.(\d+)/g, (_all, born: string, count: string) => `${Number(born) + seconds}.${count}`);
  return rows.map((row) => ({
    ...row,
    eventtime: new Date(Date.parse(`${row.eventtime.replace(' ', 'T')}Z`) + seconds * 1000)
      .toISOString()
      .replace('T', ' ')
      .slice(0, -1),
    uniqueid: move(row.uniqueid),
    linkedid: move(row.linkedid),
    extra: move(row.extra),
  }));
}
