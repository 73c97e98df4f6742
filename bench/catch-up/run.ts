// Catch-up after an absence: CEL rows a second, from a table of each database into the history, through the real code path.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMariaDb, startPostgres } from '../../lab/databases.ts';
import { PastSource } from '../../src/pbx/past/past-source.ts';
import { progressKey } from '../../src/pbx/past/progress.ts';
import type { PbxSettings } from '../../src/settings/schema.ts';
import { openStore } from '../../src/store/open-store.ts';
import { printTable, writeResult } from '../report.ts';
import { loadTable } from './load.ts';
import { beginMs } from './rows.ts';

const folder = join(import.meta.dirname, '..', '..', '.bench');
const databases = ['sqlite', 'postgres', 'mariadb'] as const;
/** The figure of the architecture. */
const wantedRowsPerSecond = 50_000;

interface Measured {
  database: string;
  rows: number;
  calls: number;
  seconds: number;
  rowsPerSecond: number;
  /** Of this process and all its threads, so that a busy machine does not count against it. */
  rowsPerCpuSecond: number;
  /** The same rows again, which are all known. */
  againRowsPerSecond: number;
  /** The longest that nothing else could run. */
  longestPauseMs: number;
  rssMb: number;
}

/** @param args `--rows N` (a million unless told), `--only sqlite|postgres|mariadb` */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rows: { type: 'string', default: '1000000' }, only: { type: 'string' } },
  });
  const count = Number(values.rows);
  if (!Number.isInteger(count) || count < 1000) throw new Error('--rows takes a whole number from 1000');
  mkdirSync(folder, { recursive: true });
  const results: Measured[] = [];
  for (const database of databases) {
    if (values.only !== undefined && values.only !== database) continue;
    results.push(await onDatabase(database, count));
  }
  printTable(
    `CEL rows a second into a SQLite history (wanted: ${wantedRowsPerSecond.toLocaleString('en-US')})`,
    ['table in', 'rows', 'calls', 'seconds', 'rows/s', 'rows/CPU s', 'rows/s again', 'longest pause ms', 'RSS MB'],
    results.map((one) => [
      one.database,
      one.rows,
      one.calls,
      one.seconds,
      one.rowsPerSecond,
      one.rowsPerCpuSecond,
      one.againRowsPerSecond,
      one.longestPauseMs,
      one.rssMb,
    ]),
  );
  writeResult('catch-up', { wantedRowsPerSecond, results });
}

async function onDatabase(database: (typeof databases)[number], count: number): Promise<Measured> {
  const file = join(folder, 'catch-up-cel.db');
  remove(file);
  const server = database === 'postgres' ? await startPostgres() : database === 'mariadb' ? await startMariaDb() : null;
  try {
    const url = server?.url ?? `sqlite:${file}`;
    console.log(`${database}: writing ${count.toLocaleString('en-US')} rows`);
    await loadTable(url, count);
    return await measure(database, url, count);
  } finally {
    await server?.stop();
    remove(file);
  }
}

async function measure(database: string, url: string, count: number): Promise<Measured> {
  const file = join(folder, 'catch-up-history.db');
  remove(file);
  const store = await openStore(`sqlite:${file}`);
  try {
    const pause = watchPauses();
    const cpu = process.cpuUsage();
    const seconds = await catchUp(store, url, count);
    const { user, system } = process.cpuUsage(cpu);
    const longestPauseMs = pause();
    const { rss } = process.memoryUsage();
    const againSeconds = await catchUp(store, url, count);
    let calls = 0;
    for (let before: string | undefined; ;) {
      const page = await store.calls({}, { limit: 1000, ...(before !== undefined && { before }) });
      calls += page.calls.length;
      if (page.next === null) break;
      before = page.next;
    }
    return {
      database,
      rows: count,
      calls,
      seconds,
      rowsPerSecond: Math.round(count / seconds),
      rowsPerCpuSecond: Math.round(count / ((user + system) / 1e6)),
      againRowsPerSecond: Math.round(count / againSeconds),
      longestPauseMs: Math.round(longestPauseMs),
      rssMb: Math.round(rss / 1e6),
    };
  } finally {
    await store.close();
    remove(file);
  }
}

/** One run over the whole table, as if Patchcord had been away since before its first row. */
async function catchUp(store: Awaited<ReturnType<typeof openStore>>, url: string, count: number): Promise<number> {
  const begin = {
    source: '',
    from: { kind: 'id', id: 0 },
    to: { kind: 'id', id: 0 },
    mark: null,
    toAtMs: beginMs,
    beginAtMs: 0,
  };
  await store.setPosition(progressKey('cel', 'main'), JSON.stringify(begin));
  const none = (): void => {};
  const past = new PastSource({
    pbx: { name: 'main', cel: { url, table: 'cel', columns: {}, timeZone: 'UTC' } } as unknown as PbxSettings,
    tracking: { pbx: 'main' },
    store,
    logger: { error: none, warn: none, info: none, debug: none },
    now: Date.now,
  });
  const startedAt = performance.now();
  const { cel, problems } = await past.catchUp();
  const seconds = (performance.now() - startedAt) / 1000;
  if (cel?.rows !== count) throw new Error(`${cel?.rows ?? 0} of ${count} rows were read: ${JSON.stringify(problems)}`);
  return seconds;
}

/** Measures how long the event loop was held at most; the answer ends it. */
function watchPauses(): () => number {
  let longestMs = 0;
  let lastAt = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longestMs = Math.max(longestMs, now - lastAt - 5);
    lastAt = now;
  }, 5);
  timer.unref();
  return () => {
    clearInterval(timer);
    return longestMs;
  };
}

function remove(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}
