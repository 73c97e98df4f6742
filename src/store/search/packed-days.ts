import { dayOf } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import { countUpTo, everything, intersect, positionsDown } from './bits.ts';
import { callsAt, partOf, partPositions, startedBefore } from './places.ts';

/** What one packed set covers. */
export interface Span {
  span: number;
  calls: number;
  /** Newest first. `first`: the position of the day's first call in the span's sets. `asked`: whether it may hold a result. */
  days: { day: number; calls: number; first: number; asked: boolean }[];
}

interface Hit {
  part: number;
  /** Within the part; falling, so newest first. */
  positions: number[];
}

/** The first look is at few spans, because a common filter fills its page from them; each next is at more. */
const spansFirst = 2;
const spansGrowth = 4;
const spansMax = 400;
/** So few candidates are checked one by one sooner than another term's sets are read. */
const candidatesFew = 300;

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

  /**
   * Calls that may meet all terms, and none that does not is left out; newest first, in pieces.
   * @param enough so many calls are worth a piece
   */
  async *candidates(startedBeforeMs: number, enough: number): AsyncGenerator<number[]> {
    const cut = await this.#cutOf(startedBeforeMs);
    let size = spansFirst;
    for (let from = 0; from < this.#spans.length;) {
      const spans = this.#spans.slice(from, from + size);
      from += size;
      size = Math.min(size * spansGrowth, spansMax);
      const sets = await this.#intersectAll(spans);
      for (const piece of piecesOf(hitsOf(spans, sets, cut), enough)) yield callsAt(this.#db, piece);
    }
  }

  /** In the day of the page before: only what it has not shown. A full day would be thousands of candidates for nothing. */
  async #cutOf(startedBeforeMs: number): Promise<{ day: number; calls: number } | null> {
    const day = dayOf(startedBeforeMs - 1);
    if (!this.#spans.some((span) => span.days.some((one) => one.day === day))) return null;
    return { day, calls: await startedBefore(this.#db, day, startedBeforeMs) };
  }

  /** One term after the other, the rarest first, and each only for the spans that the terms before it have left. */
  async #intersectAll(spans: readonly Span[]): Promise<Map<number, Uint32Array>> {
    const terms = await this.#rarestFirst(spans.map(({ span }) => span));
    if (terms.length < this.#terms.length) return new Map();
    let left = new Map<number, Uint32Array>(spans.map(({ span, calls }) => [span, everything(calls)]));
    for (const term of terms) {
      const next = new Map<number, Uint32Array>();
      for (const row of await this.#bitsOf(term, [...left.keys()])) {
        const set = left.get(row.span);
        if (set !== undefined && intersect(set, row.bits)) next.set(row.span, set);
      }
      left = next;
      if (areFew(left.values())) break;
    }
    return left;
  }

  /** By the size of their sets; a term that no call of these spans meets is missing. */
  async #rarestFirst(spans: readonly number[]): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('term_sets')
      .select(['term', (is) => is.fn.sum<number>(is.fn('length', ['bits'])).as('bytes')])
      .where('term', 'in', this.#terms)
      .where('span', '>=', Math.min(...spans))
      .where('span', '<=', Math.max(...spans))
      .groupBy('term')
      .execute();
    return rows.sort((a, b) => a.bytes - b.bytes).map((row) => row.term);
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
}

function areFew(sets: Iterable<Uint32Array>): boolean {
  let room = candidatesFew;
  for (const set of sets) {
    room -= countUpTo(set, room + 1);
    if (room < 0) return false;
  }
  return true;
}

/** Part by part, as far as somebody asks. */
function* hitsOf(
  spans: readonly Span[],
  sets: ReadonlyMap<number, Uint32Array>,
  cut: { day: number; calls: number } | null,
): Generator<Hit> {
  for (const { span, days } of spans) {
    const set = sets.get(span);
    if (set === undefined) continue;
    for (const { day, calls, first, asked } of days) {
      if (!asked) continue;
      const end = cut?.day === day ? cut.calls : calls;
      for (let from = Math.floor((end - 1) / partPositions) * partPositions; from >= 0; from -= partPositions) {
        const positions = positionsDown(set, first + from, first + Math.min(from + partPositions, end));
        if (positions.length === 0) continue;
        yield { part: partOf(day, from), positions: positions.map((position) => position - first - from) };
      }
    }
  }
}

/** Parts together until they have `enough` positions: they are read in one statement. */
function* piecesOf(hits: Iterable<Hit>, enough: number): Generator<Hit[]> {
  let piece: Hit[] = [];
  let size = 0;
  for (const hit of hits) {
    piece.push(hit);
    size += hit.positions.length;
    if (size < enough) continue;
    yield piece;
    piece = [];
    size = 0;
  }
  if (piece.length > 0) yield piece;
}
