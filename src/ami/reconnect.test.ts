import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { block, FakeServer } from './testing/fake-server.ts';
import { harness } from './testing/harness.ts';
import type { Harness } from './testing/harness.ts';

let open: Harness | undefined;

afterEach(async () => {
  await open?.stop();
  open = undefined;
});

describe('a connection that ends', () => {
  it('is told once, with the reason, and made anew', async () => {
    open = await harness();
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    const down = open.next('down');
    const again = open.next('up');
    open.fake.session.end();
    expect(await down).toMatchObject({ code: 'disconnected' });
    await again;
    expect(open.client.state).toBe('up');
    expect(open.errors).toEqual([]);
  });

  it('comes back when Asterisk was away for a while', async () => {
    open = await harness();
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    const { port } = open.fake;
    const refused = open.next('error');
    await open.fake.close();
    expect(await refused).toMatchObject({ code: 'unreachable' });
    const again = open.next('up');
    open.fake = await FakeServer.start({ port });
    await again;
  });

  it('cut at any byte gives whole events only, and is always made anew', async () => {
    const event = block({ Event: 'Newchannel', CallerIDName: 'Ёлка', Uniqueid: '1.1' });
    open = await harness({}, { reconnect: { minMs: 1, maxMs: 1 } });
    const { fake, client } = open;
    const seen: string[] = [];
    client.on('event', (message) => seen.push(message.raw));
    fake.handle('Events', (action, session) => {
      void session.respond(action, 'Success', { Events: 'On' });
      return session.send(event);
    });
    // Each connection lives one byte longer than the one before, until one comes through whole.
    fake.cutAfterBytes = 0;
    client.start();
    for (let made = 1; !seen.some((raw) => raw === event.trim()); made += 1) {
      await fake.until(() => fake.sessions.length >= made);
      fake.cutAfterBytes = made;
    }
    expect(fake.sessions.length).toBeGreaterThan(300);
    expect(new Set(seen)).toEqual(
      new Set([event.trim(), block({ Event: 'FullyBooted', Privilege: 'system,all', Uptime: '100' }).trim()]),
    );
    expect(open.errors.filter((code) => code !== 'disconnected')).toEqual([]);
  });
});

describe('a half-open connection', () => {
  it('is noticed, ended and made anew', async () => {
    open = await harness({}, { keepAliveMs: 30 });
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    const down = open.next('down');
    const again = open.next('up');
    open.fake.session.goSilent();
    const waiting = open.client.action('Ping').catch((error: unknown) => error);
    expect(await down).toMatchObject({ code: 'half-open' });
    expect(await waiting).toMatchObject({ code: 'half-open' });
    await again;
  });

  it('is not taken for one that is only quiet, nor for one that sends events', async () => {
    open = await harness({}, { keepAliveMs: 20 });
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    await open.fake.received('Ping', 3);
    // Now the fake answers no Ping but keeps sending: it is alive.
    open.fake.handle('Ping', () => undefined);
    for (let sent = 0; sent < 10; sent += 1) {
      await open.fake.event('Newstate');
      await wait(10);
    }
    expect(open.client.state).toBe('up');
    expect(open.fake.sessions).toHaveLength(1);
  });
});
