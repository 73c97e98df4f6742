/** Where a command writes: standard output and error, or what a test gives. */
export interface Terminal {
  readonly isTty: boolean;
  readonly colours: boolean;
  /** Width in columns; Infinity when it is no terminal. */
  columns(): number;
  rows(): number;
  /** A line of the result. */
  line(text: string): void;
  /** Text as it is, without a line end. */
  write(text: string): void;
  /** A line beside the result: progress, warnings. */
  note(text: string): void;
}

/** The process's own. Colours only on a terminal, and not when NO_COLOR asks for none. */
export const terminal: Terminal = {
  isTty: process.stdout.isTTY,
  colours: process.stdout.isTTY && !process.env['NO_COLOR'],
  // A terminal that does not tell its size says 0.
  columns: () => (process.stdout.isTTY ? process.stdout.columns || 80 : Infinity),
  rows: () => (process.stdout.isTTY ? process.stdout.rows || 24 : Infinity),
  line: (text) => void process.stdout.write(`${text}\n`),
  write: (text) => void process.stdout.write(text),
  note: (text) => void process.stderr.write(`${text}\n`),
};
