// Finding the calls of a filter, newest first, in bounded time over any number of calls. Three ways, by what the filter asks:
//
// 1. A part of a number that few numbers have: those numbers' calls, from the index on the number.
// 2. Conditions that packed days and months know: one after the other, newest first, an intersection of the sets of pack.ts.
// 3. Nothing but a time: along the index on the start.
//
// Days that are not packed (today, and those that a late record has changed) are walked as in 3. Every way ends in the exact conditions.
import { sql } from 'kysely';
import { digitsOf } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import type { CallFilter } from '../store.ts';
import { conditions, type Cursor } from './conditions.ts';
import { PackedDays } from './packed-days.ts';
import { stretchesOf } from './stretches.ts';
import { termsOfFilter } from './terms.ts';

export interface Found {
  no: number;
  startedAtMs: number;
}

interface Asked {
  filter: CallFilter;
  cursor: Cursor | null;
  /** The numbers that the filter asks for; null when it asks for none or for too many to list. */
  numbers: readonly number[] | null;
}

/** With more numbers, or more calls of theirs, a page is found sooner by the days. */
const fewNumbers = 500;
const fewCalls = 1_000;

/** Runs inside one read, so that all statements see one state. */
export async function search(db: Db, filter: CallFilter, cursor: Cursor | null, limit: number): Promise<Found[]> {
  const numbers = await numbersOf(db, filter);
  if (numbers !== null && numbers.length === 0) return [];
  const asked = { filter, cursor, numbers };
  if (numbers !== null && (await callsOf(db, numbers)) <= fewCalls) return byNumbers(db, asked, numbers, limit);
  const terms = termsOfFilter(filter);
  if (terms.length === 0) return walk(db, asked, limit, null);
  return byDays(db, asked, limit, terms);
}

/** See `Asked.numbers`. */
async function numbersOf(db: Db, filter: CallFilter): Promise<number[] | null> {
  // a text without digits is in no number
  if ([filter.number, filter.e164].some((asked) => asked !== undefined && digitsOf(asked) === '')) return [];
  if (filter.e164 !== undefined) {
    const rows = await db
      .selectFrom('numbers')
      .select('id')
      .where('e164', '=', digitsOf(filter.e164))
      .limit(fewNumbers)
      .execute();
    if (rows.length === 0) return [];
    // a part of it, when both are asked, is for the exact conditions
    return filter.number === undefined && rows.length < fewNumbers ? rows.map((row) => row.id) : null;
  }
  if (filter.number === undefined) return null;
  const part = digitsOf(filter.number);
  const rows = await db
    .selectFrom('number_suffixes')
    .select('number_id as id')
    .where('suffix', '>=', part)
    // ":" follows "9"
    .where('suffix', '<', `${part}:`)
    .limit(fewNumbers * 2)
    .execute();
  return rows.length < fewNumbers * 2 ? [...new Set(rows.map((row) => row.id))] : null;
}

/** Counts no further than it matters. */
async function callsOf(db: Db, numbers: readonly number[]): Promise<number> {
  const some = db
    .selectFrom('calls')
    .select(sql`1`.as('one'))
    .where('number_id', 'in', numbers)
    .limit(fewCalls + 1);
  const { count } = await db
    .selectFrom(some.as('some'))
    .select((is) => is.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

async function byNumbers(db: Db, asked: Asked, numbers: readonly number[], limit: number): Promise<Found[]> {
  const rows = await db
    .selectFrom('calls')
    .select(['calls.no', 'calls.started_at'])
    .where('calls.number_id', 'in', numbers)
    .where(conditions(asked.filter, asked.cursor, asked.numbers))
    // not the bare column: its index must not tempt the planner to walk the whole history
    .orderBy(sql`calls.started_at + 0`, 'desc')
    .orderBy('calls.no', 'desc')
    .limit(limit)
    .execute();
  return rows.map(found);
}

/** Along the index on the start, within `range` (half-open). */
async function walk(
  db: Db,
  asked: Asked,
  limit: number,
  range: { fromMs: number; toMs: number } | null,
): Promise<Found[]> {
  let query = db
    .selectFrom('calls')
    .select(['calls.no', 'calls.started_at'])
    .where(conditions(asked.filter, asked.cursor, asked.numbers));
  if (range !== null)
    query = query.where('calls.started_at', '>=', range.fromMs).where('calls.started_at', '<', range.toMs);
  const rows = await query.orderBy('calls.started_at', 'desc').orderBy('calls.no', 'desc').limit(limit).execute();
  return rows.map(found);
}

async function byDays(db: Db, asked: Asked, limit: number, terms: string[]): Promise<Found[]> {
  const results: Found[] = [];
  for (const stretch of await stretchesOf(db, asked.filter, asked.cursor)) {
    const missing = limit - results.length;
    if (missing === 0) break;
    const some =
      stretch.kind === 'unpacked'
        ? walk(db, asked, missing, stretch)
        : fromPacked(db, new PackedDays(db, stretch.spans, terms), asked, missing);
    results.push(...(await some));
  }
  return results;
}

/** How many candidates are checked in one statement. */
const checkMax = 1_000;

async function fromPacked(db: Db, days: PackedDays, asked: Asked, limit: number): Promise<Found[]> {
  const results: Found[] = [];
  const startedBeforeMs = asked.cursor === null ? Infinity : asked.cursor.startedAtMs + 1;
  // Nearly every candidate is a result, so the first look is little more than what is missing; when they are not, it grows.
  let look = limit + 10;
  let candidates: number[] = [];
  const check = async (): Promise<void> => {
    const some = candidates.splice(0, look);
    const rows = await db
      .selectFrom('calls')
      .select(['calls.no', 'calls.started_at'])
      .where('calls.no', 'in', some)
      .where(conditions(asked.filter, asked.cursor, asked.numbers))
      .execute();
    // candidates come newest first, and so do those of later looks
    rows.sort((a, b) => b.started_at - a.started_at || b.no - a.no);
    results.push(...rows.map(found));
    look = Math.min(look * 2, checkMax);
  };
  for await (const piece of days.candidates(startedBeforeMs, look)) {
    candidates.push(...piece);
    while (candidates.length >= look && results.length < limit) await check();
    if (results.length >= limit) return results.slice(0, limit);
  }
  while (candidates.length > 0 && results.length < limit) await check();
  return results.slice(0, limit);
}

function found(row: { no: number; started_at: number }): Found {
  return { no: row.no, startedAtMs: row.started_at };
}
