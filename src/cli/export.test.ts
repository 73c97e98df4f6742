import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sampleCall } from '../http/testing/sample-calls.ts';
import { openStore } from '../store/open-store.ts';
import { exportCalls, type ExportOptions } from './export.ts';
import { TestTerminal } from './testing/test-terminal.ts';

const startMs = Date.UTC(2026, 10, 20, 9);

let folder: string;
let settings: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-export-'));
  settings = join(folder, 'patchcord.yaml');
  writeFileSync(settings, 'database: sqlite:calls.db\n');
});

afterEach(() => rmSync(folder, { recursive: true }));

async function fill(count: number): Promise<void> {
  const store = await openStore(`sqlite:${join(folder, 'calls.db')}`);
  const calls = Array.from({ length: count }, (_, n) => ({
    call: sampleCall(`call-${String(n).padStart(5, '0')}`, startMs + n * 1000, { linkedIds: [`${n}.1`] }),
    state: null,
  }));
  await store.record({ pbx: 'main', calls, merged: [], facts: [] });
  await store.close();
}

async function run(options: Partial<ExportOptions>): Promise<{ out: string; terminal: TestTerminal }> {
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const terminal = new TestTerminal();
  await exportCalls({ settings, format: 'csv', ...options }, terminal, stdout);
  return { out: Buffer.concat(chunks).toString(), terminal };
}

it('writes every call of every page once, newest first', async () => {
  await fill(2500);
  const { out, terminal } = await run({ format: 'jsonl' });
  const ids = out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);
  expect(ids).toEqual(Array.from({ length: 2500 }, (_, n) => `call-${String(2499 - n).padStart(5, '0')}`));
  expect(terminal.notes).toEqual(['2500 calls exported']);
});

it('writes CSV with a head, filtered', async () => {
  await fill(5);
  const from = new Date(startMs + 3000).toISOString();
  const { out } = await run({ from });
  const lines = out.trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^id,pbx,direction,/);
  expect(lines.slice(1).map((line) => line.split(',')[0])).toEqual(['call-00004', 'call-00003']);
});

it('leaves a complete file or none', async () => {
  await fill(3);
  const out = join(folder, 'calls.csv');
  await run({ out });
  expect(readFileSync(out, 'utf8').trimEnd().split('\r\n')).toHaveLength(4);
  await expect(run({ out: join(folder, 'absent', 'calls.csv') })).rejects.toThrow('cannot be written (ENOENT)');
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('makes no database where there is none', async () => {
  await expect(run({})).rejects.toThrow('there is no database');
  expect(existsSync(join(folder, 'calls.db'))).toBe(false);
});
