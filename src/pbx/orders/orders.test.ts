// Orders on a real database of each kind, with a fake Asterisk on a real socket.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeServer, type ReceivedAction } from '../../ami/testing/fake-server.ts';
import type { Store } from '../../store/store.ts';
import { dialSchema } from '../../settings/dial.ts';
import { settingsSchema } from '../../settings/schema.ts';
import { aBatch, aCall, aLeg, anOpenCall } from '../../../test/store/a-call.ts';
import { onEachDatabase } from '../../../test/store/each-database.ts';
import { dialler } from './dialler.ts';
import type { NewOrder, Order } from './order.ts';
import { OrderBook, type OrderPbx } from './orders.ts';

const click: NewOrder = {
  pbx: null,
  crm: 'portal',
  crmCallId: 'externalCall.1',
  kind: 'click_to_call',
  extension: '101',
  number: '8 916 123-45-67',
  line: null,
  requestedBy: '12',
};

const quiet = { error: () => {}, warn: () => {}, info: () => {}, debug: () => {} };

onEachDatabase('ordered calls', (fresh) => {
  let asterisk: FakeServer;
  let books: OrderBook[] = [];
  /** Added to the clock. */
  let laterMs = 0;

  const open = async (
    more: { dial?: object | null; store?: Store; others?: OrderPbx[] } = {},
  ): Promise<{ book: OrderBook; store: Store }> => {
    const store = more.store ?? (await fresh.open());
    const dial = more.dial === undefined ? {} : more.dial;
    const book = new OrderBook({
      store,
      pbxs: [
        {
          name: 'main',
          ami: { ...asterisk.address, reconnect: { minMs: 1, maxMs: 20 } },
          dialler: dial === null ? null : dialler(dialSchema.parse(dial), settingsSchema.parse({})),
          has: () => true,
        },
        ...(more.others ?? []),
      ],
      logger: quiet,
      now: () => Date.now() + laterMs,
    });
    books.push(book);
    book.start();
    return { book, store };
  };
  const takes = (): void =>
    asterisk.handle('Originate', (action, session) =>
      session.respond(action, 'Success', { Message: 'Originate successfully queued' }),
    );
  const tell = (order: Order, response: 'Success' | 'Failure', reason: string): Promise<void> =>
    asterisk.event('OriginateResponse', {
      Response: response,
      Reason: reason,
      Uniqueid: order.channelId,
      Channel: 'PJSIP/101',
      Exten: '79161234567',
    });
  const becomes = (book: OrderBook, order: Order, what: Partial<Order>): Promise<void> =>
    vi.waitFor(async () => expect(await book.byId(order.id)).toMatchObject(what), 10_000);
  const told = (store: Store): Promise<unknown[]> =>
    store.database.read((db) =>
      db.selectFrom('deliveries').select(['crm', 'kind', 'call_id', 'number', 'state', 'payload']).execute(),
    );
  const telling = (order: Order): unknown => ({
    crm: 'portal',
    kind: 'order-failed',
    call_id: `order:${order.id}`,
    number: '+79161234567',
    state: 'waiting',
    payload: JSON.stringify({ orderId: order.id }),
  });

  beforeEach(async () => {
    laterMs = 0;
    asterisk = await FakeServer.start();
    takes();
  });
  afterEach(async () => {
    for (const book of books) await book.stop();
    books = [];
    await asterisk.close();
  });

  it('are given to Asterisk once, and answered', async () => {
    const { book, store } = await open();
    const order = await book.place(click);
    expect(order).toMatchObject({ pbx: 'main', number: '+79161234567', state: 'placed', crmCallId: 'externalCall.1' });
    const sent: ReceivedAction = await asterisk.received('Originate');
    expect(sent.get('ChannelId')).toBe(order.channelId);
    expect(sent.get('Exten')).toBe('79161234567');
    await tell(order, 'Success', '4');
    await becomes(book, order, { state: 'answered', reason: null });
    await tell(order, 'Failure', '0');
    expect(await book.openOrders()).toEqual([]);
    expect(await book.ofCall({ pbx: 'main', linkedIds: ['1.1', order.channelId] })).toMatchObject({ id: order.id });
    expect(await book.ofCall({ pbx: 'other', linkedIds: [order.channelId] })).toBeNull();
    expect(await book.ofCall({ pbx: 'main', linkedIds: ['1.1'] })).toBeNull();
    expect(await told(store)).toEqual([]);
  });

  it('tell the CRM when the phone gets no channel', async () => {
    const { book, store } = await open();
    const order = await book.place(click);
    await asterisk.received('Originate');
    await tell(order, 'Failure', '0');
    await becomes(book, order, { state: 'placed', endedAtMs: expect.any(Number) });
    expect(await told(store)).toEqual([]);
    laterMs = 3_000;
    await becomes(book, order, { state: 'failed', reason: 'unavailable' });
    expect(await told(store)).toEqual([telling(order)]);
  });

  it('leave the telling to the call when there is one, and take the reason from it', async () => {
    const { book, store } = await open();
    const order = await book.place(click);
    await asterisk.received('Originate');
    const linkedIds = [order.channelId];
    const legs = [aLeg('101', { role: 'caller', outcome: 'busy', answeredAt: null })];
    await store.record(aBatch([anOpenCall('main-a', { linkedIds, legs: [aLeg('101', { outcome: null })] })]));
    await tell(order, 'Failure', '0');
    await becomes(book, order, { state: 'placed', endedAtMs: expect.any(Number) });
    laterMs = 60_000;
    expect(await book.callIdOf(order)).toBe('main-a');
    await store.record(aBatch([aCall('main-a', { linkedIds, legs, answered: false, answeredAt: null })]));
    await becomes(book, order, { state: 'failed', reason: 'busy' });
    expect(await told(store)).toEqual([]);
  });

  it('fail at once, and say so, when Asterisk is not there or does not want', async () => {
    asterisk.handle('Originate', (action, session) =>
      session.respond(action, 'Error', { Message: 'Extension does not exist.' }),
    );
    const { book, store } = await open();
    const refused = await book.place(click);
    await becomes(book, refused, { state: 'failed', reason: 'not-allowed' });
    const { port } = asterisk;
    const { book: lonely } = await open({ store });
    await asterisk.close();
    laterMs = 60_000;
    const away = await lonely.place(click);
    await becomes(book, away, { state: 'failed', reason: 'pbx-down' });
    expect(await told(store)).toEqual([telling(refused), telling(away)]);
    asterisk = await FakeServer.start({ port });
    takes();
    laterMs = 120_000;
    const again = await lonely.place(click);
    expect((await asterisk.received('Originate')).get('ChannelId')).toBe(again.channelId);
  });

  it('of a process that was killed are ended by the next one', async () => {
    const store = await fresh.open();
    const first = await open({ store });
    const order = await first.book.place(click);
    await asterisk.received('Originate');
    await first.book.stop();
    const { book } = await open({ store });
    await asterisk.until(() => asterisk.sessions.some((one) => one.loggedIn && !one.closed));
    expect(await book.openOrders()).toMatchObject([{ id: order.id }]);
    // It rings on while nobody listened, and is answered now.
    await tell(order, 'Success', '4');
    await becomes(book, order, { state: 'answered' });

    laterMs = 60_000;
    const lost = await book.place(click);
    await asterisk.received('Originate', 2);
    asterisk.cut();
    await book.stop();
    laterMs = 60_000 + 36_000;
    const third = await open({ store });
    // Not before Asterisk had time to tell of a talk that goes on.
    const connected = () => asterisk.sessions.filter((one) => one.loggedIn && !one.closed).length;
    await asterisk.until(() => connected() === 1);
    await becomes(third.book, lost, { state: 'placed' });
    await vi.waitFor(async () => {
      laterMs += 16_000;
      expect(await third.book.byId(lost.id)).toMatchObject({ state: 'expired', reason: 'pbx-down' });
    }, 10_000);
    expect(await told(store)).toEqual([telling(lost)]);
    expect(asterisk.actions.filter(({ name }) => name === 'Originate')).toHaveLength(2);
  });

  it('are one when the click is double, in whichever process', async () => {
    const one = await open();
    const other = await open();
    const placed = await Promise.all([
      one.book.place(click),
      other.book.place({ ...click, number: '+79161234567' }),
      one.book.place({ ...click, crmCallId: null }),
    ]);
    expect(new Set(placed.map(({ id }) => id)).size).toBe(1);
    await expect(other.book.place({ ...click, crmCallId: 'externalCall.2' })).rejects.toMatchObject({
      code: 'repeated',
    });
    const elsewhere = await other.book.place({ ...click, number: '+79161234568' });
    laterMs = 5_000;
    const later = await one.book.place({ ...click, crmCallId: 'externalCall.3' });
    await asterisk.received('Originate', 3);
    expect(new Set([placed[0].id, elsewhere.id, later.id]).size).toBe(3);
    expect(asterisk.actions.filter(({ name }) => name === 'Originate')).toHaveLength(3);
  });

  it('of two operators of one extension, each of a PBX of his own, are two', async () => {
    const made = dialler(dialSchema.parse({ perMinute: 1 }), settingsSchema.parse({}));
    const ami = { ...asterisk.address, reconnect: { minMs: 1, maxMs: 20 } };
    const { book } = await open({ others: [{ name: 'second', ami, dialler: made, has: () => true }] });
    const first = await book.place({ ...click, pbx: 'main' });
    const second = await book.place({ ...click, pbx: 'second' });
    expect(second.id).not.toBe(first.id);
    expect(second.pbx).toBe('second');
  });

  it('are so many a minute for one operator', async () => {
    const { book } = await open({ dial: { perMinute: 2, repeatSec: 0 } });
    await book.place(click);
    await book.place(click);
    await expect(book.place(click)).rejects.toMatchObject({ code: 'too-many' });
    await book.place({ ...click, extension: '102' });
    laterMs = 60_001;
    await book.place(click);
  });

  it('are refused, and nothing is sent, where the settings say so', async () => {
    const { book } = await open();
    await expect(book.place({ ...click, number: '112' })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(book.place({ ...click, pbx: 'other' })).rejects.toMatchObject({ code: 'off' });
    const off = await open({ dial: null });
    await expect(off.book.place(click)).rejects.toMatchObject({
      code: 'off',
      mend: expect.stringContaining('pbx[].dial'),
    });
    expect(await book.openOrders()).toEqual([]);
    expect(asterisk.sessions).toEqual([]);
  });

  it('are hung up by the channels that the call has', async () => {
    const { book, store } = await open();
    asterisk.handle('Hangup', (action, session) =>
      action.get('Channel') === 'PJSIP/gone-1'
        ? session.respond(action, 'Error', { Message: 'No such channel' })
        : session.respond(action, 'Success', { Message: 'Channel Hungup' }),
    );
    const channels = [{ name: 'PJSIP/101-1' }, { name: 'PJSIP/gone-1' }];
    await store.record(aBatch([{ call: anOpenCall('main-a'), state: { call: {}, channels, bridges: [] } }]));
    await store.record(aBatch([aCall('main-b')]));
    expect(await book.hangup('main-a')).toBe(true);
    expect(asterisk.actions.filter(({ name }) => name === 'Hangup').map((one) => one.get('Channel'))).toEqual([
      'PJSIP/101-1',
      'PJSIP/gone-1',
    ]);
    expect(await book.hangup('main-b')).toBe(false);
    expect(await book.hangup('main-c')).toBeNull();
  });
});
