// The key of the installation: from the settings, or from a file of our own in the data folder.
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFolderError } from '../settings/token.ts';

/** Where the key is when the settings name none. */
export function secretKeyPath(dataFolder: string): string {
  return join(dataFolder, 'secret.key');
}

/**
 * The key (32 bytes). Without one in the settings, the file is made at the first time, for its own user only.
 * @throws DataFolderError
 */
export function secretKey(settings: { secretKey?: string | undefined; data: string }): Buffer {
  const text = settings.secretKey ?? keyOfFolder(settings.data);
  return Buffer.from(hkdfSync('sha256', text, '', 'patchcord secrets', 32));
}

/** Whether there is a key already, so that asking for it makes no file. */
export function hasSecretKey(settings: { secretKey?: string | undefined; data: string }): boolean {
  return settings.secretKey !== undefined || existsSync(secretKeyPath(settings.data));
}

function keyOfFolder(folder: string): string {
  try {
    return keyInFile(secretKeyPath(folder), folder);
  } catch (error) {
    throw new DataFolderError(folder, error instanceof Error ? error : new Error(String(error)));
  }
}

function keyInFile(file: string, folder: string): string {
  const known = readKey(file);
  if (known !== null) return known;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  chmodSync(draft, 0o600);
  try {
    // Of two processes that begin at once, one makes the file and both read it.
    linkSync(draft, file);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
  const made = readKey(file);
  if (made === null) {
    throw new Error(`${file} is empty; bring it back from a backup, or remove it and connect the CRMs anew`);
  }
  return made;
}

function readKey(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').trim() || null;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
