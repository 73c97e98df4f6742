// The same rows in a table of each database that Asterisk writes to.
import Database from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { celColumns } from '../../src/settings/cel-columns.ts';
import { celRows } from './rows.ts';

const perStatement = 500;
const wide = new Set(['appdata', 'extra', 'peer', 'userdeftype']);
const columns = celColumns.map((name) => `${name} varchar(${wide.has(name) ? 512 : 80})`).join(', ');

function* portions(count: number): Generator<string[][]> {
  let some: string[][] = [];
  let left = count;
  for (const row of celRows()) {
    some.push(row);
    left -= 1;
    if (some.length < perStatement && left > 0) continue;
    yield some;
    if (left === 0) return;
    some = [];
  }
}

export async function loadTable(url: string, count: number): Promise<void> {
  if (url.startsWith('sqlite:')) loadSqlite(url.slice(7), count);
  else if (url.startsWith('mysql:')) await loadMysql(url, count);
  else await loadPostgres(url, count);
}

function loadSqlite(file: string, count: number): void {
  const database = new Database(file);
  try {
    database.pragma('synchronous = off');
    database.pragma('journal_mode = wal');
    database.exec(`create table cel (id integer primary key, ${columns})`);
    const insert = database.prepare(
      `insert into cel (${celColumns.join()}) values (${celColumns.map(() => '?').join()})`,
    );
    for (const rows of portions(count)) {
      database.transaction(() => {
        for (const row of rows) insert.run(...row);
      })();
    }
  } finally {
    database.close();
  }
}

async function loadMysql(url: string, count: number): Promise<void> {
  const connection = await createConnection(url);
  try {
    await connection.query(`create table cel (id int not null auto_increment primary key, ${columns}) charset utf8mb4`);
    for (const rows of portions(count)) {
      await connection.query(`insert into cel (${celColumns.join()}) values ?`, [rows]);
    }
  } finally {
    await connection.end();
  }
}

async function loadPostgres(url: string, count: number): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    await client.query(`create table cel (id bigserial primary key, ${columns})`);
    const list = celColumns.map((_, at) => `$${at + 1}::varchar[]`).join();
    for (const rows of portions(count)) {
      const values = celColumns.map((_, at) => rows.map((row) => row[at] ?? ''));
      await client.query(`insert into cel (${celColumns.join()}) select * from unnest(${list})`, values);
    }
    await client.query('analyze cel');
  } finally {
    await client.end();
  }
}
