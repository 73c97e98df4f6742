// How work for CRMs comes into its table, in the transaction of what it follows from; and the order within a call.
import { sql } from 'kysely';
import { nextNumbers } from './counters.ts';
import type { NewDelivery } from './delivery.ts';
import type { Db, Dialect } from './dialect.ts';
import { inParts, insertAll } from './rows.ts';

/** Words of the partial indexes: as parameters, SQLite would not see that the index serves. */
const pendingOnly = sql<boolean>`state in ('waiting', 'working', 'rejected')`;
export const waitingOnly = sql<boolean>`state = 'waiting'`;

const ended = 'the call ended before it was sent';
const absorbed = 'the call became a part of another one before it was sent';

/** A call as one connection has it: within it deliveries go one after another. */
interface Queue {
  crm: string;
  callId: string;
}

/**
 * Inside a write: adds work in this order and tells the outbox once it is committed. Live work of a call that still waits is dropped when the
 * call's `ended` is among the new, or when the call is one of the `absorbed`, in which nothing is shown any more but what is taken back.
 */
export async function insertDeliveries(
  dialect: Dialect,
  db: Db,
  deliveries: readonly NewDelivery[],
  about: { nowMs: number; absorbed?: readonly string[] },
): Promise<void> {
  const { nowMs } = about;
  const gone = new Set(about.absorbed);
  if (deliveries.length === 0 && gone.size === 0) return;
  // Taken before any row is touched, as whoever ends deliveries does too: so a queue cannot be left behind a row that ended meanwhile.
  const firstId = await nextNumbers(db, 'delivery', deliveries.length);
  const endings = deliveries.filter(({ kind }) => kind === 'ended');
  await dropEnded(db, endings, nowMs);
  await dropAbsorbed(db, [...gone], nowMs);

  const over = new Set(endings.map(keyOf));
  const occupied = await occupiedQueues(db, deliveries);
  const rows = deliveries.map((delivery, index) => {
    const late = delivery.live && delivery.kind !== 'merged';
    const note = !late ? null : over.has(keyOf(delivery)) ? ended : gone.has(delivery.callId) ? absorbed : null;
    const behind = note === null && occupied.has(keyOf(delivery));
    if (note === null) occupied.add(keyOf(delivery));
    return {
      id: firstId + index,
      crm: delivery.crm,
      kind: delivery.kind,
      call_id: delivery.callId,
      number: delivery.number,
      live: delivery.live ? 1 : 0,
      state: note === null ? 'waiting' : 'dropped',
      payload: JSON.stringify(delivery.payload),
      attempts: 0,
      created_at: nowMs,
      due_at: delivery.dueAtMs ?? nowMs,
      behind: behind ? 1 : 0,
      retries: 0,
      stale_at: delivery.staleAtMs,
      lease_until: null,
      worker: null,
      ended_at: note === null ? null : nowMs,
      note,
      mend: null,
    };
  });
  await insertAll(db, 'deliveries', rows);
  await dialect.announce(db, rows.some((row) => row.live === 1 && row.state === 'waiting') ? 'live' : 'deliveries');
}

/** Inside a write: lets the first of each queue be worked, after one before it ended. The counter `delivery` must have been taken. */
export async function releaseQueues(db: Db, queues: readonly Queue[]): Promise<void> {
  const distinct = new Map(queues.map((queue) => [keyOf(queue), queue]));
  for (const { crm, callId } of distinct.values()) {
    const first = db
      .selectFrom('deliveries as earlier')
      .select((is) => is.fn.min('earlier.id').as('id'))
      .where('earlier.call_id', '=', callId)
      .where('earlier.crm', '=', crm)
      .where(sql<boolean>`earlier.state in ('waiting', 'working', 'rejected')`);
    await db.updateTable('deliveries').set({ behind: 0 }).where('id', '=', first).where('behind', '=', 1).execute();
  }
}

/** Inside a write: what was held back until more is known of these calls is worked now. What failed before waits on. */
export async function hurryDeliveries(
  dialect: Dialect,
  db: Db,
  callIds: readonly string[],
  nowMs: number,
): Promise<void> {
  for (const some of inParts(callIds)) {
    const hurried = await db
      .updateTable('deliveries')
      .set({ due_at: nowMs })
      .where('call_id', 'in', some)
      .where(waitingOnly)
      .where('attempts', '=', 0)
      .where('due_at', '>', nowMs)
      .executeTakeFirst();
    if (hurried.numUpdatedRows > 0n) await dialect.announce(db, 'deliveries');
  }
}

async function dropEnded(db: Db, endings: readonly NewDelivery[], nowMs: number): Promise<void> {
  const crms = new Set(endings.map(({ crm }) => crm));
  for (const crm of crms) {
    const callIds = endings.filter((one) => one.crm === crm).map(({ callId }) => callId);
    await dropLive(db, { crm, callIds, note: ended, nowMs });
  }
}

async function dropAbsorbed(db: Db, callIds: readonly string[], nowMs: number): Promise<void> {
  await dropLive(db, { crm: null, callIds, note: absorbed, nowMs });
}

async function dropLive(
  db: Db,
  which: { crm: string | null; callIds: readonly string[]; note: string; nowMs: number },
): Promise<void> {
  for (const some of inParts(which.callIds)) {
    let update = db
      .updateTable('deliveries')
      .set({ state: 'dropped', ended_at: which.nowMs, note: which.note })
      .where('call_id', 'in', some)
      .where(pendingOnly)
      .where(waitingOnly)
      .where('live', '=', 1)
      .where('kind', '!=', 'merged');
    if (which.crm !== null) update = update.where('crm', '=', which.crm);
    const dropped = await update.returning(['crm', 'call_id as callId']).execute();
    await releaseQueues(db, dropped);
  }
}

/** The queues of the new in which something has not ended yet. */
async function occupiedQueues(db: Db, deliveries: readonly NewDelivery[]): Promise<Set<string>> {
  const occupied = new Set<string>();
  for (const some of inParts([...new Set(deliveries.map(({ callId }) => callId))])) {
    const found = await db
      .selectFrom('deliveries')
      .select(['crm', 'call_id as callId'])
      .distinct()
      .where('call_id', 'in', some)
      .where(pendingOnly)
      .execute();
    for (const queue of found) occupied.add(keyOf(queue));
  }
  return occupied;
}

function keyOf({ crm, callId }: Queue): string {
  return `${crm} ${callId}`;
}
