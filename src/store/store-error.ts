/**
 * What went wrong with the database, as far as it changes what the caller does.
 *
 * - `busy`: another process holds it; the same batch succeeds later.
 * - `full`: no room on its disk; the same batch succeeds when there is room.
 * - `lost`: the connection is gone, and whether the last commit happened is unknown; retry with the same `batchId`.
 * - `readonly`: the file or the folder may not be written.
 * - `open`: cannot be opened or reached, or the password is wrong.
 * - `url`: the setting `database` is not an address that we know.
 * - `newer`: the schema was written by a newer Patchcord.
 * - `damaged`: the file is not a database, or is broken.
 * - `failed`: anything else: a bug, or a table that somebody changed.
 */
export type StoreErrorCode = 'busy' | 'full' | 'lost' | 'readonly' | 'open' | 'url' | 'newer' | 'damaged' | 'failed';

const passing: ReadonlySet<StoreErrorCode> = new Set(['busy', 'full', 'lost', 'readonly']);

/** Every rejection of the store. Nothing of the failed batch is in the database (with `lost`: all of it or nothing). */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What the administrator does about it; names the setting. */
  readonly mend: string;

  constructor(code: StoreErrorCode, message: string, mend: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.mend = mend;
  }

  /** True when the same batch may succeed later without anybody changing it. */
  get retryable(): boolean {
    return passing.has(this.code);
  }
}
