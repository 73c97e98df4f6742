import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { localTokenFile, readLocalToken, saveLocalToken } from './token.ts';

it('leaves the token of this run for its own user only, replacing the one before', () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-token-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const data = join(folder, 'data');
  expect(readLocalToken(data)).toBeNull();
  saveLocalToken(data, 'pc_first');
  saveLocalToken(data, 'pc_second');
  expect(readLocalToken(data)).toBe('pc_second');
  expect(statSync(localTokenFile(data)).mode & 0o777).toBe(0o600);
  expect(readdirSync(data)).toEqual(['token']);
});
