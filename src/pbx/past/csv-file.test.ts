// The CSV file of cel_custom: followed as it grows, found again after logrotate, in pieces that cut anything anywhere.
import { appendFileSync, copyFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordEnds } from './csv-records.ts';
import { csvOf, expectedCalls, later, rowsOf } from './testing/cel-rows.ts';
import { bench, type Bench, source, startedBefore } from './testing/past.ts';

const text = csvOf('22');
const expected = expectedCalls('22');
let on: Bench;
let folder = '';
let file = '';
beforeEach(async () => {
  on = await bench();
  folder = mkdtempSync(join(tmpdir(), 'patchcord-csv-'));
  file = join(folder, 'Master.csv');
});
afterEach(async () => {
  await on.store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Cut in the middle of a row, somewhere about `part` of the file. */
const cut = (part: number): [string, string] => [text.slice(0, text.length * part), text.slice(text.length * part)];

test('gives the same calls as a table, also when a row is half written at the time of reading', async () => {
  const [first, rest] = cut(0.6);
  writeFileSync(file, first);
  const past = await startedBefore(on, { cel: source(file) });
  appendFileSync(file, rest);
  expect((await past.catchUp()).problems).toEqual([]);
  expect(await on.calls()).toEqual(expected);
  expect((await past.catchUp()).cel?.rows).toBe(0);
  expect((await on.past({ cel: source(file) }).catchUp()).cel?.calls.new).toBe(0);
});

test('goes on in the renamed file and then in the new one', async () => {
  const rows = text.split(/(?<=\n)/);
  writeFileSync(file, rows.slice(0, 500).join(''));
  const past = await startedBefore(on, { cel: source(file) });
  appendFileSync(file, rows.slice(500, 700).join(''));
  renameSync(file, `${file}-20261120`);
  writeFileSync(file, rows.slice(700).join(''));
  await past.catchUp();
  expect(await on.calls()).toEqual(expected);
});

test('goes on after copytruncate, from where it was in the copy', async () => {
  const rows = text.split(/(?<=\n)/);
  writeFileSync(file, rows.slice(0, 700).join(''));
  await startedBefore(on, { cel: source(file) });
  copyFileSync(file, `${file}.1`);
  truncateSync(file);
  appendFileSync(file, rows.slice(700).join(''));
  await on.past({ cel: source(file) }).catchUp();
  expect(await on.calls()).toEqual(expected);
});

test('is an alarm when the file is another one and the old one is nowhere', async () => {
  writeFileSync(file, csvOf('22', ['in_answered', 'in_busy']));
  const past = await startedBefore(on, { cel: source(file) });
  writeFileSync(file, csvOf('22', ['out_answered']));
  const { problems } = await past.catchUp();
  expect(problems[0]?.message).toContain('no file beside Master.csv goes on where reading ended');
  expect(problems[0]?.mend).toContain('patchcord backfill --reset-position --pbx main');
});

test('begins near a time without reading the years before', async () => {
  const [row] = later(rowsOf('22', ['in_answered']), -365 * 86_400);
  const old = `${Object.values(row ?? {})
    .map((value) => `"${value}"`)
    .join()}\n`;
  writeFileSync(file, old.repeat(20_000) + text);
  const past = await startedBefore(on, { cel: source(file) });
  await past.catchUp();
  expect(past.status()).toMatchObject([
    { level: 'ok', message: expect.stringMatching(/ [23]\d{3} rows since start/) as string },
  ]);
  expect(await on.calls()).toEqual(expected);
});

test('says which file cannot be read', async () => {
  const { problems } = await on.past({ cel: source(file) }).catchUp();
  expect(problems[0]).toEqual({
    // Asterisk makes it with the first row.
    level: 'warning',
    message: `pbx main: cel.csv: ${file} cannot be read (ENOENT)`,
    mend: 'Check the path, that Asterisk writes this file, and that this user may read it and its folder',
  });
});

test('loses nothing of the time since the first attempt, though the file came later and after a restart', async () => {
  await startedBefore(on, { cel: source(file) });
  writeFileSync(file, text);
  expect((await on.past({ cel: source(file) }).catchUp()).problems).toEqual([]);
  expect(await on.calls()).toEqual(expected);
});

test('a record ends with its line, unless the line end is inside quotes', () => {
  const ends = (csv: string, isEnd = false) => recordEnds(Buffer.from(csv), isEnd, 10);
  expect(ends('a,b\nc,d\ne')).toEqual([4, 8]);
  expect(ends('"a\n",b\n')).toEqual([7]);
  expect(ends('"a""\n""",b\nx')).toEqual([11]);
  expect(ends('a\nb', true)).toEqual([2, 3]);
  expect(recordEnds(Buffer.from('a\nb\nc\n'), false, 2)).toEqual([2, 4]);
});
