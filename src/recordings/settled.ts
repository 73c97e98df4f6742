// Whether Asterisk is done with a file.
import type { Stats } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { extname } from 'node:path';
import { type Probe, probe } from './audio.ts';
import { openSound } from './find.ts';

const headBytes = 65_536;

export interface Patience {
  /** A finished file must look the same twice, so far apart. */
  quietMs: number;
  /** The same for sound without a header, which cannot tell that it is whole. */
  headerlessQuietMs: number;
  /** A file that says that it is not finished and has not grown for so long was left by a program that died. */
  abandonedMs: number;
  now: () => number;
  wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const usualPatience: Patience = {
  quietMs: 2000,
  headerlessQuietMs: 10_000,
  abandonedMs: 120_000,
  now: Date.now,
  wait: (ms, signal) => pause(ms, undefined, { signal }),
};

/** Unchanged for this long, a finished file is not looked at again: clocks of two machines do not differ by so much. */
const oldMs = 60_000;

export interface SettledFile {
  path: string;
  bytes: number;
  probe: Probe;
}

/** The files as they are when all are complete; null when one is still being written. @throws NodeJS.ErrnoException */
export async function settled(
  paths: readonly string[],
  patience: Patience,
  signal: AbortSignal,
): Promise<SettledFile[] | null> {
  const first = await Promise.all(paths.map(look));
  const restMs = Math.max(0, ...first.map((one) => restOf(one, patience)));
  if (restMs > 0) {
    await patience.wait(restMs, signal);
    const again = await Promise.all(paths.map(look));
    if (again.some((one, at) => !same(one, first[at]))) return null;
  }
  const growing = first.some(
    ({ probe: { finished }, stats }) => !finished && patience.now() - stats.mtimeMs < patience.abandonedMs,
  );
  return growing ? null : first.map(({ path, stats, probe: seen }) => ({ path, bytes: stats.size, probe: seen }));
}

interface Look {
  path: string;
  stats: Stats;
  probe: Probe;
}

async function look(path: string): Promise<Look> {
  // Opened, so that a network file system asks its server anew.
  await using file = await openSound(path);
  const stats = await file.stat();
  const head = Buffer.alloc(Math.min(headBytes, stats.size));
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return { path, stats, probe: probe(head.subarray(0, bytesRead), stats.size, extname(path).slice(1)) };
}

/** How long to wait before looking again. */
function restOf({ stats, probe: seen }: Look, patience: Patience): number {
  const ageMs = patience.now() - stats.mtimeMs;
  const hasHeader = seen.kind === 'audio' && seen.audio.offset > 0;
  if (hasHeader && seen.finished) return ageMs >= oldMs ? 0 : patience.quietMs;
  if (hasHeader || !seen.finished) return patience.quietMs;
  return ageMs >= 10 * oldMs ? 0 : patience.headerlessQuietMs;
}

function same(one: Look, other: Look | undefined): boolean {
  return one.stats.size === other?.stats.size && one.stats.mtimeMs === other.stats.mtimeMs;
}
