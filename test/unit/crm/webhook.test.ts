import { expect, it, onTestFinished } from 'vitest';
import { webhookAdapter } from '../../../src/crm/webhook/adapter.ts';
import type { Call } from '../../../src/calls/call.ts';
import { openBench, type Sample } from '../../crm/bench.ts';
import { describeAdapter, hostileText } from '../../crm/contract.ts';
import { WebhookReceiver } from '../../fakes/webhook/receiver.ts';
import { aCall } from '../../store/a-call.ts';

const at = '2026-03-01T10:01:05.000Z';

function eventOf(type: string, call: Call): Sample {
  return { kind: 'event', payload: { type, at, leg: null, into: null, call }, call };
}

describeAdapter({
  adapter: webhookAdapter,
  startFake: () => WebhookReceiver.start(),
  sample: eventOf('call.ended', aCall('c1')),
  hostile: eventOf('call.ended', aCall('c2', { client: { number: hostileText, e164: null, name: hostileText } })),
  namesCredentials: /secret of the connection bench/,
  unmoved: { html: 'any answer of 2xx says that the event was taken' },
});

async function receiver(): Promise<WebhookReceiver> {
  const started = await WebhookReceiver.start();
  onTestFinished(() => started.stop());
  return started;
}

it('sends the event with its call, signed, under an id of its own', async () => {
  const fake = await receiver();
  const bench = await openBench(webhookAdapter, fake.settings);
  const call = aCall('c1');
  await bench.work(1, eventOf('call.ended', call));
  await bench.work(2, { kind: 'event', payload: { type: 'leg.ended', at, leg: 0, into: null, call }, call });
  const [first, second] = fake.taken.map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  expect(first).toEqual({
    id: expect.any(String),
    type: 'call.ended',
    at,
    pbx: 'main',
    callId: 'c1',
    leg: null,
    into: null,
    call,
  });
  expect(second).toMatchObject({ type: 'leg.ended', leg: 0 });
  expect(first?.['id']).not.toBe(second?.['id']);
});

it('sends the events that were chosen, and says of the others that they were not', async () => {
  const fake = await receiver();
  const bench = await openBench(webhookAdapter, { ...fake.settings, events: ['call.ended'] });
  expect(await bench.work(1, eventOf('call.started', aCall('c1')))).toEqual({
    outcome: 'dropped',
    note: 'call.started is not among the events of this connection',
  });
  expect(await bench.work(2, eventOf('call.ended', aCall('c1')))).toMatchObject({ outcome: 'done' });
  expect(fake.requests).toBe(1);
});

it('waits as long as the receiver says', async () => {
  const fake = await receiver();
  const bench = await openBench(webhookAdapter, fake.settings);
  await fake.be('busy');
  expect(await bench.fails(1, eventOf('call.ended', aCall('c1')))).toMatchObject({ kind: 'down', retryAfterMs: 7000 });
  await fake.be('limited');
  expect(await bench.fails(1, eventOf('call.ended', aCall('c1')), 2)).toMatchObject({
    kind: 'down',
    retryAfterMs: 3000,
  });
});

it('stops at 410, and the check warns of a receiver that does not know the ping', async () => {
  const fake = await receiver();
  const bench = await openBench(webhookAdapter, fake.settings);
  fake.status = { code: 410 };
  expect(await bench.fails(1, eventOf('call.ended', aCall('c1')))).toMatchObject({ kind: 'rejected' });
  fake.status = { code: 422 };
  const [health] = await bench.connection.check();
  expect(health).toMatchObject({ part: 'crm bench', level: 'warning' });
  expect(health?.mend).toContain('ping');
});

it('says in its status how the last exchange went', async () => {
  const fake = await receiver();
  const bench = await openBench(webhookAdapter, fake.settings);
  await fake.be('down');
  await bench.fails(1, eventOf('call.ended', aCall('c1')));
  expect(bench.connection.status()).toMatchObject([{ part: 'crm bench', level: 'error' }]);
  await fake.be('kind');
  await bench.work(1, eventOf('call.ended', aCall('c1')), 2);
  expect(bench.connection.status()).toMatchObject([{ level: 'ok', mend: null }]);
});
