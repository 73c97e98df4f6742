// The rows of a history, table by table, as the store itself would write them.
import type { Insertable } from 'kysely';
import { callRow, clientNumber, dayOf, legRows, recordingRows, transferRows } from '../../src/store/call-rows.ts';
import { suffixesOf } from '../../src/store/numbers.ts';
import type { Tables } from '../../src/store/tables.ts';
import { packedBodies } from './bodies.ts';
import { callAt } from './calls.ts';

export type Chunk = { [Table in keyof Tables]?: Insertable<Tables[Table]>[] };

const chunkCalls = 50_000;

/** Makes `count` calls; the last chunk has what is known only at the end (numbers, days, counters). */
export async function* historyRows(count: number, progress: (done: number) => void): AsyncGenerator<Chunk> {
  const numbers = new Map<string, { id: number; digits: string; e164: string }>();
  const days = new Set<number>();
  for await (const { from, bodies } of packedBodies(count, chunkCalls)) {
    const chunk = {
      calls: [] as Insertable<Tables['calls']>[],
      call_bodies: [] as Insertable<Tables['call_bodies']>[],
      legs: [] as Insertable<Tables['legs']>[],
      transfers: [] as Insertable<Tables['transfers']>[],
      recordings: [] as Insertable<Tables['recordings']>[],
      linked_ids: [] as Insertable<Tables['linked_ids']>[],
    };
    for (const [index, body] of bodies.entries()) {
      const no = from + index + 1;
      const call = callAt(from + index, count);
      const row = callRow(call, no, idOf(numbers, clientNumber(call)));
      days.add(dayOf(row.started_at));
      chunk.calls.push(row);
      chunk.call_bodies.push({ call_no: no, body });
      chunk.legs.push(...legRows(call, no));
      chunk.transfers.push(...transferRows(call, no));
      chunk.recordings.push(...recordingRows(call, no));
      for (const linked_id of call.linkedIds) chunk.linked_ids.push({ pbx: call.pbx, linked_id, call_no: no });
    }
    yield chunk;
    progress(from + bodies.length);
  }
  const suffixes = [...numbers.values()].flatMap((number) =>
    suffixesOf(number).map((suffix) => ({ suffix, number_id: number.id })),
  );
  // in the order of the index, or it is built at random
  suffixes.sort((a, b) => (a.suffix < b.suffix ? -1 : a.suffix > b.suffix ? 1 : a.number_id - b.number_id));
  yield {
    numbers: [...numbers.values()],
    number_suffixes: suffixes,
    days: [...days].map((day) => ({ day, version: 1, packed_version: null, calls: 0 })),
  };
}

function idOf(
  numbers: Map<string, { id: number; digits: string; e164: string }>,
  number: { digits: string; e164: string } | null,
): number | null {
  if (number === null) return null;
  const key = `${number.digits}/${number.e164}`;
  let known = numbers.get(key);
  if (known === undefined) numbers.set(key, (known = { id: numbers.size + 1, ...number }));
  return known.id;
}
