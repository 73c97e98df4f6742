import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the setting `data` cannot be read or written. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
  readonly mend =
    'let the user that runs Patchcord read and write it, make room on its disk, or name another folder in the setting data';

  constructor(folder: string, cause: Error) {
    super(`cannot use the folder ${folder}: ${cause.message}`, { cause });
  }
}

/** Where the API's tokens are kept, as hashes. */
export function tokensFile(dataFolder: string): string {
  return join(dataFolder, 'tokens.json');
}

/** Where a running Patchcord leaves the token for the commands of the same machine, readable by its own user only. */
export function localTokenFile(dataFolder: string): string {
  return join(dataFolder, 'token');
}

/** Leaves the token of this run. */
export function saveLocalToken(dataFolder: string, token: string): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${localTokenFile(dataFolder)}.${process.pid}.new`;
  writeFileSync(draft, `${token}\n`, { mode: 0o600 });
  // The mode above is for a new file only.
  chmodSync(draft, 0o600);
  renameSync(draft, localTokenFile(dataFolder));
}

/**
 * The token of the running (or last) Patchcord; null when it has never run here.
 * @throws Error of the file system when the file is there and may not be read
 */
export function readLocalToken(dataFolder: string): string | null {
  try {
    return readFileSync(localTokenFile(dataFolder), 'utf8').trim() || null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
