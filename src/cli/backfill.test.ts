import Database from 'better-sqlite3';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { csvOf, expectedCalls, rowsOf, byId } from '../pbx/past/testing/cel-rows.ts';
import { celWriter } from '../pbx/past/testing/cel-tables.ts';
import { openStore } from '../store/open-store.ts';
import type { Call } from '../calls/call.ts';
import { backfill, type BackfillOptions } from './backfill.ts';
import { CommandFailure } from './failure.ts';
import { TestTerminal } from './testing/test-terminal.ts';

const nowMs = Date.parse('2026-11-21T12:00:00Z');
let folder = '';
let terminal: TestTerminal;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-backfill-'));
  terminal = new TestTerminal();
  const writer = await celWriter(`sqlite:${join(folder, 'cel.db')}`);
  await writer.create({});
  await writer.add(rowsOf('22'));
  await writer.close();
  settings(`cel: { url: "sqlite:${join(folder, 'cel.db')}", timeZone: UTC }`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function settings(past: string): void {
  const pbx = `{ name: main, host: 127.0.0.1, username: patchcord, secret: x, ${past} }`;
  writeFileSync(
    join(folder, 'patchcord.yaml'),
    `database: sqlite:${join(folder, 'history.db')}\nmobiles: [{ number: "79990001122", extension: "101" }]\npbx:\n  - ${pbx}\n`,
  );
}

async function run(options: BackfillOptions): Promise<string> {
  terminal = new TestTerminal();
  await backfill({ settings: join(folder, 'patchcord.yaml'), ...options }, terminal, () => nowMs);
  return terminal.out;
}

async function history(): Promise<{ calls: Call[]; lastSeq: number }> {
  const store = await openStore(`sqlite:${join(folder, 'history.db')}`);
  const { calls } = await store.calls({}, { limit: 1000 });
  const lastSeq = await store.lastSeq();
  await store.close();
  return { calls: byId(calls), lastSeq };
}

const period = { from: '2026-11-20T18:00:00Z', to: '2026-11-20T18:25:00Z' };
const inPeriod = expectedCalls('22').filter(
  ({ startedAt }) => startedAt >= '2026-11-20T18:00' && startedAt < '2026-11-20T18:25',
);

describe('patchcord backfill', () => {
  test('stores the calls of the period, and no others; again nothing is new', async () => {
    expect(await run(period)).toMatch(
      new RegExp(`^main: CEL: [\\d,]+ rows read; calls: ${inPeriod.length} new, 0 completed, 0 unchanged\n$`),
    );
    const first = await history();
    expect(first.calls.map(({ id, answered }) => ({ id, answered }))).toEqual(
      inPeriod.map(({ id, answered }) => ({ id, answered })),
    );
    expect(await run(period)).toContain(`calls: 0 new, 0 completed, ${inPeriod.length} unchanged`);
    expect(await history()).toEqual(first);
  });

  test('dry, says the same and stores nothing', async () => {
    expect(await run({ ...period, dryRun: true })).toContain(
      `${inPeriod.length} new, 0 completed, 0 unchanged (dry run: nothing is stored)`,
    );
    expect(await history()).toEqual({ calls: [], lastSeq: 0 });
  });

  test('reads a CSV file with its CDR beside it', async () => {
    writeFileSync(join(folder, 'Master.csv'), csvOf('22'));
    settings(`cel: { csv: "${join(folder, 'Master.csv')}", timeZone: UTC }`);
    await run({ from: '2026-11-20T00:00:00Z' });
    expect((await history()).calls.map(({ id }) => id)).toEqual(expectedCalls('22').map(({ id }) => id));
  });

  test('says what a table without extra cannot tell', async () => {
    const database = new Database(join(folder, 'cel.db'));
    database.exec('alter table cel drop column extra');
    database.close();
    await run(period);
    expect(terminal.notes.join('\n')).toContain('ALTER TABLE cel ADD COLUMN extra');
  });

  test('resets the position when asked to', async () => {
    expect(await run({ resetPosition: true })).toBe(
      'main: CEL is read from now on, by the time of its rows; what is stored is not doubled\n',
    );
  });

  const problems: [string, BackfillOptions, string][] = [
    ['no begin', {}, '--from is missing'],
    ['an unknown PBX', { ...period, pbx: 'other' }, 'there is no pbx other in the settings'],
    ['a period that ends before it begins', { from: period.to, to: period.from }, '--to is not after --from'],
  ];
  test.each(problems)('refuses %s', async (_what, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });

  test('tells a source that cannot be read in one line with its mend', async () => {
    settings(`cel: { url: "sqlite:${join(folder, 'nothing.db')}" }`);
    const failure = await run(period).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommandFailure);
    expect(failure).toMatchObject({ message: expect.stringContaining('pbx main: cel.url: ') as string, exitCode: 1 });
    expect((failure as CommandFailure).mend).toContain('Check the path in pbx main: cel.url');
  });
});
