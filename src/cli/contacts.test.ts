import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { entitiesByNumber } from '../crm/local/entities.ts';
import { importContacts } from './contacts.ts';
import { realServer } from './testing/real-server.ts';
import { TestTerminal } from './testing/test-terminal.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-contacts-'));
  file = join(folder, 'clients.csv');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('imports a file, tries it before, and leaves out what is known', async () => {
  const { store, api } = await realServer();
  const run = async (dryRun?: true): Promise<TestTerminal> => {
    const terminal = new TestTerminal();
    await importContacts(file, { ...api, ...(dryRun && { dryRun }) }, terminal);
    return terminal;
  };
  writeFileSync(file, 'name;phone\nИван;8 916 123-45-67\nNobody\u001b[2J;\n');
  const tried = await run(true);
  expect(tried.out).toBe('1 would be added, 0 known already, 1 refused; nothing was changed\n');
  expect(tried.notes.join()).toMatch(/^Nobody/);
  expect(tried.notes.join()).not.toContain('\u001b');
  expect((await run()).out).toBe('1 added, 0 known already, 1 refused\n');
  expect(await store.database.read((db) => entitiesByNumber(db, '+79161234567'))).toMatchObject([{ name: 'Иван' }]);
  expect((await run()).out).toBe('0 added, 1 known already, 1 refused\n');
});

it('says what is wrong with a file', async () => {
  const { api } = await realServer();
  const terminal = new TestTerminal();
  await expect(importContacts(join(folder, 'absent.csv'), api, terminal)).rejects.toMatchObject({ exitCode: 2 });
  writeFileSync(file, Buffer.from('6E616D653B70686F6E650A C8E2E0ED3B310A'.replace(' ', ''), 'hex'));
  await expect(importContacts(file, api, terminal)).rejects.toThrow('is not written in UTF-8');
  writeFileSync(file, 'name,mail\nAnn,a@b');
  await expect(importContacts(file, api, terminal)).rejects.toThrow('no column of phone numbers');
});
