// The transaction in which a batch of the tracker becomes rows.
import type { Fact } from '../calls/facts.ts';
import type { Call } from '../calls/call.ts';
import { packCall } from './body.ts';
import { callRow, clientNumber, dayOf, legRows, recordingRows, transferRows } from './call-rows.ts';
import { nextNumbers } from './counters.ts';
import { hurryDeliveries, insertDeliveries } from './deliveries.ts';
import type { Db, Dialect } from './dialect.ts';
import { mergeCall } from './merge.ts';
import { numberId } from './numbers.ts';
import { StoreError } from './store-error.ts';
import type { Recorded, StoredCall } from './store.ts';
import { inParts, insertAll, touchDays } from './rows.ts';

/** A call that is about to be written, with the rows that it has. */
interface Writing {
  stored: StoredCall;
  body: Buffer;
  no: number;
}

class AlreadyRecorded extends Error {
  readonly lastSeq: number;
  constructor(lastSeq: number) {
    super('this batch was recorded before');
    this.lastSeq = lastSeq;
  }
}

/** See `Store.record`. `nowMs`: when it is stored, which is what retention counts from. */
export async function record(dialect: Dialect, batch: Recorded, nowMs: number): Promise<{ lastSeq: number }> {
  try {
    return await dialect.write(async (db) => {
      // The event counter first: it keeps writers in one line, so that two that touch the same calls cannot deadlock.
      const firstSeq = await nextNumbers(db, 'event', batch.facts.length);
      const lastSeq = firstSeq + batch.facts.length - 1;
      if (batch.batchId !== undefined) await claimBatch(db, batch.batchId, lastSeq, nowMs);
      const bodies = await writeCalls(db, batch);
      await addBodiesOfOthers(db, batch.facts, bodies);
      for (const { id, into } of batch.merged) await mergeCall(db, id, into);
      await writeEvents(db, batch, firstSeq, bodies, nowMs);
      await writePositions(db, batch.positions ?? {});
      const absorbed = batch.merged.map(({ id }) => id);
      await insertDeliveries(dialect, db, batch.deliveries ?? [], { nowMs, absorbed });
      await hurryDeliveries(dialect, db, completedCalls(batch), nowMs);
      if (batch.facts.length > 0) await dialect.announce(db, 'events');
      return { lastSeq };
    });
  } catch (error) {
    const cause = error instanceof StoreError ? error.cause : error;
    if (cause instanceof AlreadyRecorded) return { lastSeq: cause.lastSeq };
    throw error;
  }
}

/** Calls that had ended before, and of which more is known now. */
function completedCalls({ calls, facts }: Recorded): string[] {
  const named = (wanted: Fact['type']): Set<string> =>
    new Set(facts.filter(({ type }) => type === wanted).map(({ callId }) => callId));
  const [changed, ended] = [named('call.changed'), named('call.ended')];
  const over = calls.filter(({ call }) => call.endedAt !== null).map(({ call }) => call.id);
  return over.filter((id) => changed.has(id) && !ended.has(id));
}

async function claimBatch(db: Db, batchId: string, lastSeq: number, nowMs: number): Promise<void> {
  const claimed = await db
    .insertInto('batches')
    .values({ batch_id: batchId, last_seq: lastSeq, stored_at: nowMs })
    .onConflict((conflict) => conflict.doNothing())
    .returning('last_seq')
    .executeTakeFirst();
  if (claimed !== undefined) return;
  const first = await db
    .selectFrom('batches')
    .select('last_seq')
    .where('batch_id', '=', batchId)
    .executeTakeFirstOrThrow();
  throw new AlreadyRecorded(first.last_seq);
}

/** @returns the packed calls by id */
async function writeCalls(db: Db, batch: Recorded): Promise<Map<string, Buffer>> {
  const byId = new Map(batch.calls.map((stored) => [stored.call.id, stored]));
  if (byId.size === 0) return new Map();
  const known = await knownCalls(db, [...byId.keys()]);
  const knownById = new Map(known.map((row) => [row.id, row]));
  let nextNo = 0;
  if (known.length < byId.size) nextNo = await nextNumbers(db, 'call', byId.size - known.length);

  const writing: Writing[] = [];
  for (const [id, stored] of byId) {
    writing.push({ stored, body: packCall(stored.call), no: knownById.get(id)?.no ?? nextNo++ });
  }
  await writeCallRows(db, writing);
  await writeParts(db, writing, new Set(known.map((row) => row.no)));
  await touchDays(db, [
    ...known.map((row) => dayOf(row.started_at)),
    ...writing.map(({ stored }) => dayOf(Date.parse(stored.call.startedAt))),
  ]);
  return new Map(writing.map(({ stored, body }) => [stored.call.id, body]));
}

