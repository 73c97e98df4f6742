// Takes what may be worked now, under a lease.
import { sql } from 'kysely';
import type { Call } from '../calls/call.ts';
import { waitingOnly } from '../store/deliveries.ts';
import type { Delivery } from '../store/delivery.ts';
import type { Db, Dialect } from '../store/dialect.ts';
import { deliveryOf } from './delivery-row.ts';
import { type Holding, holdLease } from './lease.ts';
import { readCalls, readStates } from './work-rows.ts';

const readyOnly = sql<boolean>`state = 'waiting' and behind = 0`;
const workingOnly = sql<boolean>`state = 'working'`;

export interface Asked {
  crm: string;
  /** The process that asks. */
  worker: string;
  nowMs: number;
  leaseMs: number;
  /** How many more of each it would work; `all` bounds both together. */
  room: { live: number; backlog: number; all: number };
  /** What it works already: not to be taken for abandoned. */
  inWork: readonly number[];
}

export interface Claimed {
  delivery: Delivery;
  /** How often it failed by itself before, in a row. */
  retries: number;
  call: Call | null;
  /** The call that this one became a part of. */
  absorbedBy: string | null;
  /** What the connection remembers of the call. */
  state: unknown;
}

export interface Found {
  /** Of the connection as a whole: one process works it. */
  holding: Holding;
  claimed: Claimed[];
  /** Live ones that nobody needs any more. */
  stale: number[];
  /** When something may come up that nobody tells (unix ms); null: nothing will. */
  nextAtMs: number | null;
}

/** Inside a write. A look that finds nothing writes nothing. */
export async function claim(dialect: Dialect, db: Db, asked: Asked): Promise<Found> {
  const { crm, worker: owner, nowMs, leaseMs: lifeMs } = asked;
  const holding = await holdLease(dialect, db, { name: leaseOf(crm), owner, nowMs, lifeMs });
  if (!holding.mine) return { holding, claimed: [], stale: [], nextAtMs: holding.untilMs };
  await abandonExpired(db, asked);
  const stale = await findStale(db, asked);
  const live = await choose(dialect, db, asked, 1, Math.min(asked.room.live, asked.room.all));
  const left = Math.min(asked.room.backlog, asked.room.all - live.length);
  const backlog = await choose(dialect, db, asked, 0, left, live);
  const claimed = await take(db, asked, [...live, ...backlog]);
  return { holding, claimed, stale, nextAtMs: await nextAt(db, asked) };
}

export function leaseOf(crm: string): string {
  return `crm ${crm}`;
}

/** Whoever worked these is gone: they wait again, and the next attempt knows by its number that it is not the first. */
async function abandonExpired(db: Db, { crm, nowMs, inWork }: Asked): Promise<void> {
  let update = db
    .updateTable('deliveries')
    .set({ state: 'waiting', worker: null, lease_until: null })
    .where('crm', '=', crm)
    .where(workingOnly)
    .where('lease_until', '<=', nowMs);
  if (inWork.length > 0) update = update.where('id', 'not in', [...inWork]);
  await update.execute();
}

async function findStale(db: Db, { crm, nowMs }: Asked): Promise<number[]> {
  const found = await db
    .selectFrom('deliveries')
    .select('id')
    .where('crm', '=', crm)
    .where('live', '=', 1)
    .where(readyOnly)
    .where('stale_at', '<=', nowMs)
    // which makes SQLite take the index of what is ready
    .where('due_at', '<=', nowMs)
    .orderBy('due_at')
    .limit(1_000)
    .execute();
  return found.map(({ id }) => id);
}

interface Choice {
  id: number;
  number: string | null;
}

/** The first that are due, none about a client whom another one of this connection is about that is being worked. */
async function choose(
  dialect: Dialect,
  db: Db,
  { crm, nowMs }: Asked,
  live: 0 | 1,
  count: number,
  before: readonly Choice[] = [],
): Promise<Choice[]> {
  const chosen: Choice[] = [];
  while (chosen.length < count) {
    const taken = [...before, ...chosen];
    const numbers = taken.flatMap(({ number }) => (number === null ? [] : [number]));
    let query = db
      .selectFrom('deliveries')
      .select(['id', 'number'])
      .where('crm', '=', crm)
      .where('live', '=', live)
      .where(readyOnly)
      .where('due_at', '<=', nowMs)
      .where((is) => is.or([is('stale_at', 'is', null), is('stale_at', '>', nowMs)]))
      .where((is) =>
        is.or([
          is('number', 'is', null),
          is('number', 'not in', (query) =>
            query
              .selectFrom('deliveries as busy')
              .select('busy.number')
              .where('busy.crm', '=', crm)
              .where(sql<boolean>`busy.state = 'working'`)
              .where('busy.number', 'is not', null),
          ),
        ]),
      )
      .orderBy('due_at')
      .orderBy('id')
      .limit(count - chosen.length);
    if (numbers.length > 0) {
      query = query.where((is) => is.or([is('number', 'is', null), is('number', 'not in', numbers)]));
    }
    if (taken.length > 0) {
      query = query.where(
        'id',
        'not in',
        taken.map(({ id }) => id),
      );
    }
    // what a batch that is being stored is about to drop
    if (dialect.name === 'postgres') query = query.forUpdate().skipLocked();
    const found = await query.execute();
    const next = oneOfEachNumber(found);
    chosen.push(...next);
    if (found.length === next.length) break;
  }
  return chosen;
}

function oneOfEachNumber(found: readonly Choice[]): Choice[] {
  const seen = new Set<string>();
  return found.filter(({ number }) => {
    if (number === null) return true;
    if (seen.has(number)) return false;
    seen.add(number);
    return true;
  });
}

async function take(db: Db, asked: Asked, chosen: readonly Choice[]): Promise<Claimed[]> {
  if (chosen.length === 0) return [];
  const rows = await db
    .updateTable('deliveries')
    .set((is) => ({
      state: 'working',
      worker: asked.worker,
      lease_until: asked.nowMs + asked.leaseMs,
      attempts: is('attempts', '+', 1),
    }))
    .where(
      'id',
      'in',
      chosen.map(({ id }) => id),
    )
    .where(waitingOnly)
    .returningAll()
    .execute();
  const callIds = rows.map((row) => row.call_id);
  const calls = await readCalls(db, callIds);
  const states = await readStates(db, asked.crm, callIds);
  return rows
    .sort((a, b) => b.live - a.live || a.due_at - b.due_at || a.id - b.id)
    .map((row) => ({
      delivery: deliveryOf(row),
      retries: row.retries,
      call: calls.get(row.call_id)?.call ?? null,
      absorbedBy: calls.get(row.call_id)?.absorbedBy ?? null,
      state: states.get(row.call_id) ?? null,
    }));
}

/** The next end of a back-off, or the end of a lease of somebody else. */
async function nextAt(db: Db, { crm, nowMs, inWork }: Asked): Promise<number | null> {
  const times: number[] = [];
  for (const live of [1, 0]) {
    const next = await db
      .selectFrom('deliveries')
      .select('due_at')
      .where('crm', '=', crm)
      .where('live', '=', live)
      .where(readyOnly)
      .where('due_at', '>', nowMs)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst();
    if (next !== undefined) times.push(next.due_at);
  }
  const working = await db
    .selectFrom('deliveries')
    .select(['id', 'lease_until'])
    .where('crm', '=', crm)
    .where(workingOnly)
    .execute();
  for (const { id, lease_until } of working) {
    if (lease_until !== null && lease_until > nowMs && !inWork.includes(id)) times.push(lease_until);
  }
  return times.length === 0 ? null : Math.min(...times);
}
