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
const spansGrowth = 6;
const spansMax = 400;
/** Checking a candidate costs as much as reading so many bytes of sets: a row of places, a call, its legs. */
const candidateBytes = 6_000;
/** So few candidates are checked in any case sooner than another term's sets are read. */
const candidatesFew = 60;

interface Term {
  term: string;
  /** Of all its sets in these spans. */
  bytes: number;
}

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
    const terms = await this.#rarestFirst();
    // a term that no call meets
    if (terms.length < this.#terms.length) return;
    const cut = await this.#cutOf(startedBeforeMs);
    let size = spansFirst;
    for (let from = 0; from < this.#spans.length;) {
      const spans = this.#spans.slice(from, from + size);
      from += size;
      size = Math.min(size * spansGrowth, spansMax);
      const sets = await this.#intersectAll(terms, spans);
      for (const piece of piecesOf(hitsOf(spans, sets, cut), enough)) yield callsAt(this.#db, piece);
    }
  }

  /** In the day of the page before: only what it has not shown. A full day would be thousands of candidates for nothing. */
  async #cutOf(startedBeforeMs: number): Promise<{ day: number; calls: number } | null> {
    const day = dayOf(startedBeforeMs - 1);
    if (!this.#spans.some((span) => span.days.some((one) => one.day === day))) return null;
    return { day, calls: await startedBefore(this.#db, day, startedBeforeMs) };
  }

  /** One term after the other, each only for the spans that the terms before it have left, as long as that is cheaper than to check what is left. */
  async #intersectAll(terms: readonly Term[], spans: readonly Span[]): Promise<Map<number, Uint32Array>> {
    let left = new Map<number, Uint32Array>(spans.map(({ span, calls }) => [span, everything(calls)]));
    for (const { term, bytes } of terms) {
      const bytesHere = (bytes * left.size) / this.#spans.length;
      if (areFew(left.values(), Math.max(candidatesFew, bytesHere / candidateBytes))) break;
      const next = new Map<number, Uint32Array>();
      for (const row of await this.#bitsOf(term, [...left.keys()])) {
        const set = left.get(row.span);
        if (set !== undefined && intersect(set, row.bits)) next.set(row.span, set);
      }
      left = next;
    }
    return left;
  }

  /** By the size of their sets. Databases know the length of a value without reading it. */
  #rarestFirst(): Promise<Term[]> {
    const spans = this.#spans.map(({ span }) => span);
    return this.#db
      .selectFrom('term_sets')
      .select(['term', (is) => is.fn.sum<number>(is.fn('length', ['bits'])).as('bytes')])
      .where('term', 'in', this.#terms)
      .where('span', '>=', Math.min(...spans))
      .where('span', '<=', Math.max(...spans))
      .groupBy('term')
      .orderBy('bytes')
      .orderBy('term')
      .execute();
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

function areFew(sets: Iterable<Uint32Array>, most: number): boolean {
  let count = 0;
  for (const set of sets) {
    count += countUpTo(set, most + 1 - count);
    if (count > most) return false;
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
