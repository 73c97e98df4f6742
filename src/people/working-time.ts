// Working hours in their own time zone, holidays and changes of the clock included.
import { Temporal } from 'temporal-polyfill';
import type { Schedule } from './directory.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** How far ahead working time is looked for. Nobody waits longer, and a schedule may have no working time at all. */
const lookAheadDays = 3_660;

/** Working time from `fromMs` until before `toMs` (unix ms). */
interface Stretch {
  fromMs: number;
  toMs: number;
}

/** Whether it is working time. Without a schedule it always is. */
export function working(schedule: Schedule | null, atMs: number): boolean {
  if (!schedule) return true;
  return stretchesOf(schedule, dateAt(schedule, atMs)).some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
}

/**
 * When so many minutes of working time have passed. Without a schedule every minute counts; with one that has no working time within ten
 * years, those ten years are the answer.
 * @param atMs unix ms
 */
export function addWorkingMin(schedule: Schedule | null, atMs: number, minutes: number): number {
  if (!schedule) return atMs + minutes * minuteMs;
  let leftMs = minutes * minuteMs;
  let date = dateAt(schedule, atMs);
  for (let day = 0; day < lookAheadDays; day += 1) {
    for (const { fromMs, toMs } of stretchesOf(schedule, date)) {
      const beginMs = Math.max(fromMs, atMs);
      if (beginMs >= toMs) continue;
      if (leftMs <= toMs - beginMs) return beginMs + leftMs;
      leftMs -= toMs - beginMs;
    }
    date = date.add({ days: 1 });
  }
  return atMs + lookAheadDays * dayMs;
}

function dateAt(schedule: Schedule, atMs: number): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(Math.trunc(atMs)).toZonedDateTimeISO(schedule.timeZone).toPlainDate();
}

/** The working time of one day, in order, without overlaps. */
function stretchesOf(schedule: Schedule, date: Temporal.PlainDate): Stretch[] {
  const holiday = schedule.holidays.find((one) => one.date === date.toString());
  const hours = holiday
    ? holiday.hours
      ? [holiday.hours]
      : []
    : schedule.week.filter(({ days }) => days.includes(date.dayOfWeek));
  const stretches = hours
    .map(({ from, to }) => ({
      fromMs: instantOf(schedule, date, from, 'compatible'),
      // An hour that the clock goes through twice is worked twice.
      toMs: instantOf(schedule, date, to, 'later'),
    }))
    .toSorted((a, b) => a.fromMs - b.fromMs);
  const joined: Stretch[] = [];
  for (const stretch of stretches) {
    const last = joined.at(-1);
    if (last && stretch.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, stretch.toMs);
    else joined.push(stretch);
  }
  return joined;
}

function instantOf(
  schedule: Schedule,
  date: Temporal.PlainDate,
  clock: string,
  disambiguation: 'compatible' | 'later',
): number {
  const isMidnight = clock === '24:00';
  const [hour = 0, minute = 0] = isMidnight ? [0, 0] : clock.split(':').map(Number);
  return (isMidnight ? date.add({ days: 1 }) : date)
    .toPlainDateTime({ hour, minute })
    .toZonedDateTime(schedule.timeZone, { disambiguation }).epochMilliseconds;
}
