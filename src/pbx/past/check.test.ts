import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkPast } from './check.ts';
import { afterwardsMs, rowsOf } from './testing/cel-rows.ts';
import { celWriter, type TableShape } from './testing/cel-tables.ts';
import { pbxWith, source } from './testing/past.ts';

let folder = '';
let url = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-check-'));
  url = `sqlite:${join(folder, 'cel.db')}`;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function table(shape: TableShape, rows = rowsOf('22')): Promise<void> {
  const writer = await celWriter(url);
  await writer.create(shape);
  await writer.add(rows);
  await writer.close();
}

const check = (more = {}, nowMs = afterwardsMs) => checkPast(pbxWith({ cel: source(url, more) }), nowMs);

test('a table that is written and has everything is right', async () => {
  await table({});
  expect(await check()).toEqual([
    { name: 'pbx main: CEL', level: 'ok', message: 'can be read, has the columns, and is being written', mend: null },
  ]);
});

test('none configured is a warning', async () => {
  expect(await checkPast(pbxWith({}), afterwardsMs)).toMatchObject([{ level: 'warning', name: 'pbx main: CEL' }]);
});

test('without extra it says what is lost, and the line that adds it', async () => {
  await table({ without: ['extra'] });
  const [finding] = await check();
  expect(finding).toMatchObject({ level: 'warning' });
  expect(finding?.message).toContain('who transferred to whom');
  expect(finding?.mend).toContain('ALTER TABLE cel ADD COLUMN extra');
});

test('a wrong time zone is an error that says by how much', async () => {
  await table({});
  expect(await check({ timeZone: 'Asia/Yekaterinburg' })).toMatchObject([
    { level: 'error', message: expect.stringContaining('5 h behind the births of their channels') as string },
  ]);
});

test('rows that are days old, or none, are a warning', async () => {
  await table({});
  const [old] = await check({}, afterwardsMs + 3 * 86_400_000);
  expect(old).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(/the last row is 7\d h old/) as string,
  });
  rmSync(join(folder, 'cel.db'));
  await table({}, []);
  expect(await check()).toMatchObject([{ level: 'warning', message: 'pbx main: cel: there is no row yet' }]);
});

test('events that cel.conf leaves out are an error', async () => {
  await table(
    {},
    rowsOf('22').filter(({ eventtype }) => eventtype !== 'BRIDGE_ENTER'),
  );
  const [finding] = await check();
  expect(finding?.message).toContain('there is no BRIDGE_ENTER');
  expect(finding?.mend).toContain('events=ALL in cel.conf');
});

test('a table that is not there is an error', async () => {
  await table({});
  expect(await check({ table: 'call_events' })).toMatchObject([
    { level: 'error', message: expect.stringContaining('there is no table call_events') as string },
  ]);
});
