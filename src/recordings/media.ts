// Recordings for those who send them on or play them: adapters and HTTP.
import { stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { createLinks, type LinkVerdict } from './links.ts';
import { type MediaRow, mediaTable } from './media-table.ts';
import type { Dialect } from '../store/dialect.ts';

export interface KeptRecording {
  path: string;
  bytes: number;
  durationMs: number;
  contentType: string;
  fileName: string;
  peaks: Uint8Array | null;
}

export interface MediaFiles {
  /** The recording of a call (or of the call that it was merged into); null when there is none, or none yet. */
  file(callId: string): Promise<KeptRecording | null>;
  /** What became of it, ready or not; null when nothing has yet. */
  state(callId: string): Promise<MediaRow | null>;
  /** See `Media.link` of the adapters' contract. */
  link(callId: string, lifeSec: number): string | null;
  verify(callId: string, expires: string | undefined, signature: string | undefined): LinkVerdict;
}

export function createMedia(given: {
  database: Dialect;
  /** The setting `recordings.folder`. */
  folder: string;
  publicUrl: string | null;
  /** The key of the installation. */
  key: Buffer | string;
  now: () => number;
}): MediaFiles {
  const table = mediaTable(given.database);
  const links = createLinks(given.key, given.now);
  return {
    state: (callId) => table.get(callId),
    async file(callId) {
      const row = await table.get(callId);
      if (row?.state !== 'ready' || row.file === null) return null;
      const path = join(given.folder, row.file);
      if (!path.startsWith(given.folder + sep)) return null;
      // It may have been taken away by hand.
      const stats = await stat(path).catch(() => null);
      if (!stats?.isFile()) return null;
      return {
        path,
        bytes: stats.size,
        durationMs: row.durationMs ?? 0,
        contentType: row.contentType ?? 'application/octet-stream',
        fileName: basename(row.file),
        peaks: row.peaks,
      };
    },
    link: (callId, lifeSec) => (given.publicUrl === null ? null : given.publicUrl + links.path(callId, lifeSec)),
    verify: (callId, expires, signature) => links.verify(callId, expires, signature),
  };
}
