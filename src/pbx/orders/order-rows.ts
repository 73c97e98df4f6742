// The table `orders`. While an order goes on its row is `placed`, or `ringing` once Asterisk has taken it; `reason` and `ended_at` of such
// a row say that Asterisk reported a failure and that it is not known yet whether a call came of it.
import type { Db, Dialect } from '../../store/dialect.ts';
import type { OrdersTable } from '../../store/tables.ts';
import { nextNumbers } from '../../store/counters.ts';
import type { Order, OrderKind, OrderReason, OrderState, Settled } from './order.ts';

const going = ['placed', 'ringing'];

export class OrderRows {
  readonly #database: Dialect;

  constructor(database: Dialect) {
    this.#database = database;
  }

  /**
   * Adds an order unless `judge` has something against it, knowing the same operator's orders since `sinceMs`, newest first. Orders are added
   * one after another, in whichever process, so that a double click is seen as one. Gives null when it was added, else what `judge` said.
   */
  add<Said>(order: Order, sinceMs: number, judge: (recent: Order[]) => Said | null): Promise<Said | null> {
    return this.#database.write(async (db) => {
      // A row that every writer of work locks until its commit: on PostgreSQL two clicks at once wait for each other here.
      await nextNumbers(db, 'delivery', 0);
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('extension', '=', order.extension)
        .where('pbx', '=', order.pbx)
        .where('placed_at', '>=', sinceMs)
        .orderBy('placed_at', 'desc')
        .limit(1000)
        .execute();
      const said = judge(rows.map(orderOf));
      if (said === null) await db.insertInto('orders').values(rowOf(order)).execute();
      return said;
    });
  }

  byId(id: string): Promise<Order | null> {
    return this.#database.read(async (db) => {
      const row = await db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
      return row ? orderOf(row) : null;
    });
  }

  /** The order whose first channel is one of these; of several (a merge of two ordered calls) the first that was placed. */
  byChannels(pbx: string, channelIds: readonly string[]): Promise<Order | null> {
    return this.#database.read(async (db) => {
      const row = await db
        .selectFrom('orders')
        .selectAll()
        .where('channel_id', 'in', [...channelIds])
        .where('pbx', '=', pbx)
        .orderBy('placed_at')
        .executeTakeFirst();
      return row ? orderOf(row) : null;
    });
  }

  /** Orders that go on, oldest first. */
  going(): Promise<Order[]> {
    return this.#database.read(async (db) => {
      const rows = await db
        .selectFrom('orders')
        .selectAll()
        .where('state', 'in', going)
        .orderBy('placed_at')
        .limit(1000)
        .execute();
      return rows.map(orderOf);
    });
  }

  /** Asterisk has taken it. */
  async taken(id: string): Promise<void> {
    await this.#database.write((db) =>
      db.updateTable('orders').set({ state: 'ringing' }).where('id', '=', id).where('state', '=', 'placed').execute(),
    );
  }

  /** Asterisk said that it failed; whether there is a call is found out next. */
  async reported(channelId: string, reason: OrderReason | null, atMs: number): Promise<void> {
    await this.#database.write((db) =>
      db
        .updateTable('orders')
        .set({ reason, ended_at: atMs })
        .where('channel_id', '=', channelId)
        .where('state', 'in', going)
        .where('ended_at', 'is', null)
        .execute(),
    );
  }

  async answered(channelId: string, atMs: number): Promise<void> {
    await this.#database.write((db) =>
      db
        .updateTable('orders')
        .set({ state: 'answered', reason: null, ended_at: atMs })
        .where('channel_id', '=', channelId)
        .where('state', 'in', going)
        .execute(),
    );
  }

  /** Ends an order, once, whoever else tries. `and` is done in the same transaction. */
  settle(id: string, settled: Settled, atMs: number, and: (db: Db) => Promise<void>): Promise<boolean> {
    return this.#database.write(async (db) => {
      const row = await db
        .updateTable('orders')
        .set((expression) => ({
          state: settled.state,
          reason: settled.reason,
          ended_at: expression.fn.coalesce('ended_at', expression.val(atMs)),
        }))
        .where('id', '=', id)
        .where('state', 'in', going)
        .returning('id')
        .executeTakeFirst();
      if (row) await and(db);
      return row !== undefined;
    });
  }
}

function rowOf(order: Order): OrdersTable {
  return {
    id: order.id,
    pbx: order.pbx,
    crm: order.crm,
    crm_call_id: order.crmCallId,
    kind: order.kind,
    extension: order.extension,
    number: order.number,
    line: order.line,
    channel_id: order.channelId,
    state: order.state,
    reason: order.reason,
    requested_by: order.requestedBy,
    placed_at: order.placedAtMs,
    ended_at: order.endedAtMs,
  };
}

function orderOf(row: OrdersTable): Order {
  return {
    id: row.id,
    pbx: row.pbx,
    crm: row.crm,
    crmCallId: row.crm_call_id,
    kind: row.kind as OrderKind,
    extension: row.extension,
    number: row.number,
    line: row.line,
    channelId: row.channel_id,
    state: row.state === 'ringing' ? 'placed' : (row.state as OrderState),
    reason: row.reason as OrderReason | null,
    requestedBy: row.requested_by,
    placedAtMs: row.placed_at,
    endedAtMs: row.ended_at,
  };
}
