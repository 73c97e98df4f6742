// CDR rows: exact copies once, the owner of a forwarded mobile, and coarse calls where there is nothing better.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { callSchema, type Call } from '../../calls/call.ts';
import { csvRecords } from '../cel-row.ts';
import { afterwardsMs, csvOf, expectedCalls } from './testing/cel-rows.ts';
import { onEachTable } from './testing/machines.ts';
import { bench, type Bench, source, startedBefore } from './testing/past.ts';

const folderOfFixtures = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'cdr');
const files = readdirSync(folderOfFixtures);

let on: Bench;
let folder = '';
beforeEach(async () => {
  on = await bench();
  folder = mkdtempSync(join(tmpdir(), 'patchcord-cdr-'));
});
afterEach(async () => {
  await on.store.close();
  rmSync(folder, { recursive: true, force: true });
});

const textOf = (name: string): string => readFileSync(join(folderOfFixtures, name), 'utf8');

/** FreePBX's rows of these scenarios: column names first, as the files have them. */
function freepbxRows(names: readonly string[] = files): { columns: string[]; rows: string[][] } {
  const all = names
    .filter((name) => name.startsWith('freepbx17-'))
    .map((name) => [...csvRecords(textOf(name))].map(({ fields }) => fields));
  return { columns: all[0]?.[0] ?? [], rows: all.flatMap((records) => records.slice(1)) };
}

async function fill(url: string, names?: readonly string[]): Promise<number> {
  const { columns, rows } = freepbxRows(names);
  const type = (name: string) =>
    name === 'calldate'
      ? url.startsWith('mysql')
        ? 'datetime'
        : 'timestamp'
      : ['duration', 'billsec'].includes(name)
        ? 'int'
        : 'varchar(255)';
  const create = `create table cdr (${columns.map((name) => `${name} ${type(name)}`).join()})`;
  const literal = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const inserts = rows.map((row) => `insert into cdr values (${row.map(literal).join()})`);
  if (url.startsWith('sqlite:')) {
    const database = new Database(url.slice(7));
    for (const sql of [create, ...inserts]) database.exec(sql);
    database.close();
  } else if (url.startsWith('mysql:')) {
    const connection = await createConnection(url);
    for (const sql of [create, ...inserts]) await connection.query(sql);
    await connection.end();
  } else {
    const client = new Client(url);
    await client.connect();
    for (const sql of [create, ...inserts]) await client.query(sql);
    await client.end();
  }
  return rows.length;
}

onEachTable(['sqlite', 'postgres', 'mariadb'], (_kind, url) => {
  test("FreePBX's table, which numbers no rows, is copied exactly and once, linked to its calls", async () => {
    const count = await fill(url());
    const cel = join(folder, 'cel.csv');
    writeFileSync(cel, csvOf('freepbx17'));
    const settings = { cel: source(cel), cdr: source(url(), { table: 'cdr' }) };
    const past = await startedBefore(on, settings);
    const { problems } = await past.catchUp();
    expect(problems).toEqual([]);
    await past.catchUp();
    await on.past(settings).catchUp();
    const copies = await on.store.cdr(0, 1000);
    expect(copies).toHaveLength(count);
    const { columns, rows } = freepbxRows();
    const first = rows.find((row) => row[columns.indexOf('sequence')] === '15') ?? [];
    const copy = copies.find(({ sequence }) => sequence === '15');
    expect(Object.keys(copy?.columns ?? {})).toEqual(columns);
    expect(Object.values(copy?.columns ?? {}).map((value) => String(value).slice(0, 19))).toEqual(
      first.map((value) => value.slice(0, 19)),
    );
    const linked = new Set((await on.calls()).map(({ id }) => id));
    for (const { callId } of copies) expect(linked).toContain(callId);
  });
});

test('an unconditional forward: the mobile gets its owner, and the call its responsible, from dst of the CDR', async () => {
  const cel = join(folder, 'cel.csv');
  writeFileSync(cel, csvOf('freepbx17', ['in_callforward_mobile']));
  const cdr = `sqlite:${join(folder, 'cdr.db')}`;
  await fill(cdr, ['freepbx17-in_callforward_mobile.csv']);
  const [call] = expectedCalls('freepbx17', ['in_callforward_mobile']);
  // As tracked by a Patchcord that knows nobody's mobile, and was not told by the dialplan.
  const unowned = { ...call, responsible: null, legs: (call?.legs ?? []).map((leg) => ({ ...leg, of: null })) } as Call;
  await on.store.record({ pbx: 'main', calls: [{ call: unowned, state: null }], merged: [], facts: [] });
  const past = await startedBefore(on, { cel: source(cel), cdr: source(cdr, { table: 'cdr' }) });
  const { cdr: report } = await past.catchUp();
  expect(report?.calls.completed).toBe(1);
  const [stored] = await on.calls();
  expect(stored?.legs.map(({ of }) => of)).toEqual(['102']);
  expect(stored?.responsible).toEqual({ extension: '102', operatorId: null });
  expect((await on.events()).map(({ type }) => type)).toEqual(['call.changed']);
  await on.past({ cel: source(cel), cdr: source(cdr, { table: 'cdr' }) }).catchUp();
  expect(await on.events()).toHaveLength(1);
});

