import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { settingsSchema } from '../settings/schema.ts';
import { folderTroubles } from './folders.ts';

function settingsWith(here: string | null, own: string) {
  const folders = here === null ? undefined : { folders: [{ asterisk: '/var/spool/asterisk/monitor', here }] };
  const pbx = { name: 'main', host: 'pbx', username: 'u', secret: 's', ...(folders && { recordings: folders }) };
  return settingsSchema.parse({ data: '/tmp', pbx: [pbx], recordings: { folder: own } });
}

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-folders-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

it('has nothing to say of folders that are there, of none that are named, and of our own that is made later', async () => {
  const folder = place();
  expect(await folderTroubles(settingsWith(folder, folder))).toEqual([]);
  expect(await folderTroubles(settingsWith(null, join(folder, 'later')))).toEqual([]);
});

it('names the folder that is not there, and the setting', async () => {
  const folder = place();
  const [trouble, ...others] = await folderTroubles(settingsWith(join(folder, 'gone'), folder));
  expect(others).toEqual([]);
  expect(trouble).toMatchObject({ part: 'recordings of main', level: 'warning' });
  expect(trouble?.message).toContain(join(folder, 'gone'));
  expect(trouble?.mend).toContain('pbx[].recordings.folders');
});

it('names a file where our own folder should be', async () => {
  const folder = place();
  writeFileSync(join(folder, 'file'), '');
  const [trouble] = await folderTroubles(settingsWith(null, join(folder, 'file', 'recordings')));
  expect(trouble).toMatchObject({ part: 'recordings', message: expect.stringContaining('ENOTDIR') });
  expect(trouble?.mend).toContain('recordings.folder');
});
