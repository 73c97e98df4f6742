// Which call a position of a packed day is: rows of 32 positions, small enough to be read one by one, because a rare condition has its calls
// all over the history.
import { startOfDayMs } from '../call-rows.ts';
import type { Db } from '../dialect.ts';
import { inParts, insertAll } from '../rows.ts';

/** Positions in one row. */
export const partPositions = 32;
/** Rows of one day at most: enough for 2 million calls. */
const partsPerDay = 65_536;
/** The call's number (floating point) and its start (ms of the day). */
const positionBytes = 12;

export interface Place {
  no: number;
  started_at: number;
}

/** The key of the row that has a position of a day. */
export function partOf(day: number, position: number): number {
  return day * partsPerDay + Math.floor(position / partPositions);
}

/** Replaces the places of a day. @param calls in order of start */
export async function storePlaces(db: Db, day: number, calls: readonly Place[]): Promise<void> {
  await db
    .deleteFrom('day_calls')
    .where('part', '>=', partOf(day, 0))
    .where('part', '<', partOf(day + 1, 0))
    .execute();
  const rows = [];
  for (let from = 0; from < calls.length; from += partPositions) {
    const some = calls.slice(from, from + partPositions);
    const places = Buffer.alloc(some.length * positionBytes);
    for (const [at, call] of some.entries()) {
      places.writeDoubleLE(call.no, at * positionBytes);
      places.writeUInt32LE(call.started_at - startOfDayMs(day), at * positionBytes + 8);
    }
    rows.push({ part: partOf(day, from), places });
  }
  await insertAll(db, 'day_calls', rows);
}

/** The calls at positions within parts, in the order of `wanted`. */
export async function callsAt(
  db: Db,
  wanted: readonly { part: number; positions: readonly number[] }[],
): Promise<number[]> {
  const parts = new Map<number, Buffer>();
  for (const some of inParts(wanted.map(({ part }) => part))) {
    const rows = await db.selectFrom('day_calls').selectAll().where('part', 'in', some).execute();
    for (const row of rows) parts.set(row.part, bufferOf(row.places));
  }
  return wanted.flatMap(({ part, positions }) => {
    const places = parts.get(part);
    return places === undefined ? [] : positions.map((position) => places.readDoubleLE(position * positionBytes));
  });
}

/** How many calls of a packed day started before a time: the positions below it. */
export async function startedBefore(db: Db, day: number, atMs: number): Promise<number> {
  const rows = await db
    .selectFrom('day_calls')
    .select('places')
    .where('part', '>=', partOf(day, 0))
    .where('part', '<', partOf(day + 1, 0))
    .orderBy('part')
    .execute();
  const offsetMs = atMs - startOfDayMs(day);
  let calls = 0;
  for (const row of rows) {
    const places = bufferOf(row.places);
    for (let at = 8; at < places.length; at += positionBytes) {
      if (places.readUInt32LE(at) >= offsetMs) return calls;
      calls += 1;
    }
  }
  return calls;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
