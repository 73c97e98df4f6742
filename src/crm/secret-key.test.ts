import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { secretKey, secretKeyPath } from './secret-key.ts';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'patchcord-key-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return join(made, 'data');
}

it('makes a key once, for its own user only, and finds it again', () => {
  const data = folder();
  const key = secretKey({ data });
  expect(key).toHaveLength(32);
  expect(secretKey({ data })).toEqual(key);
  expect(readdirSync(data)).toEqual(['secret.key']);
  expect(statSync(secretKeyPath(data)).mode & 0o777).toBe(0o600);
  expect(readFileSync(secretKeyPath(data)).toString('latin1')).not.toContain(key.toString('latin1'));
  expect(secretKey({ data: folder() })).not.toEqual(key);
});

it('takes the key of the settings instead, and then makes no file', () => {
  const data = folder();
  const key = secretKey({ data, secretKey: '0123456789abcdef0123456789abcdef' });
  expect(secretKey({ data, secretKey: '0123456789abcdef0123456789abcdef' })).toEqual(key);
  expect(secretKey({ data, secretKey: '0123456789abcdef0123456789abcdeX' })).not.toEqual(key);
  expect(() => statSync(data)).toThrow(/ENOENT/);
});

it('does not take an empty file for a key', () => {
  const data = folder();
  secretKey({ data });
  writeFileSync(secretKeyPath(data), '\n');
  expect(() => secretKey({ data })).toThrow(/secret\.key/);
});
