import { startOfDayMs } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import { everything, intersect, positionsDown } from './bits.ts';

/** A packed day with calls that meet all terms. */
export interface PackedDay {
  day: number;
  /** Falling, so newest first. */
  positions: number[];
  /** The day's calls: 8 bytes of floating point per position. */
  nos: Buffer;
}

interface Day {
  day: number;
  calls: number;
}

/** The first look is at few days, because a common filter fills its page from them; each next is at more. */
const daysFirst = 4;
const daysGrowth = 4;
const daysMax = 400;

/** Intersects the sets of packed days, newest first, reading no more days than are asked for. */
export class PackedDays {
  readonly #db: Db;
  readonly #days: readonly Day[];
  readonly #terms: readonly string[];

  /** @param days newest first */
  constructor(db: Db, days: readonly Day[], terms: readonly string[]) {
    this.#db = db;
    this.#days = days;
    this.#terms = terms;
  }

  /** @param enough calls after which the list of a day's calls is fetched, before further days are */
  async *newestFirst(startedBeforeMs: number, enough: number): AsyncGenerator<PackedDay> {
    let size = daysFirst;
    for (let from = 0; from < this.#days.length;) {
      const days = this.#days.slice(from, from + size);
      from += size;
      size = Math.min(size * daysGrowth, daysMax);
      const hits = await this.#intersectAll(days);
      for (const group of groupsOf(hits, enough)) yield* await this.#withCalls(group, startedBeforeMs);
    }
  }

  /** One term after the other, and each only for the days that the terms before it have left. */
  async #intersectAll(days: readonly Day[]): Promise<{ day: number; positions: number[] }[]> {
    let left = new Map<number, Uint8Array>(days.map(({ day, calls }) => [day, everything(calls)]));
    for (const term of this.#terms) {
      if (left.size === 0) break;
      const bits = await this.#bitsOf(term, [...left.keys()]);
      const next = new Map<number, Uint8Array>();
      for (const row of bits) {
        const set = left.get(row.day);
        if (set !== undefined && intersect(set, row.bits)) next.set(row.day, set);
      }
      left = next;
    }
    return [...left].sort((a, b) => b[0] - a[0]).map(([day, set]) => ({ day, positions: positionsDown(set) }));
  }

  #bitsOf(term: string, days: readonly number[]): Promise<{ day: number; bits: Uint8Array }[]> {
    const query = this.#db.selectFrom('day_terms').select(['day', 'bits']).where('term', '=', term);
    const [newest, oldest] = [Math.max(...days), Math.min(...days)];
    // a range is one walk of the index; a list is one search for each day
    const dense = days.length * 3 > newest - oldest;
    return (
      dense ? query.where('day', '>=', oldest).where('day', '<=', newest) : query.where('day', 'in', days)
    ).execute();
  }

  async #withCalls(hits: { day: number; positions: number[] }[], startedBeforeMs: number): Promise<PackedDay[]> {
    const rows = await this.#db
      .selectFrom('day_calls')
      .select(['day', 'nos'])
      .where(
        'day',
        'in',
        hits.map((hit) => hit.day),
      )
      .execute();
    const nos = new Map(rows.map((row) => [row.day, Buffer.from(row.nos.buffer, row.nos.byteOffset, row.nos.length)]));
    const found: PackedDay[] = [];
    for (const { day, positions } of hits) {
      const ofDay = nos.get(day);
      if (ofDay === undefined) continue;
      const cut = startedBeforeMs < startOfDayMs(day + 1);
      found.push({
        day,
        nos: ofDay,
        positions: cut ? await this.#startedBefore(day, positions, startedBeforeMs) : positions,
      });
    }
    return found;
  }

  /** Leaves out what a page before has shown: a full day would be thousands of candidates for nothing. */
  async #startedBefore(day: number, positions: number[], startedBeforeMs: number): Promise<number[]> {
    const row = await this.#db.selectFrom('day_calls').select('starts').where('day', '=', day).executeTakeFirst();
    if (row === undefined) return positions;
    const starts = Buffer.from(row.starts.buffer, row.starts.byteOffset, row.starts.length);
    const offsetMs = startedBeforeMs - startOfDayMs(day);
    return positions.filter((position) => starts.readUInt32LE(position * 4) < offsetMs);
  }
}

/** Days together until they have `enough` positions, and no more than 64 days: the lists of calls of a group come in one statement. */
function groupsOf<Hit extends { positions: number[] }>(hits: readonly Hit[], enough: number): Hit[][] {
  const groups: Hit[][] = [];
  let size = Infinity;
  for (const hit of hits) {
    const last = groups.at(-1);
    if (last === undefined || size >= enough || last.length >= 64) {
      groups.push([hit]);
      size = hit.positions.length;
    } else {
      last.push(hit);
      size += hit.positions.length;
    }
  }
  return groups;
}
