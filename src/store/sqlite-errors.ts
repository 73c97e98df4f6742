import { StoreError } from './store-error.ts';

/** Result codes of SQLite: https://www.sqlite.org/rescode.html. Extended ones begin with the primary one. */
export function explainSqlite(error: unknown, file: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  const said = error instanceof Error ? error.message : String(error);
  const where = file === ':memory:' ? 'the database in memory' : `the database ${file}`;
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new StoreError(
      'busy',
      `Another process holds ${where} (${said}).`,
      'Stop whatever else has the file open for writing (a backup, a database browser). Patchcord goes on by itself when it is free; the setting is `database`.',
      error,
    );
  }
  // SHMSIZE: no room to make the file of shared memory beside a database that is there already.
  if (/^SQLITE_(FULL|IOERR_SHMSIZE)/.test(code) || code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError(
      'full',
      `There is no room for ${where} (${said}).`,
      'Make room on its disk, or move the file and change the setting `database`. Patchcord goes on by itself when there is room.',
      error,
    );
  }
  if (/^SQLITE_(READONLY|PERM)/.test(code) || ['EACCES', 'EPERM', 'EROFS'].includes(code)) {
    return new StoreError(
      'readonly',
      `No right to write ${where} (${said}).`,
      'Give the user that runs Patchcord the right to write the file and its folder, or change the setting `database`.',
      error,
    );
  }
  if (/^SQLITE_(NOTADB|CORRUPT)/.test(code)) {
    return new StoreError(
      'damaged',
      `The file ${file} is no SQLite database, or it is damaged (${said}).`,
      'Restore it from a backup, or name another file in the setting `database`.',
      error,
    );
  }
  if (code.startsWith('SQLITE_IOERR')) {
    return new StoreError(
      'lost',
      `The disk of ${where} fails (${said}).`,
      'Make room or raise the quota if it is full; otherwise look for errors of the disk in the system log. Patchcord goes on by itself when it works; the setting is `database`.',
      error,
    );
  }
  if (code.startsWith('SQLITE_CANTOPEN') || /^(ENOENT|ENOTDIR|EISDIR|EEXIST)$/.test(code) || /directory/.test(said)) {
    return new StoreError(
      'open',
      `Cannot open ${where} (${said}).`,
      'Check that the folder in the setting `database` exists, is a folder, and may be used by the user that runs Patchcord.',
      error,
    );
  }
  return new StoreError(
    'failed',
    `A statement failed in ${where} (${said}).`,
    'This should not happen: please report it.',
    error,
  );
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
