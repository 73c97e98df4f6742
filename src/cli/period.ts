import { badInput } from './failure.ts';

const hourMs = 3_600_000;
const unitsMs: Record<string, number> = { m: 60_000, h: hourMs, d: 24 * hourMs, w: 7 * 24 * hourMs };

export const timeHelp =
  'today, yesterday, 2026-11-20, 2026-11-20T09:30, 3h (ago; also m, d, w), or ISO-8601 with a zone';

/** A half-open stretch of time, as ISO UTC; what is absent has no limit. */
export interface Period {
  from?: string;
  to?: string;
}

/**
 * The stretch of time that a person means. Days are those of this machine's time zone, and a day as the end is meant with all of it:
 * `--from 2026-11-20 --to 2026-11-20` is that day.
 * @throws CommandFailure (2) when a text is no time or the end is not after the beginning
 */
export function periodOf(given: { from?: string | undefined; to?: string | undefined }, nowMs: number): Period {
  const fromMs = given.from === undefined ? null : timeOf(given.from, nowMs, '--from').startMs;
  const toMs = given.to === undefined ? null : timeOf(given.to, nowMs, '--to').endMs;
  if (fromMs !== null && toMs !== null && fromMs >= toMs) throw badInput('--to is not after --from');
  return {
    ...(fromMs === null ? {} : { from: new Date(fromMs).toISOString() }),
    ...(toMs === null ? {} : { to: new Date(toMs).toISOString() }),
  };
}

function timeOf(text: string, nowMs: number, option: string): { startMs: number; endMs: number } {
  const now = new Date(nowMs);
  if (text === 'now') return at(nowMs);
  if (text === 'today') return dayOf(now.getFullYear(), now.getMonth(), now.getDate());
  if (text === 'yesterday') return dayOf(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  const [, count, unit = ''] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined) return at(nowMs - Number(count) * (unitsMs[unit] ?? 0));
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (year !== undefined) {
    const found = dayOf(Number(year), Number(month) - 1, Number(date));
    const day = new Date(found.startMs);
    // The calendar takes 30 February for 2 March and a 13th month for next year; a person does not.
    if (day.getMonth() === Number(month) - 1 && day.getDate() === Number(date)) return found;
  } else if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?$/.test(text)) {
    const ms = new Date(text.replace(' ', 'T')).getTime();
    if (!Number.isNaN(ms)) return at(ms);
  }
  throw badInput(`${option} ${JSON.stringify(text.slice(0, 60))} is no time`, `Give one of: ${timeHelp}`);
}

function at(ms: number): { startMs: number; endMs: number } {
  return { startMs: ms, endMs: ms };
}

/** A day by the calendar: with a change to or from summer time it has 23 or 25 hours. */
function dayOf(year: number, month: number, date: number): { startMs: number; endMs: number } {
  return { startMs: new Date(year, month, date).getTime(), endMs: new Date(year, month, date + 1).getTime() };
}
