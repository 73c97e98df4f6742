import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { AmiClient } from './client.ts';
import { harness } from './testing/harness.ts';
import type { Harness } from './testing/harness.ts';

let open: Harness | undefined;

async function up(...settings: Parameters<typeof harness>): Promise<Harness> {
  open = await harness(...settings);
  const isUp = open.next('up');
  open.client.start();
  await isUp;
  return open;
}

afterEach(async () => {
  await open?.stop();
  open = undefined;
});

describe('login', () => {
  it('proves the secret without sending it, and says what it is connected to', async () => {
    open = await harness({ banner: 'Asterisk Call Manager/5.0.4', secret: 'hunter2' });
    const isUp = open.next('up');
    open.client.start();
    expect(open.client.state).toBe('connecting');
    expect(await isUp).toEqual({ banner: 'Asterisk Call Manager/5.0.4', version: '5.0.4' });
    expect(open.client.state).toBe('up');
    expect(open.fake.actions.map((action) => action.name)).toEqual(['Challenge', 'Login', 'Events']);
    expect(open.fake.actions.map((action) => action.raw).join('\n')).not.toContain('hunter2');
  });

  it('sends the secret when told to', async () => {
    const { fake } = await up({ secret: 'hunter2' }, { auth: 'plain' });
    expect(fake.actions.map((action) => action.name)).toEqual(['Login', 'Events']);
    expect(fake.actions[0]!.get('Secret')).toBe('hunter2');
  });

  it('sets the filters before it opens the event stream', async () => {
    const { fake } = await up({}, { filters: ['!Event: RTCPSent', '!Event: TestEvent'], events: 'call,system' });
    expect(fake.actions.map((action) => action.name)).toEqual(['Challenge', 'Login', 'Filter', 'Filter', 'Events']);
    expect(fake.actions[2]!.get('Filter')).toBe('!Event: RTCPSent');
    expect(fake.actions[4]!.get('EventMask')).toBe('call,system');
  });

  it('works on without a filter that is refused, and says so', async () => {
    open = await harness({}, { filters: ['x'] });
    open.fake.handle('Filter', (action, session) => session.respond(action, 'Error', { Message: 'Permission denied' }));
    const refused = open.next('error');
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    expect(await refused).toMatchObject({
      code: 'filter-refused',
      message: expect.stringContaining('"system" write right'),
    });
  });

  it('tells a wrong password clearly, and does not hammer', async () => {
    open = await harness({}, { secret: 'wrong', reconnect: { minMs: 1, maxMs: 1 } });
    const refused = open.next('error');
    open.client.start();
    expect(await refused).toMatchObject({
      code: 'login-refused',
      message: expect.stringContaining('Authentication failed'),
    });
    expect(open.client.state).toBe('down');
    // A hundred times the back-off for other failures.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open.fake.sessions).toHaveLength(1);
  });

  it('tries a refused login again after its own pause', async () => {
    open = await harness({}, { secret: 'wrong', reconnect: { refusedMs: 20 } });
    open.client.start();
    await open.fake.until(() => open!.fake.sessions.length === 3);
    expect(new Set(open.errors)).toEqual(new Set(['login-refused']));
  });

  it('gives up on a peer that never speaks', async () => {
    open = await harness({ banner: null }, { loginTimeoutMs: 30 });
    const failed = open.next('error');
    open.client.start();
    expect(await failed).toMatchObject({ code: 'login-timeout' });
  });

  it('tells a peer that is no manager', async () => {
    open = await harness({ banner: 'SSH-2.0-OpenSSH_9.2' });
    const failed = open.next('error');
    open.client.start();
    expect(await failed).toMatchObject({ code: 'not-ami' });
  });

  it('tells an address where nobody listens', async () => {
    open = await harness();
    const { port } = open.fake;
    await open.fake.close();
    const failed = open.next('error');
    open.client.start();
    expect(await failed).toMatchObject({ code: 'unreachable', message: expect.stringContaining(String(port)) });
  });

  it('refuses settings that could not be sent safely', () => {
    const options = { host: '127.0.0.1', port: 5038, username: 'a', secret: 'b' };
    expect(() => new AmiClient({ ...options, username: 'a\r\nEvents: on' })).toThrow(/Username/);
    expect(() => new AmiClient({ ...options, secret: 'b\0' })).toThrow(/Secret/);
    expect(() => new AmiClient({ ...options, filters: ['x\n'] })).toThrow(/Filter/);
  });
});

