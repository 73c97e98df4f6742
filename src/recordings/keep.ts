// Puts a recording into the folder of recordings: whole or not at all, whatever happens in between.
import { randomUUID } from 'node:crypto';
import { copyFile, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './find.ts';
import type { FileName } from './file-name.ts';

/** The folder of recordings cannot take it now. */
export class KeepError extends Error {
  override readonly name = 'KeepError';
  readonly mend: string;

  constructor(message: string, mend: string) {
    super(message);
    this.mend = mend;
  }
}

/** Left free: the database is often on the same disk, and calls go before recordings. */
export const reserveBytes = 64 * 1024 * 1024;

/** What the system says when a disk or a quota is full. */
const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface Shelf {
  /** The setting `recordings.folder`. */
  folder: string;
  /** Bytes that must stay free on its disk. */
  reserveBytes: number;
}

/**
 * Lets `write` fill a new file and gives it its name once it is safely on the disk. A file of this name is replaced: it is of the same call.
 * @param write fills the file at the path, which does not exist yet, and syncs it
 * @param about.bytes how large it will be, roughly
 * @returns the path within the folder, and what `write` gave
 * @throws KeepError; whatever else `write` throws
 */
export async function keep<T>(
  shelf: Shelf,
  about: { name: FileName; extension: string; bytes: number },
  write: (path: string) => Promise<T>,
): Promise<{ file: string; written: T }> {
  const folder = join(shelf.folder, about.name.folder);
  const temporary = join(folder, `.${about.name.base}.${randomUUID().slice(0, 8)}.part`);
  const file = `${about.name.folder}/${about.name.base}.${about.extension}`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o750 });
    await removeLeftovers(folder, about.name.base);
    await requireSpace(folder, shelf, about.bytes);
    const written = await write(temporary);
    await rename(temporary, join(shelf.folder, file));
    await sync(folder);
    return { file, written };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw explained(error, shelf.folder);
  }
}

/** Copies a file as it is, synced. */
export async function copySound(from: string, to: string): Promise<{ bytes: number }> {
  await copyFile(from, to);
  await sync(to);
  return { bytes: (await stat(to)).size };
}

/** What an attempt that was cut off (kill -9, power) left of this recording. */
async function removeLeftovers(folder: string, base: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`.${base}.`) && name.endsWith('.part')) await rm(join(folder, name), { force: true });
  }
}

async function requireSpace(folder: string, shelf: Shelf, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytes + shelf.reserveBytes) throw noSpace(shelf.folder);
}

async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

function explained(error: unknown, folder: string): unknown {
  const code = codeOf(error);
  if (full.has(code)) return noSpace(folder);
  // The source can be refused as well; then the administrator must not look here.
  const isOurs = ['path', 'dest'].some((key) => pathIn(error, key).startsWith(folder));
  if (!isOurs || error instanceof KeepError) return error;
  return new KeepError(
    `the folder of recordings cannot be written (${code})`,
    'let the user that runs Patchcord write into the folder of the setting recordings.folder, or name another one',
  );
}

function pathIn(error: unknown, key: string): string {
  const path: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return typeof path === 'string' ? path : '';
}

function noSpace(folder: string): KeepError {
  return new KeepError(
    `the disk of the folder of recordings is full (${folder})`,
    'make room on the disk, or name a folder on another one in the setting recordings.folder; what waits is then made by itself',
  );
}
