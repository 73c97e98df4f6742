// How far a source has been read, as it is stored.
import { z } from 'zod';
import type { PastSettings } from '../../settings/schema.ts';
import type { Store } from '../../store/store.ts';
import type { What } from './open-source.ts';
import { PastError, quoted } from './past-error.ts';
import type { Position } from './source.ts';

const positionSchema: z.ZodType<Position> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('id'), id: z.number() }),
  z.object({ kind: z.literal('time'), at: z.string(), seen: z.number() }),
  z.object({ kind: z.literal('file'), head: z.object({ bytes: z.number(), hash: z.string() }), offset: z.number() }),
]);

const progressSchema = z.object({
  /** Which table or file it is about; empty when only the time counts, as after `--reset-position`. */
  source: z.string(),
  /** Where the oldest unfinished contact begins: there reading goes on after a restart. */
  from: positionSchema,
  /** How far rows were read. */
  to: positionSchema,
  mark: z.string().nullable(),
  /** Unix ms of the newest row. */
  toAtMs: z.number().nullable(),
  /** Unix ms since when Patchcord is responsible: older contacts come by `patchcord backfill` only. */
  beginAtMs: z.number(),
});

export type Progress = z.output<typeof progressSchema>;

export function progressKey(what: What, pbx: string): string {
  return `${what}:${pbx}`;
}

/**
 * Null when nothing is stored.
 * @throws PastError when it cannot be understood
 */
export async function loadProgress(store: Store, key: string): Promise<Progress | null> {
  const text = await store.position(key);
  if (text === null || text === '') return null;
  try {
    return progressSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new PastError(
      `the stored position of ${key} cannot be read: ${quoted(text)}`,
      'patchcord backfill --reset-position, then patchcord backfill --from the beginning of the absence',
      error,
    );
  }
}

/** Remembers since when Patchcord is responsible, unless something is remembered already. */
export async function beginProgress(store: Store, key: string, nowMs: number): Promise<void> {
  if ((await store.position(key)) !== null) return;
  const nowhere: Position = { kind: 'id', id: 0 };
  const begun: Progress = { source: '', from: nowhere, to: nowhere, mark: null, toAtMs: null, beginAtMs: nowMs };
  await store.setPosition(key, JSON.stringify(begun));
}

/** The source as its settings name it, without user and password. */
export function sourceName({ url, csv, table }: PastSettings): string {
  if (csv !== undefined) return `csv:${csv}`;
  return `${(url ?? '').replace(/\/\/[^@/]*@/, '//')} ${table}`;
}

/**
 * Forgets the place in the table but not the time: reading goes on with the first row that is not much older than the last one read.
 * @returns unix ms of that last row; null when nothing (or nothing that can be understood) was stored, so that it begins anew
 * @throws StoreError
 */
export async function resetPosition(store: Store, what: What, pbx: string): Promise<number | null> {
  const key = progressKey(what, pbx);
  const progress = await loadProgress(store, key).catch((error: unknown) => {
    if (error instanceof PastError) return null;
    throw error;
  });
  await store.setPosition(key, progress === null ? '' : JSON.stringify({ ...progress, source: '' }));
  return progress?.toAtMs ?? null;
}