async function knownCalls(db: Db, ids: readonly string[]): Promise<{ id: string; no: number; started_at: number }[]> {
  const known = [];
  for (const some of inParts(ids)) {
    known.push(...(await db.selectFrom('calls').select(['id', 'no', 'started_at']).where('id', 'in', some).execute()));
  }
  return known;
}

async function writeCallRows(db: Db, writing: Writing[]): Promise<void> {
  const rows = [];
  for (const { stored, no } of writing) {
    const number = clientNumber(stored.call);
    rows.push(callRow(stored.call, no, number === null ? null : await numberId(db, number)));
  }
  await insertAll(db, 'calls', rows, { key: ['no'] });
  await insertAll(
    db,
    'call_bodies',
    writing.map(({ no, body }) => ({ call_no: no, body })),
    { key: ['call_no'] },
  );
}

/** Everything that hangs on a call. `known`: the numbers of calls that were there before. */
async function writeParts(db: Db, writing: Writing[], known: ReadonlySet<number>): Promise<void> {
  const calls = writing.map(({ stored, no }) => ({ call: stored.call, no }));
  await insertAll(
    db,
    'legs',
    calls.flatMap(({ call, no }) => legRows(call, no)),
    { key: ['call_no', 'n'] },
  );
  await insertAll(
    db,
    'transfers',
    calls.flatMap(({ call, no }) => transferRows(call, no)),
    { key: ['call_no', 'n'] },
  );
  await insertAll(
    db,
    'recordings',
    calls.flatMap(({ call, no }) => recordingRows(call, no)),
    { key: ['call_no', 'n'] },
  );
  for (const { call, no } of calls) if (known.has(no)) await dropRest(db, call, no);
  await insertAll(
    db,
    'linked_ids',
    calls.flatMap(({ call, no }) =>
      call.linkedIds.map((linked) => ({ pbx: call.pbx, linked_id: linked, call_no: no })),
    ),
    'ignore',
  );
  const open = writing.filter(({ stored }) => stored.call.endedAt === null);
  await insertAll(
    db,
    'open_calls',
    open.map(({ stored, no }) => ({ call_no: no, pbx: stored.call.pbx, state: JSON.stringify(stored.state ?? null) })),
    { key: ['call_no'] },
  );
  const closed = writing.filter(({ stored, no }) => stored.call.endedAt !== null && known.has(no)).map(({ no }) => no);
  for (const some of inParts(closed)) await db.deleteFrom('open_calls').where('call_no', 'in', some).execute();
}

/** A call may come back with fewer legs than it had: what was not overwritten goes. */
async function dropRest(db: Db, call: Call, no: number): Promise<void> {
  await db.deleteFrom('legs').where('call_no', '=', no).where('n', '>=', call.legs.length).execute();
  await db.deleteFrom('transfers').where('call_no', '=', no).where('n', '>=', call.transfers.length).execute();
  await db.deleteFrom('recordings').where('call_no', '=', no).where('n', '>=', call.recordings.length).execute();
}

/** A fact may name a call that the batch does not bring; its event shows it as it is stored, before any merging. */
async function addBodiesOfOthers(db: Db, facts: readonly Fact[], bodies: Map<string, Buffer>): Promise<void> {
  const others = [...new Set(facts.map((fact) => fact.callId).filter((id) => !bodies.has(id)))];
  for (const some of inParts(others)) {
    const found = await db
      .selectFrom('calls')
      .innerJoin('call_bodies', 'call_bodies.call_no', 'calls.no')
      .select(['calls.id', 'call_bodies.body'])
      .where('calls.id', 'in', some)
      .execute();
    for (const row of found) bodies.set(row.id, Buffer.from(row.body));
  }
}

async function writeEvents(
  db: Db,
  batch: Recorded,
  firstSeq: number,
  bodies: ReadonlyMap<string, Buffer>,
  nowMs: number,
): Promise<void> {
  const snapshots = new Map<string, number>();
  const events = batch.facts.map((fact, index) => {
    const seq = firstSeq + index;
    if (bodies.has(fact.callId) && !snapshots.has(fact.callId)) snapshots.set(fact.callId, seq);
    return {
      seq,
      type: fact.type,
      at: Math.round(fact.atMs),
      stored_at: nowMs,
      pbx: batch.pbx,
      call_id: fact.callId,
      leg: fact.leg ?? null,
      into_id: fact.into ?? null,
      snapshot: snapshots.get(fact.callId) ?? null,
    };
  });
  await insertAll(db, 'events', events);
  await insertAll(
    db,
    'snapshots',
    [...snapshots].flatMap(([id, seq]) => {
      const body = bodies.get(id);
      return body === undefined ? [] : [{ seq, body }];
    }),
  );
}

/** Also what `Store.setPosition` does. */
export async function writePositions(db: Db, positions: Record<string, string>): Promise<void> {
  const rows = Object.entries(positions).map(([source, value]) => ({ source, value }));
  await insertAll(db, 'positions', rows, { key: ['source'] });
}
