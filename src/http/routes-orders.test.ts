import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AmiError } from '../ami/index.ts';
import { type NewOrder, type Order, OrderRefusal } from '../pbx/orders/order.ts';
import { orderSchema } from './schemas.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

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
  requestedBy: 'token 2',
  placedAtMs: Date.UTC(2026, 2, 1, 10),
  endedAtMs: null,
};

let server: TestServer;
let control: string;

beforeEach(() => {
  server = testServer();
  control = server.addToken(['control']);
});
afterEach(() => server.app.close());

async function ask(method: 'GET' | 'POST', path: string, body?: object, token = control) {
  const answer = await server.app.inject({
    method,
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${token}` },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
}

const code = (body: Record<string, unknown>) => (body['error'] as { code: string }).code;

describe('an order', () => {
  it('is placed for an operator in the name of the token', async () => {
    const placed: NewOrder[] = [];
    server.orders.place = async (wanted) => {
      placed.push(wanted);
      return order;
    };
    const { status, body } = await ask('POST', '/calls', { extension: '101', number: '8 916 123-45-67', line: '7495' });
    expect(status).toBe(202);
    expect(orderSchema.strict().parse(body)).toMatchObject({
      id: '0123456789',
      state: 'placed',
      placedAt: '2026-03-01T10:00:00.000Z',
      callId: null,
    });
    expect(placed).toEqual([
      {
        pbx: null,
        crm: null,
        crmCallId: null,
        kind: 'click_to_call',
        extension: '101',
        number: '8 916 123-45-67',
        line: '7495',
        requestedBy: 'token 2',
      },
    ]);
  });

  it.each([
    ['invalid', 400, 'invalid_request'],
    ['off', 409, 'calls_off'],
    ['not-allowed', 422, 'destination_refused'],
    ['too-many', 429, 'too_many_orders'],
  ] as const)('that is refused as %s answers %i with the mend of the refusal', async (refusal, status, named) => {
    server.orders.place = () => Promise.reject(new OrderRefusal(refusal, 'why', 'what to do'));
    const answer = await ask('POST', '/calls', { extension: '101', number: '112' });
    expect(answer.status).toBe(status);
    expect(answer.body['error']).toEqual({ code: named, message: 'why', mend: 'what to do' });
  });

  it.each([
    {},
    { extension: '101' },
    { extension: 101, number: '1' },
    { extension: '101', number: '' },
    { extension: '101', number: '1'.repeat(65) },
    { extension: '101', number: '1', context: 'evil' },
    { extension: '1'.repeat(21), number: '1' },
  ])('with the body %j is refused', async (body) => {
    expect(await ask('POST', '/calls', body)).toMatchObject({ status: 400 });
  });

  it('is told with the call that came of it', async () => {
    server.orders.byId = async (id) => (id === order.id ? { ...order, state: 'answered', endedAtMs: 1 } : null);
    server.orders.callIdOf = async () => 'main-pc0123456789-1800000000.1';
    expect(await ask('GET', `/orders/${order.id}`)).toMatchObject({
      status: 200,
      body: { state: 'answered', endedAt: '1970-01-01T00:00:00.001Z', callId: 'main-pc0123456789-1800000000.1' },
    });
    const missing = await ask('GET', '/orders/nobody');
    expect([missing.status, code(missing.body)]).toEqual([404, 'order_not_found']);
  });
});

describe('hanging up', () => {
  it.each([
    [true, 202, null],
    [false, 409, 'call_over'],
    [null, 404, 'call_not_found'],
  ])('gives %s as %i', async (ended, status, named) => {
    server.orders.hangup = async () => ended;
    const answer = await ask('POST', '/calls/main-1/hangup');
    expect(answer.status).toBe(status);
    expect(named === null ? answer.body : code(answer.body)).toEqual(named ?? { callId: 'main-1' });
  });

  it('tells when Asterisk cannot be asked', async () => {
    server.orders.hangup = () => Promise.reject(new AmiError('not-connected', 'no answer'));
    const answer = await ask('POST', '/calls/main-1/hangup', {});
    expect([answer.status, code(answer.body)]).toEqual([503, 'pbx_unreachable']);
  });
});

it('needs the scope control, and admin has it', async () => {
  const admin = server.addToken(['admin']);
  for (const [method, path] of [
    ['POST', '/calls'],
    ['GET', '/orders/x'],
    ['POST', '/calls/x/hangup'],
  ] as const) {
    expect(await ask(method, path, undefined, server.token)).toMatchObject({ status: 403 });
    expect((await ask(method, path, undefined, admin)).status).not.toBe(403);
  }
  expect((await ask('GET', '/status')).status).toBe(403);
});
