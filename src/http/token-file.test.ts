import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TokenFile } from './token-file.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-tokens-'));
  path = join(folder, 'data', 'tokens.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('keeps hashes only, readable by the owner only', () => {
  const token = new TokenFile(path).add('crm', ['read']);
  expect(readFileSync(path, 'utf8')).not.toContain(token.slice(3));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(new TokenFile(path).find(token)).toMatchObject({ name: 'crm', scopes: ['read'] });
});

it('sees at once what another process adds and removes', () => {
  const server = new TokenFile(path);
  const cli = new TokenFile(path);
  const token = cli.add('crm', ['admin']);
  const entry = server.find(token);
  expect(entry?.name).toBe('crm');
  expect(cli.remove('crm')).toBe(true);
  expect(cli.remove('crm')).toBe(false);
  expect(server.find(token)).toBeNull();
  expect(entry && server.stands(entry)).toBe(false);
});

it('takes a token of this run beside the file and does not write it', () => {
  const tokens = new TokenFile(path);
  const token = tokens.addForThisRun('demo', ['read']);
  expect(tokens.find(token)?.name).toBe('demo');
  tokens.add('other', ['read']);
  expect(tokens.find(token)?.name).toBe('demo');
  expect(new TokenFile(path).list().map((each) => each.name)).toEqual(['other']);
});

it('refuses a name that is taken and a file that is broken, naming the file', () => {
  const tokens = new TokenFile(path);
  tokens.add('crm', ['read']);
  expect(() => tokens.add('crm', ['read'])).toThrow(/"crm".*tokens\.json/);
  writeFileSync(path, '{"tokens": [{"name": "x"}]}');
  expect(() => new TokenFile(path)).toThrow(path);
});
