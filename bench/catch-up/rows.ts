// A CEL table of any length, made of recorded calls that come again and again, several at a time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvRecords } from '../../src/pbx/cel-row.ts';
import { celColumns } from '../../src/settings/cel-columns.ts';

const traces = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'traces', '22');
const eventtime = celColumns.indexOf('eventtime');
/** Columns that hold ids or channel names. */
const shifted = ['uniqueid', 'linkedid', 'channame', 'peer', 'extra'].map((name) => celColumns.indexOf(name as never));

/** The first call begins here, in UTC. */
export const beginMs = Date.parse('2026-01-05T06:00:00Z');

/** Every scenario begins this long after the one before it: about 30 go on at once. */
const everyMs = 400;

interface Row {
  /** After the begin of its scenario. */
  afterMs: number;
  fields: readonly string[];
}

/** Rows in the order of time, endlessly. Each has the values of `celColumns`. */
export function* celRows(): Generator<string[]> {
  const scenarios = readdirSync(traces)
    .map((name) => scenarioOf(readFileSync(join(traces, name, 'cel.csv'), 'utf8')))
    .filter((rows) => rows.length > 0);
  const waiting: { atMs: number; fields: string[] }[][] = [];
  for (let n = 0; ; n += 1) {
    const startMs = beginMs + n * everyMs;
    const scenario = scenarios[n % scenarios.length] ?? [];
    waiting.push(scenario.map(({ afterMs, fields }) => shift(fields, startMs, afterMs, n)));
    // Everything before the next scenario's begin is complete.
    const due = waiting.flatMap((rows) => {
      const end = rows.findIndex(({ atMs }) => atMs >= startMs + everyMs);
      return rows.splice(0, end < 0 ? rows.length : end);
    });
    for (let at = waiting.length - 1; at >= 0; at -= 1) if (waiting[at]?.length === 0) waiting.splice(at, 1);
    yield* due.sort((a, b) => a.atMs - b.atMs).map(({ fields }) => fields);
  }
}

function scenarioOf(text: string): Row[] {
  const rows = [...csvRecords(text)].map(({ fields }) => fields);
  const timeOf = (fields: readonly string[]) => Date.parse(`${(fields[eventtime] ?? '').replace(' ', 'T')}Z`);
  const startMs = rows[0] ? timeOf(rows[0]) : 0;
  return rows.map((fields) => ({ afterMs: timeOf(fields) - startMs, fields }));
}

/** The nth copy: ids with the second of its own time, channels and bridges with names of their own. */
function shift(
  fields: readonly string[],
  startMs: number,
  afterMs: number,
  n: number,
): { atMs: number; fields: string[] } {
  const atMs = startMs + afterMs;
  const mark = (n % 0x10000).toString(16).padStart(4, '0');
  const second = Math.floor(startMs / 1000);
  const copy = [...fields];
  copy[eventtime] = new Date(atMs).toISOString().replace('T', ' ').slice(0, -1);
  for (const at of shifted) {
    copy[at] = (copy[at] ?? '')
      .replaceAll(/\b\d{10}\.(\d+)/g, (_all, counter: string) => `${second}.${n * 40 + (Number(counter) % 40)}`)
      .replaceAll(/-([0-9a-f]{4})([0-9a-f]{4})(?=$|[;",])/g, (_all, _high, low: string) => `-${mark}${low}`)
      .replaceAll(/"bridge_id":"[0-9a-f]{8}/g, () => `"bridge_id":"${n.toString(16).padStart(8, '0')}`);
  }
  return { atMs, fields: copy };
}