describe('TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ami-tls-'));
  const made = spawnSync(
    'openssl',
    `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem`.split(
      ' ',
    ),
    { cwd: folder },
  );
  const reason = made.status === 0 ? '' : ' (skipped: there is no openssl to make a certificate with)';

  it.skipIf(reason !== '')(`carries login, actions and events${reason}`, async () => {
    const cert = readFileSync(join(folder, 'cert.pem'), 'utf8');
    const key = readFileSync(join(folder, 'key.pem'), 'utf8');
    rmSync(folder, { recursive: true });
    const { fake, client, next } = await up({ tls: { cert, key }, fullyBooted: false }, { tls: { ca: cert } });
    expect((await client.action('Ping')).get('Ping')).toBe('Pong');
    const event = next('event');
    await fake.event('Newchannel', { CallerIDName: 'x'.repeat(200_000), Uniqueid: '1.1' });
    expect((await event).get('Uniqueid')).toBe('1.1');
  });
});

describe('actions', () => {
  it('resolve with the response', async () => {
    const { client } = await up();
    const response = await client.action('Ping');
    expect(response.name).toBe('Response');
    expect(response.get('Ping')).toBe('Pong');
  });

  it('are told apart when answered out of order', async () => {
    const { fake, client } = await up();
    const waiting: (() => void)[] = [];
    fake.handle('Getvar', (action, session) => {
      waiting.unshift(() => void session.respond(action, 'Success', { Value: action.get('Variable') }));
      if (waiting.length === 3) for (const answer of waiting) answer();
    });
    const names = ['A', 'B', 'C'];
    const answers = await Promise.all(names.map((name) => client.action('Getvar', { Variable: name })));
    expect(answers.map((answer) => answer.get('Value'))).toEqual(names);
  });

  it('reject with what Asterisk says', async () => {
    const { client } = await up();
    const error = await client.action('Nonsense').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'refused', message: 'Asterisk refused Nonsense: Invalid/unknown command' });
  });

  it('reject after their time, and an answer that comes too late harms nobody', async () => {
    const { fake, client } = await up();
    let late = (): unknown => undefined;
    fake.handle('Slow', (action, session) => {
      late = () => session.respond(action, 'Success');
    });
    await expect(client.action('Slow', {}, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' });
    await late();
    expect((await client.action('Ping')).get('Ping')).toBe('Pong');
  });

  it('reject when the connection ends, and at once when there is none', async () => {
    const { fake, client, next } = await up();
    fake.handle('Slow', () => fake.session.end());
    const down = next('down');
    await expect(client.action('Slow')).rejects.toMatchObject({ code: 'disconnected' });
    await down;
    await expect(client.action('Ping')).rejects.toMatchObject({ code: 'not-connected' });
  });

  it('are refused when they could smuggle a header in; nothing is sent', async () => {
    const { fake, client } = await up();
    const before = fake.actions.length;
    const evil = client.action('Originate', { Channel: 'PJSIP/101', CallerID: 'x\r\nApplication: System' });
    await expect(evil).rejects.toMatchObject({ code: 'unsafe-field', field: 'CallerID' });
    await client.action('Ping');
    expect(fake.actions.slice(before).map((action) => action.name)).toEqual(['Ping']);
  });

  it('are bounded in number', async () => {
    const { fake, client } = await up({}, { maxPending: 2 });
    fake.handle('Slow', () => undefined);
    const slow = [client.action('Slow'), client.action('Slow')].map((action) =>
      action.catch((error: unknown) => error),
    );
    await expect(client.action('Ping')).rejects.toMatchObject({ code: 'busy' });
    await client.stop();
    expect(await Promise.all(slow)).toMatchObject([{ code: 'stopped' }, { code: 'stopped' }]);
  });

  it('have ids that no two clients or connections share', async () => {
    const { fake, client, next } = await up();
    await client.action('Ping');
    const again = next('up');
    fake.cut();
    await again;
    await client.action('Ping');
    const ids = fake.actions.map((action) => action.get('ActionID'));
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('lists', () => {
  const channels = [{ Channel: 'PJSIP/1' }, { Channel: 'PJSIP/2' }];

  it('resolve with their items, which are no events; live events in between are', async () => {
    const { fake, client, next } = await up({ fullyBooted: false });
    fake.handleList('CoreShowChannels', 'CoreShowChannel', () => {
      void fake.event('Newchannel', { Channel: 'PJSIP/3' });
      return channels;
    });
    const seen: string[] = [];
    client.on('event', (event) => seen.push(event.name));
    const live = next('event');
    const items = await client.list('CoreShowChannels');
    await live;
    expect(items.map((item) => item.get('Channel'))).toEqual(['PJSIP/1', 'PJSIP/2']);
    expect(seen).toEqual(['Newchannel']);
  });

  it('may be empty, and may be refused', async () => {
    const { fake, client } = await up();
    fake.handleList('Status', 'Status', () => []);
    expect(await client.list('Status')).toEqual([]);
    await expect(client.list('Nonsense')).rejects.toMatchObject({ code: 'refused' });
  });

  it('are bounded in length', async () => {
    const { fake, client } = await up({}, { maxListItems: 1 });
    fake.handleList('CoreShowChannels', 'CoreShowChannel', () => channels);
    await expect(client.list('CoreShowChannels')).rejects.toMatchObject({ code: 'too-many-items' });
  });

  it('leave an event with a foreign ActionID an event', async () => {
    const { fake, client, next } = await up({ fullyBooted: false });
    fake.handle('Slow', () => undefined);
    const list = client.list('Slow', {}, { timeoutMs: 50 }).catch((error: unknown) => error);
    const event = next('event');
    await fake.event('OriginateResponse', { ActionID: 'another-1', Response: 'Failure' });
    expect((await event).get('Response')).toBe('Failure');
    expect(await list).toMatchObject({ code: 'timeout' });
  });
});

describe('events', () => {
  it('come in order, from FullyBooted on, after "up"', async () => {
    open = await harness();
    const seen: string[] = [];
    open.client.on('up', () => seen.push('up'));
    open.client.on('event', (event) => seen.push(event.name));
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    await open.fake.event('Newchannel');
    await open.fake.event('Hangup');
    await open.client.action('Ping');
    expect(seen).toEqual(['up', 'FullyBooted', 'Newchannel', 'Hangup']);
  });

  it('go on after a listener that fails, which is reported', async () => {
    const { fake, client, errors } = await up();
    const seen: string[] = [];
    client.on('event', () => {
      throw new Error('mine');
    });
    client.on('event', () => Promise.reject(new Error('mine too')));
    client.on('event', (event) => seen.push(event.name));
    await fake.event('Newchannel');
    await fake.event('Hangup');
    await client.action('Ping');
    expect(seen).toEqual(['Newchannel', 'Hangup']);
    expect(errors).toEqual(['listener', 'listener', 'listener', 'listener']);
  });
});

describe('stop', () => {
  it('logs off, and can be called at any time and twice', async () => {
    const { fake, client } = await up();
    await Promise.all([client.stop(), client.stop()]);
    await client.stop();
    expect(client.state).toBe('stopped');
    expect(fake.actions.at(-1)!.name).toBe('Logoff');
  });

  it('ends the attempts to connect, and start begins anew', async () => {
    open = await harness();
    await open.client.stop();
    open.client.start();
    await open.client.stop();
    const isUp = open.next('up');
    open.client.start();
    await isUp;
    expect(open.client.state).toBe('up');
  });
});
