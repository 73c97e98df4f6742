import { StoreError } from '../store-error.ts';
import type { Cursor } from './conditions.ts';

/** Opaque for others: `<started at, unix ms>.<call's number>`. */
export function writeCursor(cursor: Cursor): string {
  return `${cursor.startedAtMs}.${cursor.no}`;
}

/** @throws StoreError with code `failed` */
export function readCursor(text: string): Cursor {
  const parts = /^(\d{1,15})\.(\d{1,15})$/.exec(text);
  if (parts === null) {
    throw new StoreError(
      'failed',
      'The cursor of the page is not one of ours.',
      'Pass `next` of the page before as it was given, or leave it out.',
    );
  }
  return { startedAtMs: Number(parts[1]), no: Number(parts[2]) };
}
