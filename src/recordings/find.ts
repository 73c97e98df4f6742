// Where a recording that Asterisk named is on our side. Names hold what callers said of themselves: nothing leads out of the folders.
import { type FileHandle, constants, open, readdir, realpath } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, sep } from 'node:path';
import type { Call } from '../calls/call.ts';
import { dayIn } from './day.ts';

/** Where one Asterisk leaves its recordings. */
export interface Source {
  folders: readonly { asterisk: string; here: string }[];
  /** Templates of the setting `pbx[].recordings.names`. */
  names: readonly string[];
  /** Null: that of this machine. */
  timeZone: string | null;
  /** Whether a person named the folders; otherwise they are Asterisk's usual ones and need not be there. */
  configured: boolean;
  /** What the column `recordingfile` is called in the CDR. */
  cdrColumn: string;
}

export type Found =
  | { kind: 'found'; path: string }
  | { kind: 'missing' }
  /** Not within the folders, so it was not looked at. */
  | { kind: 'outside' }
  | { kind: 'unreadable'; path: string; code: string };

/** Extensions of sound; the first ones Asterisk itself writes, the others a program that changes recordings afterwards. */
const extensions = ['wav', 'WAV', 'gsm', 'raw', 'sln', 'sln16', 'ulaw', 'alaw', 'wav16', 'mp3', 'ogg', 'opus', 'flac'];
const known = new Set([...extensions, 'wav49', 'ul', 'mu', 'ulw', 'pcm', 'al', 'alw', 'g722', 'm4a', 'webm']);
/** Recordings of one call that a name template may give. */
const filesMax = 20;

/** The first of a file's possible places where it is. */
export async function find(file: string, source: Source): Promise<Found> {
  const paths = placesOf(file, source);
  return paths.length === 0 ? { kind: 'outside' } : firstOf(paths, source);
}

/** The files that a name template gives for a call. */
export async function findByName(call: Call, source: Source): Promise<string[]> {
  const day = dayIn(source.timeZone, Date.parse(call.startedAt));
  const found = new Set<string>();
  for (const linkedId of call.linkedIds) {
    // Any text may be a linkedid; one that is no part of a file's name finds no file.
    if (!/^[\w.:@+~-]{1,150}$/.test(linkedId)) continue;
    const words: Record<string, string> = { yyyy: day.year, mm: day.month, dd: day.day, linkedid: linkedId };
    for (const template of source.names) {
      const name = template.replace(/\{(\w+)\}/g, (_, word: string) => words[word] ?? '');
      for (const { here } of source.folders) {
        for (const path of await matching(join(here, posix.dirname(name)), posix.basename(name))) {
          const one = await firstOf([path], source);
          if (one.kind === 'found' && found.size < filesMax) found.add(one.path);
        }
      }
    }
  }
  return [...found];
}

/** The first folder of the settings that is not there; null when all are. */
export async function missingFolder(source: Source): Promise<string | null> {
  for (const { here } of source.folders) {
    if ((await realOf(here)) === null) return here;
  }
  return null;
}

/** Opens a file of sound, and nothing else: no link that appeared meanwhile, no pipe that would hold us up. */
export function openSound(path: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}

/** Where FreePBX puts what its CDR calls `recordingfile`: into the folder of the day that stands in the name. */
export function placesOfCdrName(name: string): string[] {
  if (name.includes('/')) return [name];
  const [, year, month, day] = /-(\d{4})(\d\d)(\d\d)-\d{6}-/.exec(name) ?? [];
  return day === undefined ? [name] : [`${year}/${month}/${day}/${name}`, name];
}

/** Every path on our side at which the file may be; empty when it is outside of the folders. */
function placesOf(file: string, source: Source): string[] {
  if (file.includes('\0') || file === '') return [];
  const name = posix.normalize(file);
  const bases = source.folders.flatMap(({ asterisk, here }) => {
    if (!posix.isAbsolute(name)) return name.startsWith('..') ? [] : [join(here, name)];
    return name.startsWith(`${asterisk}/`) ? [join(here, name.slice(asterisk.length + 1))] : [];
  });
  return [...new Set(bases.flatMap(formsOf))];
}

/** MixMonitor writes `x.wav49` as `x.WAV` and `x` as `x.raw`; afterwards it may have been made something else. */
function formsOf(path: string): string[] {
  const [, base = path, extension] = /^(.*)\.([A-Za-z0-9]+)$/s.exec(path) ?? [];
  const stem = extension !== undefined && known.has(extension) ? base : path;
  const own = extension === 'wav49' ? ['WAV'] : stem === path ? ['raw'] : [];
  return [path, ...[...own, ...extensions].map((one) => `${stem}.${one}`)];
}

async function firstOf(paths: readonly string[], source: Source): Promise<Found> {
  const roots = (await Promise.all(source.folders.map(({ here }) => realOf(here)))).filter((root) => root !== null);
  let refused: Found | null = null;
  for (const path of paths) {
    const real = await realOf(path).catch((error: unknown) => {
      refused ??= { kind: 'unreadable', path, code: codeOf(error) };
      return null;
    });
    if (real === null) continue;
    if (!roots.some((root) => isWithin(root, real))) {
      refused ??= { kind: 'outside' };
      continue;
    }
    try {
      await using file = await openSound(real);
      if ((await file.stat()).isFile()) return { kind: 'found', path: real };
    } catch (error) {
      refused ??= { kind: 'unreadable', path: real, code: codeOf(error) };
    }
  }
  return refused ?? { kind: 'missing' };
}

/** Without links; null when nothing is there. */
async function realOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(codeOf(error))) return null;
    throw error;
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function matching(folder: string, pattern: string): Promise<string[]> {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const wanted = new RegExp(`^${parts.join('.*')}$`, 's');
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => wanted.test(name) && known.has(name.slice(name.lastIndexOf('.') + 1)))
    .toSorted()
    .slice(0, filesMax)
    .map((name) => join(folder, name));
}

/** The system's name of an error, such as ENOENT. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