describe('with no CEL at all', () => {
  async function fromCdr(names: readonly string[], freepbx: boolean): Promise<Call[]> {
    let cdr = join(folder, 'Master.csv');
    if (freepbx) {
      cdr = `sqlite:${join(folder, 'cdr.db')}`;
      await fill(cdr, names);
    } else writeFileSync(cdr, names.map(textOf).join(''));
    const settings = { cdr: source(cdr, { table: 'cdr' }) };
    await on.store.setPosition('cdr:main', '');
    const past = await startedBefore(on, settings);
    on.clock.nowMs = afterwardsMs;
    await past.catchUp();
    const events = await on.events();
    await on.past(settings).catchUp();
    expect(await on.events()).toEqual(events);
    const calls = await on.calls();
    for (const call of calls) expect(callSchema.parse(call)).toEqual(call);
    expect(calls.every(({ gap }) => gap === true)).toBe(true);
    expect(events.filter(({ type }) => type === 'call.ended')).toHaveLength(calls.length);
    return calls;
  }

  const cases: [string, object][] = [
    [
      '22-in_answered',
      {
        direction: 'inbound',
        answered: true,
        client: { number: '79161234567' },
        line: { number: '74951000101', trunk: 'trunk' },
        responsible: { extension: '101' },
        talkMs: 3000,
      },
    ],
    [
      '22-in_noanswer',
      {
        direction: 'inbound',
        answered: false,
        lostStage: 'ringing',
        responsible: null,
        legs: [{ extension: '101', outcome: 'no-answer' }],
      },
    ],
    [
      '22-out_busy',
      {
        direction: 'outbound',
        answered: false,
        client: { number: '79161234567' },
        responsible: { extension: '101' },
        result: { code: 486 },
      },
    ],
    ['22-internal', { direction: 'internal', answered: true, client: null, responsible: { extension: '102' } }],
    [
      '22-blind_feature',
      {
        direction: 'inbound',
        answered: true,
        responsible: { extension: '102' },
        legs: [{ extension: '101' }, { extension: '102' }],
      },
    ],
    [
      'freepbx17-out_answered',
      { direction: 'outbound', answered: true, client: { number: '79161234567' }, responsible: { extension: '101' } },
    ],
    ['freepbx17-out_trunk_503', { direction: 'outbound', answered: false, client: { number: '79161234567' } }],
    [
      'freepbx17-rg_missed',
      {
        direction: 'inbound',
        answered: false,
        lostStage: 'ringing',
        legs: [{ extension: '101' }, { extension: '102' }, { extension: '103' }],
      },
    ],
    [
      'freepbx17-queue_answered',
      {
        direction: 'inbound',
        answered: true,
        client: { number: '79161234567' },
        line: { number: '74951000400' },
        responsible: { extension: '102' },
      },
    ],
    [
      'freepbx17-in_callforward_mobile',
      { direction: 'inbound', answered: true, legs: [{ number: '79990001122', role: 'mobile' }] },
    ],
  ];
  test.each(cases)('%s is told coarsely, once', async (name, expected) => {
    const [call, ...more] = await fromCdr([`${name}.csv`], name.startsWith('freepbx'));
    expect(more).toEqual([]);
    expect(call).toMatchObject(expected);
  });

  test('a better record takes the place of a coarse one under the same id, and is not overridden', async () => {
    const [coarse] = await fromCdr(['22-blind_feature.csv'], false);
    const cel = join(folder, 'cel.csv');
    writeFileSync(cel, csvOf('22', ['blind_feature']));
    const both = { cel: source(cel), cdr: source(join(folder, 'Master.csv'), { table: 'cdr' }) };
    on.clock.nowMs = Date.parse('2026-11-20T18:00:00Z');
    await startedBefore(on, both);
    await on.past(both).catchUp();
    await on.past({ cdr: both.cdr }).catchUp();
    const calls = await on.calls();
    expect(calls.map(({ id }) => id)).toEqual([coarse?.id]);
    expect(calls[0]).toMatchObject({ transfers: [{ type: 'blind', completed: true }] });
    expect(calls[0]?.gap).toBeUndefined();
    const ended = (await on.events()).filter(({ type }) => type === 'call.ended');
    expect(ended).toHaveLength(1);
  });
});

test('rows without a uniqueid are refused by name of the setting', async () => {
  const database = new Database(join(folder, 'cdr.db'));
  database.exec('create table cdr (calldate text, src text, dst text)');
  database.close();
  const { problems } = await on.past({ cdr: source(`sqlite:${join(folder, 'cdr.db')}`, { table: 'cdr' }) }).catchUp();
  expect(problems[0]?.message).toBe('pbx main: cdr: the table has no column uniqueid');
  expect(problems[0]?.mend).toContain('loguniqueid=yes');
});
