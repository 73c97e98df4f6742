// A CSV file that Asterisk writes (cel_custom, cdr_csv) as a source of rows: followed as it grows, found again after it was rotated.
import { createHash } from 'node:crypto';
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { csvRecords } from '../cel-row.ts';
import { recordEnds } from './csv-records.ts';
import { PastError } from './past-error.ts';
import type { Cell, Chunk, FileHead, Position, Source, Standing } from './source.ts';
import type { WallClock } from './wall-clock.ts';

/** What a file is known by: it begins with a call of its own. */
const headBytes = 256;
const pieceBytes = 1 << 18;
/** A longer record is none: a quote is missing, or somebody made it. */
const recordBytesMax = 1 << 20;

export interface CsvFormat {
  /** Usual names of the columns, in order. */
  columns: readonly string[];
  /** Which of them is the time. */
  time: string;
}

/** One file of the series: the one that is written, or one that was rotated away and not compressed. */
interface Part {
  path: string;
  bytes: number;
  modifiedMs: number;
}

/** @throws PastError when the file is not there */
export async function csvSource(path: string, format: CsvFormat, clock: WallClock, setting: string): Promise<Source> {
  const source = new CsvFile(path, format, clock, setting);
  await source.end();
  return source;
}

class CsvFile implements Source {
  readonly isOrdered = true;
  readonly columns: readonly string[];
  readonly ownNames: readonly string[];
  readonly #path: string;
  readonly #timeAt: number;
  readonly #clock: WallClock;
  readonly #setting: string;

  constructor(path: string, format: CsvFormat, clock: WallClock, setting: string) {
    this.columns = format.columns;
    this.ownNames = format.columns;
    this.#path = path;
    this.#timeAt = format.columns.indexOf(format.time);
    this.#clock = clock;
    this.#setting = setting;
  }

