import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type NewOrder, type Order, OrderRefusal } from '../pbx/orders/order.ts';
import { testServer, type TestServer } from '../http/testing/test-server.ts';
import { call, type CallOptions } from './call.ts';
import { CommandFailure } from './failure.ts';
import { TestTerminal } from './testing/test-terminal.ts';

const never = new AbortController().signal;
const order: Order = {
  id: '0123456789',
  pbx: 'main',
  crm: null,
  crmCallId: null,
  kind: 'click_to_call',
  extension: '101',
  number: '+79161234567',
  line: null,
  channelId: 'pc0123456789-1800000000.1',
  state: 'placed',
  reason: null,
  requestedBy: null,
  placedAtMs: 0,
  endedAtMs: null,
};

let server: TestServer;
let options: CallOptions;
let wanted: NewOrder[] = [];

beforeEach(async () => {
  server = testServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
  options = { url, token: server.addToken(['control']), from: '101', to: '+7 916 123-45-67' };
  wanted = [];
  server.orders.place = async (one) => {
    wanted.push(one);
    return order;
  };
});
afterEach(() => server.app.close());

/** What the order becomes, one question after another. */
function becomes(...states: Partial<Order>[]): void {
  server.orders.byId = async () => ({ ...order, ...(states.length > 1 ? states.shift() : states[0]) });
}

it('waits until the operator has answered, and names the call', async () => {
  becomes({}, { state: 'answered', endedAtMs: 1 });
  server.orders.callIdOf = async () => 'main-1';
  const terminal = new TestTerminal();
  await call({ ...options, line: '74951000000', pbx: 'main' }, terminal, never);
  expect(wanted).toMatchObject([
    { extension: '101', number: '+7 916 123-45-67', line: '74951000000', pbx: 'main', crm: null },
  ]);
  expect(terminal.out).toBe('answered; +79161234567 is being called: main-1\n');
});

it('fails with the reason when the operator did not', async () => {
  becomes({ state: 'failed', reason: 'busy', endedAtMs: 1 });
  const terminal = new TestTerminal();
  const ended = call({ ...options, json: true }, terminal, never);
  await expect(ended).rejects.toThrow('+79161234567 was not called: the operator’s phone is busy');
  expect(JSON.parse(terminal.out)).toMatchObject({ id: '0123456789', state: 'failed', reason: 'busy' });
});

it('tells why an order was refused, with the mend', async () => {
  server.orders.place = () => Promise.reject(new OrderRefusal('not-allowed', 'calls to GB are not allowed', 'Add GB'));
  const ended = call(options, new TestTerminal(), never);
  await expect(ended).rejects.toMatchObject({ message: expect.stringContaining('calls to GB'), mend: 'Add GB' });
  await expect(call({ ...options, token: server.token }, new TestTerminal(), never)).rejects.toThrow(CommandFailure);
});
