import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings } from '../settings/schema.ts';
import { start, type Run } from './start.ts';
import { TestTerminal } from './testing/test-terminal.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-start-'));
  file = join(folder, 'patchcord.yaml');
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('start', () => {
  it('runs until it is told to stop, then ends everything', async () => {
    writeFileSync(file, 'pbx: [{ name: main, host: pbx.example, username: u, secret: hunter2 }]\n');
    const seen: Settings[] = [];
    let stopped = false;
    const run: Run = (settings) => {
      seen.push(settings);
      return Promise.resolve({
        address: '127.0.0.1:4321',
        stop: () => {
          stopped = true;
          return Promise.resolve();
        },
      });
    };
    const terminal = new TestTerminal();
    const signals = new AbortController();
    const ended = start({ settings: file }, terminal, signals.signal, run);
    await terminal.until(() => terminal.notes.some((note) => note.includes('http://127.0.0.1:4321')));
    expect(stopped).toBe(false);
    signals.abort();
    await ended;
    expect(stopped).toBe(true);
    expect(seen[0]?.pbx[0]?.name).toBe('main');
    expect(terminal.notes[0]).toContain('main (pbx.example:5038)');
    expect(terminal.notes.join()).not.toContain('hunter2');
  });

  it('says clearly that a demo plays, and how to connect an Asterisk', async () => {
    writeFileSync(file, '');
    const terminal = new TestTerminal();
    const run: Run = () => Promise.resolve({ address: '[::1]:1', stop: () => Promise.resolve() });
    await start({ settings: file }, terminal, AbortSignal.abort(), run);
    expect(terminal.notes[0]).toMatch(/DEMO[^]*fill in pbx, patchcord doctor/);
  });

  it('runs nothing with wrong settings', async () => {
    writeFileSync(file, 'lissen: 1');
    const run: Run = () => Promise.reject(new Error('must not run'));
    await expect(start({ settings: file }, new TestTerminal(), AbortSignal.abort(), run)).rejects.toThrow(
      'Did you mean listen?',
    );
  });
});
