// The examples of the page about Bitrix24, as they stand there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adapters } from '../crm/registry.ts';
import { readSettings } from '../settings/load.ts';
import { importDirectory } from './directory.ts';
import { TestTerminal } from './testing/test-terminal.ts';

const page = readFileSync(new URL('../../docs/connect-bitrix24.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)```/gm)].map(([, text = '']) => text);
const settings = blocks.filter((text) => text.startsWith('# patchcord.yaml'));
const directories = blocks.filter((text) => text.startsWith('# bitrix24.yaml'));

/** All that may say something to an administrator of a portal. */
const sources = ['crm', 'outbox']
  .flatMap((folder) => {
    const root = new URL(`../${folder}/`, import.meta.url);
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => /(?<!\.test)\.ts$/.test(name))
      .map((name) => readFileSync(new URL(name, root), 'utf8'));
  })
  .join('\n')
  .toLowerCase();

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-examples-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the page about Bitrix24', () => {
  it('has examples of nothing else', () => {
    expect([settings.length, directories.length, blocks.length]).toEqual([5, 2, 7]);
  });

  it.each(settings.map((text, index) => [index + 1, text]))('has right settings: %s', (_index, text) => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'of-the-application\n');
    const environment = {
      PATCHCORD_AMI_SECRET: 's',
      PATCHCORD_BITRIX24_SECRET: 'of-the-application',
      PATCHCORD_BITRIX24_WEBHOOK: 'https://company.bitrix24.ru/rest/12/abcdefgh12345678/',
      PATCHCORD_BITRIX24_EVENT_TOKEN: 'of-the-webhook',
    };
    const here = text.replace('/etc/patchcord/bitrix24.secret', secret);
    const read = readSettings(here, { file: join(folder, 'patchcord.yaml'), environment, adapters });
    expect(read.crm).toMatchObject([{ name: 'b24', type: 'bitrix24' }]);
  });

  it('explains messages that there are', () => {
    const table = /^\| it says [\s\S]*?\n\n/m.exec(page)?.[0] ?? '';
    const said = table
      .split('\n')
      .slice(2)
      .flatMap(
        (row) =>
          row
            .split(' | ')[0]
            ?.replace(/^\| /, '')
            .split(/[…;,`]| for | \(many\)|: /) ?? [],
      );
    const fragments = said.map((text) => text.trim()).filter((text) => text.length > 6);
    expect(fragments.length).toBeGreaterThan(25);
    expect(fragments.filter((text) => !sources.includes(text.toLowerCase()))).toEqual([]);
  });

  it.each(directories.map((text, index) => [index + 1, text]))(
    'has a directory to import: %s',
    async (_index, text) => {
      const file = join(folder, 'bitrix24.yaml');
      const settingsFile = join(folder, 'patchcord.yaml');
      writeFileSync(file, text);
      writeFileSync(settingsFile, 'database: sqlite:calls.db\ncrm: [{ name: b24, type: local }]\n');
      const terminal = new TestTerminal();
      await importDirectory(file, { settings: settingsFile }, terminal);
      expect(terminal.out).toMatch(/^\+ /m);
    },
  );
});
