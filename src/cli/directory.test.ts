import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { importDirectory, testNumber, type ImportOptions } from './directory.ts';
import { exportCalls } from './export.ts';
import { TestTerminal } from './testing/test-terminal.ts';

/** The example in docs/people.md, as it stands there. */
const example =
  /```yaml\n([\s\S]*?)```/.exec(readFileSync(new URL('../../docs/people.md', import.meta.url), 'utf8'))?.[1] ?? '';

let folder: string;
let settings: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-directory-'));
  settings = join(folder, 'patchcord.yaml');
  file = join(folder, 'people.yaml');
  writeFileSync(
    settings,
    `database: sqlite:calls.db
crm: [{ name: b24, type: local }]
rewrite: { fromPbx: [{ match: '[2-7]XXXXXX', add: '+7495' }], toPbx: [{ match: '+7.', strip: 2, add: '8' }] }
pbx: [{ name: main, host: 127.0.0.1, username: u, secret: s, dial: {} }]
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(text: string, options: ImportOptions = {}): Promise<TestTerminal> {
  const terminal = new TestTerminal();
  writeFileSync(file, text);
  await importDirectory(file, { settings, ...options }, terminal);
  return terminal;
}

async function exported(): Promise<string> {
  const stdout = new PassThrough();
  const chunks: Buffer[] = [];
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await exportCalls({ settings, format: 'csv', directory: true }, new TestTerminal(), stdout);
  return Buffer.concat(chunks).toString();
}

/** What is told before the command ends, and how it ends. */
async function refusal(text: string): Promise<string[]> {
  const terminal = new TestTerminal();
  writeFileSync(file, text);
  const error = await importDirectory(file, { settings }, terminal).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'CommandFailure', exitCode: 2 });
  return [...terminal.notes, (error as Error).message].map((line) => line.replace(file, 'people.yaml'));
}

it('imports the example of the documentation, before the first start, and exports what it can import again', async () => {
  const first = await run(example, { dryRun: true });
  expect(first.out.trim().split('\n')).toEqual([
    '+ schedule office',
    '+ group sales',
    '+ group support',
    '+ operator anna',
    '+ operator boris',
    '+ task template call-back',
    '+ line site',
    '+ line mobile-gateway',
    '+ list director',
    '+ list spam',
    '+ list known-partner',
    '+ policy *',
  ]);
  expect(first.notes).toEqual(['12 records would change; nothing was changed']);
  expect(await exported()).toBe('{}\n');
  expect((await run(example)).notes).toEqual(['12 records changed']);
  const yaml = await exported();
  expect(yaml).toContain('      - "101"');
  expect((await run(yaml, { prune: true })).notes).toEqual(['0 records changed']);
  expect(await exported()).toBe(yaml);
});

it('shows what an import changes, field by field, and removes only when told', async () => {
  await run('groups: [{ id: a, name: A }, { id: b, name: B }]');
  expect((await run('groups: [{ id: a, name: "\u001b[2JA" }]')).out).toBe('~ group a\n    name: "A" → "\\u001b[2JA"\n');
  expect((await run('groups: [{ id: a, name: A }]', { prune: true, dryRun: true })).out).toContain('- group b\n');
  expect(await exported()).toContain('id: b');
});

it('tells every mistake with its line, and changes nothing', async () => {
  const text = `groups:
  - { id: a, name: A }
operators:
  - id: anna
    name: Anna
    extension: 101
  - { id: boris, name: Boris, groups: [x], mobiles: [twelve and a half] }
`;
  expect(await refusal(text)).toEqual([
    'people.yaml:4: operators anna: Unrecognized key: "extension"',
    'people.yaml:7: operators boris: mobiles[0]: "twelve and a half" is neither a number nor a pattern such as 1XX, _8NXXXXXXXXX or trunk*',
    'people.yaml was not imported; nothing was changed',
  ]);
  expect(await exported()).toBe('{}\n');
  expect(await refusal('lines: [{ id: a, name: A, crms: [b42] }]')).toContainEqual(
    'people.yaml:1: lines a: crms[0]: there is no connection "b42"; there are: b24 (setting crm)',
  );
  expect((await refusal('a: ['))[0]).toContain('people.yaml is no YAML: line 1');
  expect((await refusal('- 1'))[0]).toContain('must be lists by kind');
  expect((await refusal('operators: 7'))[0]).toContain('must be a list of records');
  expect((await refusal('operators: [{ id: a, name: A }, { id: a, name: B }]'))[0]).toContain(
    'operators a: id: is there twice',
  );
});

it('says when there is nothing to read, or nothing to export', async () => {
  const terminal = new TestTerminal();
  await expect(importDirectory(join(folder, 'absent.yaml'), { settings }, terminal)).rejects.toMatchObject({
    exitCode: 2,
  });
  await expect(exported()).rejects.toThrow('there is no database');
  await expect(
    exportCalls({ settings, format: 'csv', directory: true, missed: true }, terminal, new PassThrough()),
  ).rejects.toThrow('--directory takes no filter');
  expect(existsSync(join(folder, 'calls.db'))).toBe(false);
});

it('tries a number, with a directory and before there is one', async () => {
  const tried = async (number: string, json?: true): Promise<string> => {
    const terminal = new TestTerminal();
    await testNumber(number, { settings, ...(json && { json }) }, terminal);
    return terminal.out;
  };
  expect(await tried('2223344')).toContain('number of the line      no\n');
  expect(existsSync(join(folder, 'calls.db'))).toBe(false);
  await run(example);
  const said = await tried('2223344');
  expect(said.split('\n').slice(0, 8)).toEqual([
    'as a client’s number    +74952223344',
    '  rewrite.fromPbx[0]: [2-7]XXXXXX, strip 0, add "+7495": applied',
    '  in E.164              +74952223344',
    '  CRMs get              +74952223344',
    'internal                no',
    'extension of            no',
    'mobile of               no',
    'number of the line      no',
  ]);
  expect(await tried('89160000001')).toContain('mobile of               Anna Petrova (anna) (by the directory)\n');
  expect(await tried('+74959991234')).toContain('in b24: registered, no list has a say; task when missed: none\n');
  expect(await tried('+74959991234')).toContain('dialled as              84959991234\n');
  expect(await tried('+74959990001')).toContain('in b24: registered, by the list known-partner');
  expect(JSON.parse(await tried('101', true))).toMatchObject({ internal: true, extensionOf: { id: 'anna' } });
});
