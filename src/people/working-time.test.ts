import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scheduleSchema, type Schedule } from './directory.ts';
import { addWorkingMin, working } from './working-time.ts';

const minuteMs = 60_000;
const at = (text: string): number => Date.parse(text);
const iso = (atMs: number): string => new Date(atMs).toISOString();

const weekdays = [1, 2, 3, 4, 5];
const scheduleOf = (about: object): Schedule =>
  scheduleSchema.parse({
    id: 's',
    name: 'S',
    timeZone: 'Europe/Moscow',
    week: [{ days: weekdays, from: '09:00', to: '18:00' }],
    ...about,
  });

describe('working hours', () => {
  const office = scheduleOf({
    holidays: [{ date: '2026-12-31', hours: { from: '09:00', to: '12:00' } }, { date: '2027-01-01' }],
  });

  it.each([
    ['2026-11-20T06:00:00.000Z', true], // Friday 09:00 in Moscow
    ['2026-11-20T05:59:59.999Z', false],
    ['2026-11-20T14:59:59.999Z', true],
    ['2026-11-20T15:00:00.000Z', false],
    ['2026-11-21T09:00:00.000Z', false],
    ['2026-12-31T08:00:00.000Z', true],
    ['2026-12-31T10:00:00.000Z', false],
    ['2027-01-01T09:00:00.000Z', false],
  ])('at %s: %s', (text, is) => {
    expect(working(office, at(text))).toBe(is);
  });

  it.each([
    ['2026-11-20T07:00:00.000Z', 60, '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T14:30:00.000Z', 30, '2026-11-20T15:00:00.000Z'],
    ['2026-11-20T14:30:00.000Z', 31, '2026-11-23T06:01:00.000Z'],
    ['2026-11-21T00:00:00.000Z', 1, '2026-11-23T06:01:00.000Z'],
    ['2026-12-31T08:00:00.000Z', 120, '2027-01-04T07:00:00.000Z'],
  ])('from %s, %d working minutes later', (from, minutes, to) => {
    expect(iso(addWorkingMin(office, at(from), minutes))).toBe(to);
  });

  it('are all hours without a schedule', () => {
    expect(working(null, 0)).toBe(true);
    expect(addWorkingMin(null, 0, 5)).toBe(5 * minuteMs);
  });

  it('go on when the clock does not: an hour that is left out, and one that comes twice', () => {
    const berlin = scheduleOf({ timeZone: 'Europe/Berlin', week: [{ days: [7], from: '00:00', to: '06:00' }] });
    // 2026-03-29: from 02:00 to 03:00 in one leap; five hours. 2026-10-25: from 03:00 back to 02:00; seven.
    expect(iso(addWorkingMin(berlin, at('2026-03-28T23:00:00Z'), 5 * 60))).toBe('2026-03-29T04:00:00.000Z');
    expect(iso(addWorkingMin(berlin, at('2026-10-24T22:00:00Z'), 7 * 60))).toBe('2026-10-25T05:00:00.000Z');
    expect(working(berlin, at('2026-10-25T00:30:00Z')) && working(berlin, at('2026-10-25T01:30:00Z'))).toBe(true);
  });

  it('may last until midnight and go on after it, and may overlap', () => {
    const night = scheduleOf({
      timeZone: 'UTC',
      week: [
        { days: [1], from: '22:00', to: '24:00' },
        { days: [2], from: '00:00', to: '06:00' },
        { days: [2], from: '05:00', to: '07:00' },
      ],
    });
    expect(iso(addWorkingMin(night, at('2026-11-23T23:00:00Z'), 8 * 60))).toBe('2026-11-24T07:00:00.000Z');
  });

  it('end the search when there are none', () => {
    const none = scheduleOf({ week: [] });
    expect(addWorkingMin(none, 0, 1)).toBe(3_660 * 24 * 60 * minuteMs);
  });
});

const zones = [
  'UTC',
  'Europe/Moscow',
  'Europe/Berlin',
  'America/Sao_Paulo',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/New_York',
];
// On the hour, outside what any of these zones leaves out or repeats of an hour: what an hour half gone means is for the tests above.
const hour = fc.integer({ min: 4, max: 24 });
const clock = (value: number): string => `${String(value).padStart(2, '0')}:00`;
const hours = fc
  .tuple(hour, hour)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => ({ from: clock(Math.min(a, b)), to: clock(Math.max(a, b)) }));
const anySchedule = fc
  .record({
    timeZone: fc.constantFrom(...zones),
    week: fc.array(
      fc.tuple(hours, fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 })).map(([one, days]) => ({ ...one, days })),
      { minLength: 1, maxLength: 4 },
    ),
    holidays: fc.constantFrom(
      [],
      [{ date: '2026-03-29' }, { date: '2026-10-25', hours: { from: '10:00', to: '11:00' } }],
    ),
  })
  .map(scheduleOf);
// Around both changes of the clock, north and south.
const moment = fc
  .integer({ min: at('2026-03-20T00:00:00Z') / minuteMs, max: at('2026-11-20T00:00:00Z') / minuteMs })
  .map((n) => n * minuteMs);

/** The same question answered by the wall clock of Intl, minute by minute. */
function wallClockSays(schedule: Schedule, atMs: number): boolean {
  const parts = new Map(
    new Intl.DateTimeFormat('en-GB', {
      timeZone: schedule.timeZone,
      hourCycle: 'h23',
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    })
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const day = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts.get('weekday') ?? '') + 1;
  const time = `${parts.get('hour')}:${parts.get('minute')}`;
  const holiday = schedule.holidays.find(
    ({ date }) => date === `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
  );
  const open = holiday ? [holiday.hours ?? []].flat() : schedule.week.filter(({ days }) => days.includes(day));
  return open.some(({ from, to }) => from <= time && time < to);
}

describe('for any schedule', () => {
  it('working says what the clock on the wall says', () => {
    fc.assert(
      fc.property(anySchedule, moment, (schedule, atMs) => {
        expect(working(schedule, atMs)).toBe(wallClockSays(schedule, atMs));
      }),
      { numRuns: 1_000 },
    );
  });

  it('exactly so many working minutes lie before the deadline, and the last of them is just before it', () => {
    fc.assert(
      fc.property(anySchedule, moment, fc.integer({ min: 1, max: 600 }), (schedule, atMs, minutes) => {
        const dueMs = addWorkingMin(schedule, atMs, minutes);
        expect(working(schedule, dueMs - 1)).toBe(true);
        let counted = 0;
        for (let each = atMs; each < dueMs; each += minuteMs) if (working(schedule, each)) counted += 1;
        expect(counted).toBe(minutes);
      }),
      { numRuns: 30 },
    );
  });

  it('in two steps it comes to the same', () => {
    fc.assert(
      fc.property(anySchedule, moment, fc.nat(2_000), fc.nat(2_000), (schedule, atMs, a, b) => {
        if (a + b === 0 || b === 0) return;
        expect(addWorkingMin(schedule, addWorkingMin(schedule, atMs, a), b)).toBe(addWorkingMin(schedule, atMs, a + b));
      }),
      { numRuns: 200 },
    );
  });
});
