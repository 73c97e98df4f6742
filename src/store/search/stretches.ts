import { dayOf, startOfDayMs } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import type { CallFilter } from '../store.ts';
import type { Cursor } from './conditions.ts';
import type { Span } from './packed-days.ts';
import { firstDayOf, monthOf, spanOfDay, spanOfMonth } from './spans.ts';

/** Neighbouring days that are searched in the same way. */
export type Stretch =
  { kind: 'unpacked'; fromMs: number; toMs: number } | { kind: 'days' | 'months'; /** Newest first. */ spans: Span[] };

interface Day {
  day: number;
  calls: number;
  version: number;
  packed_version: number | null;
}

/** Everything that may hold a result, newest first. */
export async function stretchesOf(db: Db, filter: CallFilter, cursor: Cursor | null): Promise<Stretch[]> {
  const newest = dayOf(Math.min(cursor?.startedAtMs ?? Infinity, msOf(filter.to) ?? Infinity));
  const oldest = dayOf(msOf(filter.from) ?? -Infinity);
  const asked = ({ day }: Day): boolean => day <= newest && day >= oldest;
  const days = await daysOf(db, newest, oldest);
  const packed = new Map((await db.selectFrom('months').selectAll().execute()).map((row) => [row.month, row.versions]));
  const stretches: Stretch[] = [];
  for (const [month, ofMonth] of Map.groupBy(days, (row) => monthOf(row.day))) {
    if (!ofMonth.some(asked)) continue;
    if (packed.get(month) === ofMonth.reduce((sum, row) => sum + row.version, 0)) {
      addSpan(stretches, 'months', spanOver(spanOfMonth(month), ofMonth, asked));
      continue;
    }
    for (const row of ofMonth.filter(asked)) {
      if (row.packed_version === row.version) addSpan(stretches, 'days', spanOver(spanOfDay(row.day), [row], asked));
      else addUnpacked(stretches, row.day);
    }
  }
  return stretches;
}

/** Newest first; whole months, because a month's sets count the calls from its first day. */
function daysOf(db: Db, newest: number, oldest: number): Promise<Day[]> {
  let query = db.selectFrom('days').select(['day', 'calls', 'version', 'packed_version']);
  if (Number.isFinite(newest)) query = query.where('day', '<', firstDayOf(monthOf(newest) + 1));
  if (Number.isFinite(oldest)) query = query.where('day', '>=', firstDayOf(monthOf(oldest)));
  return query.orderBy('day', 'desc').execute();
}

/** @param days newest first, all of the span */
function spanOver(span: number, days: readonly Day[], asked: (day: Day) => boolean): Span {
  let first = days.reduce((sum, row) => sum + row.calls, 0);
  const calls = first;
  return {
    span,
    calls,
    days: days.map((row) => ({ day: row.day, calls: row.calls, first: (first -= row.calls), asked: asked(row) })),
  };
}

function addSpan(stretches: Stretch[], kind: 'days' | 'months', span: Span): void {
  const last = stretches.at(-1);
  if (last?.kind === kind) last.spans.push(span);
  else stretches.push({ kind, spans: [span] });
}

function addUnpacked(stretches: Stretch[], day: number): void {
  const last = stretches.at(-1);
  if (last?.kind === 'unpacked') last.fromMs = startOfDayMs(day);
  else stretches.push({ kind: 'unpacked', fromMs: startOfDayMs(day), toMs: startOfDayMs(day + 1) });
}

function msOf(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Date.parse(iso);
}
