// Where rows of the past come from, table or file, as the reader of rows sees it.

/** A value as the source has it; times are texts. */
export type Cell = string | number | null;

/** A place between two rows. Plain JSON, so that it can be stored. */
export type Position =
  /** After the row with this id. */
  | { kind: 'id'; id: number }
  /** After so many rows of this time, as the table writes it: for tables that do not number their rows. */
  | { kind: 'time'; at: string; seen: number }
  /** In the file that begins like this one did, whatever it is called by now. */
  | { kind: 'file'; head: FileHead; offset: number };

/** The first bytes of a file, by which it is known after it was renamed or copied away. */
export interface FileHead {
  bytes: number;
  hash: string;
}

export interface Chunk {
  /** Values in the order of `Source.columns`. */
  rows: Cell[][];
  /** The place before a row of this chunk. */
  startOf(index: number): Position;
  /** The place after the last row. */
  next: Position;
  /** No more rows are there at present. */
  isLast: boolean;
}

/** What became of a place that was reached before. */
export type Standing =
  | { state: 'same' }
  /** The source ends before that place, or has other rows there: it was made anew. */
  | { state: 'gone'; message: string };

export interface Source {
  /** The usual names (`eventtime`, `uniqueid`, …) of what each row holds, in order; a column without a usual name under its own. */
  readonly columns: readonly string[];
  /** The same columns by the names that they have there. */
  readonly ownNames: readonly string[];
  /** False when nothing tells in which order rows of one moment were written. */
  readonly isOrdered: boolean;
  /** The place before the first row that is not earlier than this (unix ms); a little earlier is fine. */
  placeAt(atMs: number): Promise<Position>;
  /** The place after the last row. */
  end(): Promise<Position>;
  /** Rows after a place, at most about `limit`. */
  read(from: Position, limit: number): Promise<Chunk>;
  /** The last rows, oldest first. */
  tail(limit: number): Promise<Cell[][]>;
  /** Whether a place that was reached before still stands. `mark`: what `markAt` gave there. */
  verify(at: Position, mark: string | null): Promise<Standing>;
  /** Something by which the last row before a place is known again; null when there is nothing. */
  markAt(at: Position): Promise<string | null>;
  close(): Promise<void>;
}
