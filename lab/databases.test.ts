import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startMariaDb, startPostgres } from './databases.ts';
import { isInstalled } from './places.ts';

test('two PostgreSQL servers run side by side, each empty, and are gone after stop', async () => {
  const [first, second] = await Promise.all([startPostgres(), startPostgres()]);
  const client = new Client(first.url);
  await client.connect();
  await client.query('create table t (n int)');
  await client.end();
  const other = new Client(second.url);
  await other.connect();
  const tables = await other.query("select to_regclass('t') as found");
  expect(tables.rows).toEqual([{ found: null }]);
  await other.end();
  await Promise.all([first.stop(), second.stop()]);
  await expect(new Client(first.url).connect()).rejects.toThrow('ECONNREFUSED');
});

test.runIf(isInstalled(22))('MariaDB takes connections by its address and is gone after stop', async () => {
  const server = await startMariaDb();
  const connection = await createConnection(server.url);
  const [rows] = await connection.query('select database() as name, @@character_set_database as text');
  expect(rows).toEqual([{ name: 'patchcord', text: 'utf8mb4' }]);
  await connection.end();
  await server.stop();
  await expect(createConnection(server.url)).rejects.toThrow('ECONNREFUSED');
});
