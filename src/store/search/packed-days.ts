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

/** What one packed set covers. */
export interface Span {
  span: number;
  calls: number;
  /** Newest first. `first`: the position of the day's first call in the span's sets. `asked`: whether it may hold a result. */
  days: { day: number; calls: number; first: number; asked: boolean }[];
}

interface Hit {
  day: number;
  positions: number[];
}

/** The first look is at few spans, because a common filter fills its page from them; each next is at more. */
const spansFirst = 2;
const spansGrowth = 4;
const spansMax = 400;

/** Intersects the sets of packed spans, newest first, reading no more than is asked for. */
export class PackedDays {
  readonly #db: Db;
  readonly #spans: readonly Span[];
  readonly #terms: readonly string[];

  /** @param spans newest first, all days or all months */
  constructor(db: Db, spans: readonly Span[], terms: readonly string[]) {
    this.#db = db;
    this.#spans = spans;
    this.#terms = terms;
  }

  /** @param enough calls after which the list of a day's calls is fetched, before further days are */
  async *newestFirst(startedBeforeMs: number, enough: number): AsyncGenerator<PackedDay> {
    let size = spansFirst;
    for (let from = 0; from < this.#spans.length;) {
      const spans = this.#spans.slice(from, from + size);
      from += size;
      size = Math.min(size * spansGrowth, spansMax);
      for (const group of groupsOf(hitsOf(spans, await this.#intersectAll(spans)), enough)) {
        yield* await this.#withCalls(group, startedBeforeMs);
      }
    }
  }

  /** One term after the other, and each only for the spans that the terms before it have left. */
  async #intersectAll(spans: readonly Span[]): Promise<Map<number, Uint32Array>> {
    let left = new Map<number, Uint32Array>(spans.map(({ span, calls }) => [span, everything(calls)]));
    for (const term of this.#terms) {
      if (left.size === 0) break;
      const next = new Map<number, Uint32Array>();
      for (const row of await this.#bitsOf(term, [...left.keys()])) {
        const set = left.get(row.span);
        if (set !== undefined && intersect(set, row.bits)) next.set(row.span, set);
      }
      left = next;
    }
    return left;
  }

  #bitsOf(term: string, spans: readonly number[]): Promise<{ span: number; bits: Uint8Array }[]> {
    const query = this.#db.selectFrom('term_sets').select(['span', 'bits']).where('term', '=', term);
    const [newest, oldest] = [Math.max(...spans), Math.min(...spans)];
    // a range is one walk of the index; a list is one search for each
    const dense = spans.length * 3 > newest - oldest;
    return (
      dense ? query.where('span', '>=', oldest).where('span', '<=', newest) : query.where('span', 'in', spans)
    ).execute();
  }

  async #withCalls(hits: readonly Hit[], startedBeforeMs: number): Promise<PackedDay[]> {
    const rows = await this.#db
      .selectFrom('day_calls')
      .select(['day', 'nos'])
      .where(
        'day',
        'in',
        hits.map((hit) => hit.day),
      )
      .execute();
    const nos = new Map(rows.map((row) => [row.day, bufferOf(row.nos)]));
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
    const starts = bufferOf(row.starts);
    const offsetMs = startedBeforeMs - startOfDayMs(day);
    return positions.filter((position) => starts.readUInt32LE(position * 4) < offsetMs);
  }
}

/** Day by day, as far as somebody asks. */
function* hitsOf(spans: readonly Span[], sets: ReadonlyMap<number, Uint32Array>): Generator<Hit> {
  for (const { span, days } of spans) {
    const set = sets.get(span);
    if (set === undefined) continue;
    for (const { day, calls, first, asked } of days) {
      if (!asked) continue;
      const positions = positionsDown(set, first, first + calls);
      if (positions.length > 0) yield { day, positions: positions.map((position) => position - first) };
    }
  }
}

/** Days together until they have `enough` positions, and no more than 64 days: the lists of calls of a group come in one statement. */
function* groupsOf(hits: Iterable<Hit>, enough: number): Generator<Hit[]> {
  let group: Hit[] = [];
  let size = 0;
  for (const hit of hits) {
    group.push(hit);
    size += hit.positions.length;
    if (size < enough && group.length < 64) continue;
    yield group;
    group = [];
    size = 0;
  }
  if (group.length > 0) yield group;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
