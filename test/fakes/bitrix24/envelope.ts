import { isoAt } from './time.ts';

/** An answer of HTTP 400 or worse. An empty code is what telephony and the old crm methods really send. */
export class RestError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: Record<string, string>;

  constructor(code: string, description: string, status = 400, extra: Record<string, string> = {}) {
    super(description);
    this.code = code;
    this.status = status;
    this.extra = extra;
  }
}

/** The error without a code. */
export const domainError = (text: string): RestError => new RestError('', text);

/** A list's answer: what `result` holds, and the paging beside it. */
export class Listed {
  readonly result: unknown;
  readonly total: number;
  readonly next: number | undefined;

  constructor(result: unknown, total: number, next: number | undefined) {
    this.result = result;
    this.total = total;
    this.next = next;
  }
}

const PAGE = 50;

/** One page of 50 from `start`; -1 skips the counting: total 0 and no `next`. */
export function page<T>(rows: T[], start: number, wrap: (rows: T[]) => unknown = (rows) => rows): Listed {
  if (start < 0) return new Listed(wrap(rows.slice(0, PAGE)), 0, undefined);
  const next = start + PAGE < rows.length ? start + PAGE : undefined;
  return new Listed(wrap(rows.slice(start, start + PAGE)), rows.length, next);
}

export interface Timing {
  startMs: number;
  finishMs: number;
  /** Absent on a box. */
  operating?: { seconds: number; resetAtMs: number };
}

/** The `time` member of a success. */
export function timeOf(timing: Timing, offsetMinutes: number): Record<string, unknown> {
  const { startMs, finishMs, operating } = timing;
  const duration = (finishMs - startMs) / 1000;
  return {
    start: startMs / 1000,
    finish: finishMs / 1000,
    duration,
    processing: duration,
    date_start: isoAt(startMs, offsetMinutes),
    date_finish: isoAt(finishMs, offsetMinutes),
    ...(operating && { operating_reset_at: Math.floor(operating.resetAtMs / 1000), operating: operating.seconds }),
  };
}

/** One method's outcome, as the envelope and batch both need it. */
export type Outcome =
  | { ok: true; result: unknown; total?: number; next?: number; time: Record<string, unknown> }
  | { ok: false; error: RestError };

export function errorBody(error: RestError, emptyCodes: boolean): Record<string, unknown> {
  const code = error.code === '' && !emptyCodes ? 'ERROR_CORE' : error.code;
  return { error: code, error_description: error.message, ...error.extra };
}

export function successBody(outcome: Extract<Outcome, { ok: true }>): Record<string, unknown> {
  const { result, total, next, time } = outcome;
  return { result, ...(next !== undefined && { next }), ...(total !== undefined && { total }), time };
}
