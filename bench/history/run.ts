// The history of ten million calls: any page, filter or number search, on SQLite and on PostgreSQL.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../../lab/databases.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { printTable, writeResult } from '../report.ts';
import { nowMs } from './calls.ts';
import { loadPostgres, loadSqlite } from './load.ts';
import { queries, type Query } from './queries.ts';

const folder = resolve('.bench');
const pageCalls = 50;
/** After the first time, which reads from the disk what is not in memory. */
const rounds = 60;
/** The figure of the architecture. */
const allowedMs = 50;

interface Measured {
  query: string;
  calls: number;
  firstMs: number;
  p50Ms: number;
  p95Ms: number;
  maxMs: number;
}

interface Result {
  database: 'sqlite' | 'postgres';
  calls: number;
  loadSec: number;
  packSec: number;
  bytesPerCall: number;
  queries: Measured[];
}

/**
 * @param args `--calls N` (10 million unless told), `--only sqlite|postgres`, `--keep` the SQLite file for the next run,
 * `--postgres URL` an empty (or kept) database of yours instead of a throw-away server
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '10000000' },
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
      postgres: { type: 'string' },
    },
  });
  const count = Number(values.calls);
  if (!Number.isInteger(count) || count < 1000) throw new Error('--calls takes a whole number from 1000');
  mkdirSync(folder, { recursive: true });
  const results: Result[] = [];
  if (values.only !== 'postgres') results.push(await onSqlite(count, values.keep));
  if (values.only !== 'sqlite') results.push(await onPostgres(count, values.postgres));
  writeResult('history', { pageCalls, allowedMs, results });
}

async function onSqlite(count: number, keep: boolean): Promise<Result> {
  const file = resolve(folder, `history-${count}.db`);
  if (!keep) remove(file);
  try {
    return await measureAll('sqlite', `sqlite:${file}`, count, (progress) => loadSqlite(file, count, progress));
  } finally {
    if (!keep) remove(file);
  }
}

async function onPostgres(count: number, given: string | undefined): Promise<Result> {
  const server = given === undefined ? await startPostgres() : null;
  const url = server?.url ?? given ?? '';
  try {
    return await measureAll('postgres', url, count, (progress) => loadPostgres(url, count, progress));
  } finally {
    await server?.stop();
  }
}

async function measureAll(
  database: 'sqlite' | 'postgres',
  url: string,
  count: number,
  load: (progress: (done: number) => void) => Promise<void>,
): Promise<Result> {
  console.log(`\n${database}: ${count.toLocaleString('en')} calls`);
  const empty = await openStore(url);
  const full = (await empty.calls({}, { limit: 1 })).calls.length > 0;
  await empty.close();
  const loadSec = full ? 0 : await seconds(() => load(everyMillion(count)));
  const store = await openStore(url);
  try {
    const packSec = await seconds(async () => {
      while (await store.tidy(nowMs));
    });
    const { sizeBytes } = await store.status();
    const bytesPerCall = Math.round((sizeBytes ?? 0) / count);
    console.log(`loaded in ${loadSec.toFixed(0)} s, packed in ${packSec.toFixed(0)} s, ${bytesPerCall} bytes a call`);
    const measured = [];
    for (const query of queries) measured.push(await measure(store, query));
    print(`${database}, a page of ${pageCalls}`, measured);
    return { database, calls: count, loadSec, packSec, bytesPerCall, queries: measured };
  } finally {
    await store.close();
  }
}

async function measure(store: Store, query: Query): Promise<Measured> {
  const page = { limit: pageCalls, ...(query.depth === undefined ? {} : { before: cursorAt(query.depth) }) };
  const times: number[] = [];
  let calls = 0;
  for (let round = 0; round <= rounds; round++) {
    const startedMs = performance.now();
    const found = await store.calls(query.filter, page);
    times.push(performance.now() - startedMs);
    calls = found.calls.length;
  }
  const [firstMs = 0, ...again] = times;
  again.sort((a, b) => a - b);
  const at = (part: number): number => again[Math.min(again.length - 1, Math.floor(again.length * part))] ?? 0;
  return { query: query.name, calls, firstMs, p50Ms: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}

/** A page that far back in time: cursors are places in the history, so one may be made up. */
function cursorAt(depth: number): string {
  return `${Math.floor(nowMs - depth * 3 * 365 * 86_400_000)}.0`;
}

function print(title: string, measured: readonly Measured[]): void {
  const rows = measured.map((one) => {
    const times = [one.firstMs, one.p50Ms, one.p95Ms, one.maxMs];
    return [one.query, one.calls, ...times, Math.max(...times) > allowedMs ? 'over' : ''];
  });
  printTable(title, ['query', 'calls', 'first ms', 'p50 ms', 'p95 ms', 'max ms', ''], rows);
  const worst = (of: 'firstMs' | 'p50Ms' | 'p95Ms'): string => Math.max(...measured.map((one) => one[of])).toFixed(1);
  console.log(
    `\nworst first time ${worst('firstMs')} ms, worst p50 ${worst('p50Ms')} ms, worst p95 ${worst('p95Ms')} ms; allowed ${allowedMs} ms`,
  );
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

function everyMillion(count: number): (done: number) => void {
  const startedMs = performance.now();
  return (done) => {
    if (done % 1_000_000 !== 0) return;
    console.log(`  ${done / 1e6} of ${count / 1e6} million (${((performance.now() - startedMs) / 1000).toFixed(0)} s)`);
  };
}

function remove(file: string): void {
  for (const each of [file, `${file}-wal`, `${file}-shm`]) if (existsSync(each)) rmSync(each);
}
