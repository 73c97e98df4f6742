import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { block } from './testing/fake-server.ts';
import { harness } from './testing/harness.ts';
import type { Harness } from './testing/harness.ts';

const EVENTS = 60_000;
/** More than the kernel takes for both ends of a loopback connection. */
const PADDING = 'x'.repeat(1_000);
const TOTAL_BYTES = EVENTS * 1_000;

let open: Harness;

beforeEach(async () => {
  open = await harness({ fullyBooted: false }, { keepAliveMs: 20 });
  const isUp = open.next('up');
  open.client.start();
  await isUp;
});

afterEach(() => open.stop());

function flood(): Promise<void> {
  const events = Array.from({ length: EVENTS }, (_, at) => block({ Event: 'Newstate', Number: String(at), PADDING }));
  return open.fake.send(events.join(''));
}

it('holds the stream while paused, loses nothing, and keeps the order', async () => {
  const { client, fake } = open;
  let seen = 0;
  let inOrder = true;
  let allSeen = (): void => {};
  client.on('event', (event) => {
    inOrder &&= event.get('Number') === String(seen);
    seen += 1;
    if (seen === 1) client.pause();
    if (seen === EVENTS) allSeen();
  });
  const all = new Promise<void>((resolve) => {
    allSeen = resolve;
  });
  const sent = flood();
  // Ten times the keep-alive: a pause must not be taken for a connection that has died either.
  await wait(200);
  expect(seen).toBe(1);
  expect(fake.session.unsentBytes).toBeGreaterThan(TOTAL_BYTES / 4);
  expect(client.state).toBe('up');
  client.resume();
  await Promise.all([sent, all]);
  expect(inOrder).toBe(true);
});

it('can be paused and resumed for each event, from inside the listener', async () => {
  const { client, fake } = open;
  const seen: string[] = [];
  const done = new Promise<void>((resolve) => {
    client.on('event', (event) => {
      seen.push(event.get('Number'));
      client.pause();
      if (seen.length % 2 === 0) client.resume();
      else setImmediate(() => client.resume());
      if (seen.length === 100) resolve();
    });
  });
  const events = Array.from({ length: 100 }, (_, at) => block({ Event: 'Newstate', Number: String(at) }));
  await fake.send(events.join(''));
  await done;
  expect(seen).toEqual(Array.from({ length: 100 }, (_, at) => String(at)));
});

it('stays paused over a reconnect', async () => {
  const { client, fake, next } = open;
  const seen: string[] = [];
  client.on('event', (event) => seen.push(event.get('Number')));
  const again = next('up');
  fake.cut();
  const down = next('down');
  await down;
  client.pause();
  await again;
  await fake.event('Newstate', { Number: '1' });
  await wait(50);
  expect(seen).toEqual([]);
  const event = next('event');
  client.resume();
  await event;
  expect(seen).toEqual(['1']);
});
