// Catch-up from real tables: the same rows give the same calls everywhere, once.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Store } from '../../store/store.ts';
import { resetPosition } from './progress.ts';
import { type CelCells, expectedCalls, later, rowsOf } from './testing/cel-rows.ts';
import { celWriter, type CelWriter, type TableShape } from './testing/cel-tables.ts';
import { onEachTable } from './testing/machines.ts';
import { bench, type Bench, source, startedBefore } from './testing/past.ts';

const rows = rowsOf('22');
const expected = expectedCalls('22');

let on: Bench;
let writer: CelWriter | null = null;
beforeEach(async () => {
  on = await bench();
});
afterEach(async () => {
  await writer?.close();
  writer = null;
  await on.store.close();
});

async function table(url: string, shape: TableShape = {}, some: readonly CelCells[] = rows): Promise<void> {
  writer = await celWriter(url);
  await writer.create(shape);
  await writer.add(some);
}

const seconds = (some: readonly CelCells[]): CelCells[] =>
  some.map((row) => ({ ...row, eventtime: row.eventtime.slice(0, 19) }));

onEachTable(['sqlite', 'postgres', 'mariadb'], (kind, url) => {
  test('gives the calls that the tracker makes of the rows; twice changes nothing; every call ends once', async () => {
    await table(url(), { timeType: { sqlite: 'text', postgres: 'timestamp', mariadb: 'datetime(3)' }[kind] });
    const past = await startedBefore(on, { cel: source(url()) });
    const report = await past.catchUp();
    expect(report.problems).toEqual([]);
    expect(await on.calls()).toEqual(expected);
    const events = await on.events();
    const ended = events.filter(({ type }) => type === 'call.ended').map(({ callId }) => callId);
    expect(ended.toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
    for (const again of [past, on.past({ cel: source(url()) })]) await again.catchUp();
    await on.store.setPosition(
      'cel:main',
      '{"source":"","from":{"kind":"id","id":0},"to":{"kind":"id","id":0},"mark":null,"toAtMs":1795190000000,"beginAtMs":0}',
    );
    const whole = await on.past({ cel: source(url()) }).catchUp();
    expect(whole.cel?.rows).toBe(rows.length);
    expect(whole.cel?.calls).toMatchObject({ new: 0, completed: 0, waiting: 0 });
    expect(await on.events()).toEqual(events);
    expect(past.status()).toMatchObject([{ level: 'ok' }]);
  });

  test('reads a table whose rows have no number by their times, each once', async () => {
    const first = rowsOf('22', ['in_answered']);
    const some = rowsOf('22').slice(first.length);
    await table(url(), { hasId: false }, first);
    const past = await startedBefore(on, { cel: source(url()) });
    await writer?.add(some);
    const { cel } = await past.catchUp();
    expect(cel?.rows).toBe(some.length);
    expect((await past.catchUp()).cel?.rows).toBe(0);
    await on.past({ cel: source(url()) }).catchUp();
    // MariaDB has no order of its own for rows of one moment: there the calls may be wrong, and the status says so.
    const isOrdered = kind !== 'mariadb';
    expect(past.status()[0]?.mend ?? '').toMatch(isOrdered ? /^$/ : /ADD COLUMN id/);
    const calls = await on.calls();
    expect(calls.slice(0, isOrdered ? Infinity : 0)).toEqual(isOrdered ? expected : []);
  });

  test('takes rows as they come: each portion is read once, calls in progress are finished later', async () => {
    await table(url(), {}, rows.slice(0, 100));
    const past = await startedBefore(on, { cel: source(url()) });
    for (let from = 100; from < rows.length; from += 97) {
      await past.catchUp();
      await writer?.add(rows.slice(from, from + 97));
    }
    const { cel } = await past.catchUp();
    expect(cel?.rows).toBeLessThanOrEqual(97);
    expect(await on.calls()).toEqual(expected);
  });

  test('stopped in the middle at any storing, the next start completes it', async () => {
    await table(url());
    await startedBefore(on, { cel: source(url()) });
    await on.store.setPosition(
      'cel:main',
      '{"source":"","from":{"kind":"id","id":0},"to":{"kind":"id","id":0},"mark":null,"toAtMs":1795190000000,"beginAtMs":0}',
    );
    let left = 1;
    const failing: Store = new Proxy(on.store, {
      get(store, key) {
        const value: unknown = Reflect.get(store, key);
        if (key !== 'record') return typeof value === 'function' ? value.bind(store) : value;
        return (batch: Parameters<Store['record']>[0]) => {
          left -= 1;
          return left < 0
            ? Promise.reject(new Error('killed'))
            : store.record({ ...batch, calls: batch.calls.slice(0) });
        };
      },
    });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      left = attempt;
      await on.past({ cel: source(url()) }, failing).catchUp();
    }
    await on.past({ cel: source(url()) }).catchUp();
    expect(await on.calls()).toEqual(expected);
    const ended = (await on.events()).filter(({ type }) => type === 'call.ended').map(({ callId }) => callId);
    expect(ended.toSorted()).toEqual(expected.map(({ id }) => id).toSorted());
  });

  test('understands numbers for types, seconds since 1970 for times, and other names for columns', async () => {
    const numbers: Record<string, string> = {
      CHAN_START: '1',
      CHAN_END: '2',
      HANGUP: '3',
      ANSWER: '4',
      APP_START: '5',
      APP_END: '6',
      BRIDGE_ENTER: '7',
      BRIDGE_EXIT: '8',
      PARK_START: '9',
      PARK_END: '10',
      BLINDTRANSFER: '11',
      ATTENDEDTRANSFER: '12',
      USER_DEFINED: '13',
      LINKEDID_END: '14',
      PICKUP: '15',
      FORWARD: '16',
      LOCAL_OPTIMIZE: '17',
      LOCAL_OPTIMIZE_BEGIN: '18',
      STREAM_BEGIN: '19',
      STREAM_END: '20',
      DTMF: '21',
    };
    const other = rows.map((row) => ({
      ...row,
      eventtype: numbers[row.eventtype] ?? row.eventtype,
      eventtime: (Date.parse(`${row.eventtime.replace(' ', 'T')}Z`) / 1000).toFixed(3),
    }));
    await table(
      url(),
      { names: { cid_num: 'cidnum', channame: 'channel', eventtime: 'event_moment', linkedid: 'linked' } },
      other,
    );
    const cel = source(url(), { columns: { eventtime: 'event_moment', linkedid: 'linked' } });
    await (await startedBefore(on, { cel })).catchUp();
    expect(await on.calls()).toEqual(expected);
  });

  test('a table made anew is an alarm until somebody says that it is right', async () => {
    await table(url());
    const past = await startedBefore(on, { cel: source(url()) });
    await past.catchUp();
    const before = await on.calls();
    await writer?.run('drop table cel');
    await writer?.create({});
    await writer?.add(later(rows.slice(0, 20), 14_400));
    for (const one of [past, on.past({ cel: source(url()) })]) {
      const { problems, cel } = await one.catchUp();
      expect(cel).toBeNull();
      expect(problems).toHaveLength(1);
      expect(problems[0]?.message).toMatch(
        /^pbx main: cel: rows up to number \d+ were read, but the last one is 20 now/,
      );
      expect(problems[0]?.mend).toContain('patchcord backfill --reset-position --pbx main');
      expect(one.status()).toMatchObject([{ level: 'error' }]);
    }
    expect(await on.calls()).toEqual(before);
    expect(await resetPosition(on.store, 'cel', 'main')).not.toBeNull();
    const { cel, problems } = await past.catchUp();
    expect(problems).toEqual([]);
    expect(cel?.rows).toBe(20);
  });

  test('a table made anew that has grown past the old place is noticed too', async () => {
    await table(url(), {}, rows.slice(0, 50));
    const past = await startedBefore(on, { cel: source(url()) });
    await past.catchUp();
    await writer?.run('drop table cel');
    await writer?.create({});
    await writer?.add(rows.slice(60, 200));
    expect((await past.catchUp()).problems[0]?.message).toContain('row 50 is not the one that was read before');
  });

  test('says what is wrong, by the setting, and how to mend it', async () => {
    await table(url());
    const problem = async (cel: ReturnType<typeof source>) => (await on.past({ cel }).catchUp()).problems[0];
    expect(await problem(source(url(), { table: 'nowhere' }))).toEqual({
      level: 'error',
      message: 'pbx main: cel.table: there is no table nowhere in that database, or its user may not see it',
      mend: expect.stringContaining('Correct pbx main: cel.table') as string,
    });
    expect(await problem(source(url(), { columns: { eventtime: 'no_such' } }))).toEqual({
      level: 'error',
      message: 'pbx main: cel: the table has no column no_such, which columns.eventtime names',
      mend: expect.stringContaining('Correct pbx main: cel.columns.eventtime; the table has: id, eventtype') as string,
    });
    expect(await problem(source(url(), { timeZone: 'Europe/Moscow' }))).toEqual({
      level: 'error',
      message:
        'pbx main: cel.timeZone: by Europe/Moscow the times of the rows are 3 h behind the births of their channels',
      mend: "Set pbx main: cel.timeZone to the time zone of the PBX's clock",
    });
    expect(await on.calls()).toEqual([]);
    if (kind === 'sqlite') return;
    const stranger = new URL(url());
    stranger.username = 'nobody';
    stranger.password = 'hunter2secret';
    const refused = await problem(source(stranger.href));
    expect(refused?.message).toMatch(/^pbx main: cel\.url: 127\.0\.0\.1:\d+ refuses user nobody$/);
    expect(refused?.mend).toContain('Check user and password in pbx main: cel.url');
    expect(JSON.stringify(refused)).not.toContain('hunter2secret');
    const silent = new URL(url());
    silent.port = '1';
    expect((await problem(source(silent.href)))?.message).toContain('no database answers at 127.0.0.1:1');
    const absent = new URL(url());
    absent.pathname = '/absent';
    expect((await problem(source(absent.href)))?.message).toContain('absent');
  });

  test('without extra, calls have the right parties and lengths, and the status says what is lost', async () => {
    const plain = ['in_answered', 'queue_ringall', 'ringgroup_answered', 'in_noanswer', 'out_answered', 'internal'];
    const some = rowsOf('22', plain);
    await table(url(), { without: ['extra'] }, some);
    const past = await startedBefore(on, { cel: source(url()) });
    await past.catchUp();
    const short = (all: readonly { id: string; answered: boolean; direction: string; responsible: unknown }[]) =>
      all.map(({ id, answered, direction, responsible }) => ({ id, answered, direction, responsible }));
    expect(short(await on.calls())).toEqual(short(expectedCalls('22', plain)));
    expect(past.status()).toMatchObject([
      { level: 'warning', mend: expect.stringContaining('ALTER TABLE cel ADD COLUMN extra') as string },
    ]);
  });

  test('text out of hostile callers is text, whatever is in it', async () => {
    const evil = `'; drop table cel; -- "}{\\u0000 ${'𝕏'.repeat(200)} <script>`;
    await table(
      url(),
      {},
      rowsOf('22', ['in_answered']).map((row) => ({
        ...row,
        cid_name: evil,
        extra: row.extra === '' ? evil : row.extra,
      })),
    );
    await (await startedBefore(on, { cel: source(url()) })).catchUp();
    const [call] = await on.calls();
    expect(call?.client?.name).toBe(evil);
    expect(call?.answered).toBe(true);
  });
});

describe('the time of the PBX', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'patchcord-past-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is honoured: the same calls by a clock three hours ahead', async () => {
    const url = `sqlite:${join(folder, 'cel.db')}`;
    const moscow = rows.map((row) => ({
      ...row,
      eventtime: new Date(Date.parse(`${row.eventtime.replace(' ', 'T')}Z`) + 3 * 3_600_000)
        .toISOString()
        .replace('T', ' ')
        .slice(0, -1),
    }));
    await table(url, {}, moscow);
    await (await startedBefore(on, { cel: source(url, { timeZone: 'Europe/Moscow' }) })).catchUp();
    expect(await on.calls()).toEqual(expected);
  });

  test('in whole seconds gives the same calls, to the second', async () => {
    const url = `sqlite:${join(folder, 'cel.db')}`;
    await table(url, {}, seconds(rows));
    await (await startedBefore(on, { cel: source(url) })).catchUp();
    const short = (calls: typeof expected) =>
      calls.map(({ id, answered, responsible, direction }) => ({ id, answered, responsible, direction }));
    expect(short(await on.calls())).toEqual(short(expected));
  });
});
