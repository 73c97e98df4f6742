/** Why the past cannot be read, in one sentence that names the setting, with what to do about it. */
export class PastError extends Error {
  override readonly name = 'PastError';
  readonly mend: string;
  /** A warning where it may be so for good reason: Asterisk makes its CSV files with the first row. */
  readonly level: 'warning' | 'error';

  constructor(message: string, mend: string, cause?: unknown, level: 'warning' | 'error' = 'error') {
    super(message, { cause });
    this.mend = mend;
    this.level = level;
  }
}

/** Longer texts of a foreign table are nobody's name or number; they must not fill a log or a page. */
const quotedMax = 60;

/** A text out of a foreign table as part of a message. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > quotedMax ? `${text.slice(0, quotedMax)}…` : text);
}