  async end(): Promise<Position> {
    const { bytes } = await this.#told(stat(this.#path).then(({ size }) => ({ bytes: size })));
    return { kind: 'file', head: await this.#headOf(this.#path), offset: bytes };
  }

  async placeAt(atMs: number): Promise<Position> {
    const parts = await this.#parts();
    const part = parts.find(({ modifiedMs }) => modifiedMs >= atMs) ?? parts.at(-1);
    if (!part) return this.end();
    const head = await this.#headOf(part.path);
    const handle = await open(part.path);
    try {
      let [low, high] = [0, part.bytes];
      while (high - low > pieceBytes) {
        const middle = Math.floor((low + high) / 2);
        const found = await this.#timeAfter(handle, middle, high);
        if (found === null || found >= atMs) high = middle;
        else low = middle;
      }
      return { kind: 'file', head, offset: low === 0 ? 0 : await this.#nextLine(handle, low) };
    } finally {
      await handle.close();
    }
  }

  async read(from: Position, limit: number): Promise<Chunk> {
    const { head, offset } = fileOf(from);
    const parts = await this.#parts();
    const at = await this.#find(parts, head, offset);
    const part = parts[at];
    if (!part) throw this.#lost();
    const isCurrent = at === parts.length - 1;
    const partHead = await this.#headOf(part.path);
    const { rows, starts, nextOffset } = await readRecords(part, offset, limit, !isCurrent);
    const next = parts[at + 1];
    const over = nextOffset >= part.bytes || rows.length === 0;
    const goesOn = next !== undefined && over;
    return {
      rows,
      startOf: (index) => ({ kind: 'file', head: partHead, offset: starts[index] ?? offset }),
      next: goesOn
        ? { kind: 'file', head: await this.#headOf(next.path), offset: 0 }
        : { kind: 'file', head: partHead, offset: nextOffset },
      isLast: isCurrent && rows.length < limit,
    };
  }

  async tail(limit: number): Promise<Cell[][]> {
    const part = (await this.#parts()).at(-1);
    if (!part) return [];
    const handle = await open(part.path);
    let offset = Math.max(0, part.bytes - pieceBytes);
    try {
      if (offset > 0) offset = await this.#nextLine(handle, offset);
    } finally {
      await handle.close();
    }
    return (await readRecords(part, offset, Infinity, false)).rows.slice(-limit);
  }

  markAt(): Promise<string | null> {
    return Promise.resolve(null);
  }

  async verify(at: Position): Promise<Standing> {
    const { head, offset } = fileOf(at);
    const found = await this.#find(await this.#parts(), head, offset);
    if (found >= 0) return { state: 'same' };
    return {
      state: 'gone',
      message: `the file was replaced, and no file beside ${basename(this.#path)} goes on where reading ended`,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Oldest first; the file itself is the last. */
  async #parts(): Promise<Part[]> {
    const folder = dirname(this.#path);
    const name = basename(this.#path);
    const names = (await this.#told(readdir(folder))).filter(
      (one) => one.startsWith(name) && one !== name && !/\.(?:gz|bz2|xz|zst|zip|tmp)$/.test(one),
    );
    const others: Part[] = [];
    for (const one of names) {
      const path = join(folder, one);
      const found = await stat(path).catch(() => null);
      if (found?.isFile()) others.push({ path, bytes: found.size, modifiedMs: found.mtimeMs });
    }
    others.sort((a, b) => a.modifiedMs - b.modifiedMs);
    const { size, mtimeMs } = await this.#told(stat(this.#path));
    return [...others, { path: this.#path, bytes: size, modifiedMs: mtimeMs }];
  }

  /** Index of the part that a place is in; -1 when it is nowhere any more. */
  async #find(parts: readonly Part[], head: FileHead, offset: number): Promise<number> {
    for (let at = parts.length - 1; at >= 0; at -= 1) {
      const part = parts[at];
      if (!part || part.bytes < offset || part.bytes < head.bytes) continue;
      if ((await this.#headOf(part.path, head.bytes)).hash === head.hash) return at;
    }
    return -1;
  }

  async #headOf(path: string, bytes = headBytes): Promise<FileHead> {
    const handle = await this.#told(open(path));
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      const hash = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('base64url').slice(0, 22);
      return { bytes: bytesRead, hash };
    } finally {
      await handle.close();
    }
  }

  /** Time of the first record that begins after a place and can be read; null when there is none before `endOffset`. */
  async #timeAfter(handle: FileHandle, offset: number, endOffset: number): Promise<number | null> {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(pieceBytes), 0, pieceBytes, offset);
    const text = buffer.subarray(0, Math.min(bytesRead, endOffset - offset)).toString('utf8');
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
      const line = text.slice(at + 1, text.indexOf('\n', at + 1));
      const [record] = csvRecords(line);
      const atMs = this.#clock.read(record?.fields[this.#timeAt] ?? '', () => 0);
      if (atMs !== null && record?.fields.length === this.columns.length) return atMs;
    }
    return null;
  }

  async #nextLine(handle: FileHandle, offset: number): Promise<number> {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(pieceBytes), 0, pieceBytes, offset);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    return end < 0 ? offset : offset + end + 1;
  }

  async #told<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      const { code = 'unknown' } = error as NodeJS.ErrnoException;
      throw new PastError(
        `${this.#setting}.csv: ${this.#path} cannot be read (${code})`,
        'Check the path, that Asterisk writes this file, and that this user may read it and its folder',
        error,
        code === 'ENOENT' ? 'warning' : 'error',
      );
    }
  }

  #lost(): PastError {
    return new PastError(
      `${this.#setting}.csv: the place in ${this.#path} up to which it was read is gone`,
      'patchcord backfill --reset-position',
    );
  }
}

/** @param whole the file is written no more, so its end is the end of a record */
async function readRecords(
  part: Part,
  offset: number,
  limit: number,
  whole: boolean,
): Promise<{ rows: Cell[][]; starts: number[]; nextOffset: number }> {
  const handle = await open(part.path);
  try {
    const rows: Cell[][] = [];
    const starts: number[] = [];
    let at = offset;
    let size = pieceBytes;
    while (rows.length < limit) {
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, at);
      const piece = buffer.subarray(0, bytesRead);
      const isEnd = bytesRead < size;
      const ends = recordEnds(piece, whole && isEnd, limit - rows.length);
      let start = 0;
      for (const end of ends) {
        const [record] = csvRecords(piece.toString('utf8', start, end));
        if (record) {
          rows.push(record.fields);
          starts.push(at + start);
        }
        start = end;
      }
      at += start;
      if (isEnd && rows.length < limit) break;
      // One record is larger than the piece: a larger piece, up to where it must be an error; then its first line is left out.
      if (ends.length > 0) size = pieceBytes;
      else if (size < recordBytesMax) size *= 2;
      else at += Math.max(1, piece.indexOf(10) + 1);
    }
    return { rows, starts, nextOffset: at };
  } finally {
    await handle.close();
  }
}

function fileOf(position: Position): { head: FileHead; offset: number } {
  if (position.kind !== 'file') throw new TypeError(`a place by ${position.kind} in a file`);
  return position;
}
