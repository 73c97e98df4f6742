// Fills an empty database with a history, by the quickest way into each.
import Sqlite from 'better-sqlite3';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Chunk, historyRows } from './rows.ts';

/** Made again after the load, when all of it can be sorted at once. */
const lateIndexes = [
  ['calls_started', 'create index calls_started on calls (started_at, no)'],
  ['calls_number', 'create index calls_number on calls (number_id, started_at, no)'],
] as const;

/** @param file a database with the schema and no calls, that nobody has open */
export async function loadSqlite(file: string, count: number, progress: (done: number) => void): Promise<void> {
  const database = new Sqlite(file);
  database.pragma('synchronous = off');
  database.pragma('cache_size = -256000');
  for (const [name] of lateIndexes) database.exec(`drop index ${name}`);
  for await (const chunk of historyRows(count, progress)) {
    database.transaction(() => {
      for (const [table, rows] of tablesOf(chunk)) {
        const columns = Object.keys(rows[0] ?? {});
        const insert = database.prepare(
          `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`,
        );
        for (const row of rows) insert.run(Object.values(row));
      }
    })();
  }
  for (const [, statement] of lateIndexes) database.exec(statement);
  for (const statement of countersAfter(count)) database.exec(statement);
  database.pragma('wal_checkpoint(truncate)');
  database.close();
}

/** @param url of a database with the schema and no calls, on a server on this machine whose user may read files */
export async function loadPostgres(url: string, count: number, progress: (done: number) => void): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  await chmod(folder, 0o755);
  try {
    await client.query("set synchronous_commit = off; set maintenance_work_mem = '256MB'");
    for (const [name] of lateIndexes) await client.query(`drop index ${name}`);
    let copying = Promise.resolve();
    let n = 0;
    for await (const chunk of historyRows(count, progress)) {
      const files: [string, string][] = [];
      for (const [table, rows] of tablesOf(chunk)) {
        const file = join(folder, `${table}-${n++}`);
        await writeCopy(file, rows);
        files.push([`${table} (${Object.keys(rows[0] ?? {}).join(', ')})`, file]);
      }
      await copying;
      // the server reads this chunk while the next is made
      copying = copy(client, files);
    }
    await copying;
    for (const [, statement] of lateIndexes) await client.query(statement);
    for (const statement of countersAfter(count)) await client.query(statement);
    await client.query('vacuum analyze');
  } finally {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function copy(client: Client, files: [string, string][]): Promise<void> {
  for (const [target, file] of files) {
    await client.query(`copy ${target} from '${file}'`);
    rmSync(file);
  }
}

/** In the text form of COPY. */
async function writeCopy(file: string, rows: object[]): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o644 });
  for (let from = 0; from < rows.length; from += 1_000) {
    const lines = rows.slice(from, from + 1_000).map((row) => `${Object.values(row).map(field).join('\t')}\n`);
    if (!stream.write(lines.join(''))) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

function field(value: string | number | Uint8Array | null): string {
  if (value === null) return '\\N';
  if (value instanceof Uint8Array) return `\\\\x${Buffer.from(value).toString('hex')}`;
  // the generator makes no backslashes, tabs or line ends
  return String(value);
}

function tablesOf(chunk: Chunk): [string, object[]][] {
  return Object.entries(chunk).filter(([, rows]) => rows.length > 0);
}

function countersAfter(count: number): string[] {
  return [
    `update counters set value = ${count} where name = 'call'`,
    `update counters set value = (select max(id) from numbers) where name = 'number'`,
  ];
}
