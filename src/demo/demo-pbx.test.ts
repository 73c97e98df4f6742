import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startDemoPbx, type DemoPbx, type DemoPbxOptions } from './demo-pbx.ts';
import type { CallTruth } from './truth.ts';

/** A plain reader of the AMI: blocks as they arrive. */
class Reader {
  readonly socket: Socket;
  readonly blocks: string[] = [];
  private rest = '';
  private readonly waiting = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.rest += text;
      // The banner is one line without an empty one after it.
      if (this.blocks.length === 0 && this.rest.includes('\r\n')) this.cut('\r\n');
      while (this.blocks.length > 0 && this.rest.includes('\r\n\r\n')) this.cut('\r\n\r\n');
      for (const look of this.waiting) look();
    });
  }

  private cut(end: string): void {
    const at = this.rest.indexOf(end);
    this.blocks.push(this.rest.slice(0, at));
    this.rest = this.rest.slice(at + end.length);
  }

  send(action: string, headers: Record<string, string> = {}): void {
    const rows = Object.entries({ Action: action, ...headers }).map(([key, value]) => `${key}: ${value}\r\n`);
    this.socket.write(`${rows.join('')}\r\n`);
  }

  /** The first block from `from` on that matches. */
  async find(what: RegExp, from = 0): Promise<string> {
    for (;;) {
      const found = this.blocks.slice(from).find((one) => what.test(one));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        const look = (): void => {
          this.waiting.delete(look);
          resolve();
        };
        this.waiting.add(look);
      });
    }
  }

  async ask(action: string, id: string, headers: Record<string, string> = {}): Promise<string> {
    this.send(action, { ActionID: id, ...headers });
    return this.find(new RegExp(`^Response: [^]*ActionID: ${id}(\r|$)`));
  }
}

let pbx: DemoPbx | null = null;
const readers: Reader[] = [];

async function open(options: Partial<DemoPbxOptions> = {}): Promise<Reader> {
  pbx ??= await startDemoPbx({ seed: 5, ...options });
  const socket = connect(pbx.port, pbx.host);
  await once(socket, 'connect');
  const reader = new Reader(socket);
  readers.push(reader);
  await reader.find(/^Asterisk Call Manager\/11\.0\.0$/);
  return reader;
}

async function openIn(options: Partial<DemoPbxOptions> = {}, events = 'on'): Promise<Reader> {
  const reader = await open(options);
  const response = await reader.ask('Login', 'in', { Username: 'patchcord', Secret: 'demo', Events: events });
  expect(response).toContain('Authentication accepted');
  return reader;
}

afterEach(async () => {
  for (const reader of readers.splice(0)) reader.socket.destroy();
  await pbx?.stop();
  pbx = null;
});

describe('login', () => {
  it('takes the secret, tells that it has booted, and says goodbye', async () => {
    const reader = await openIn();
    await reader.find(/^Event: FullyBooted/);
    const goodbye = await reader.ask('Logoff', 'bye');
    expect(goodbye).toContain('Response: Goodbye');
    await once(reader.socket, 'close');
  });

  it('takes an answer to the challenge', async () => {
    const reader = await open();
    const challenge = /Challenge: (\d+)/.exec(await reader.ask('Challenge', 'c', { AuthType: 'MD5' }))?.[1] ?? '';
    const key = createHash('md5').update(`${challenge}demo`).digest('hex');
    const response = await reader.ask('Login', 'in', { AuthType: 'MD5', Username: 'patchcord', Key: key });
    expect(response).toContain('Response: Success');
  });

  it('refuses a wrong secret, a wrong key and actions before it, and hangs up', async () => {
    const early = await open();
    expect(await early.ask('CoreShowChannels', 'early')).toContain('Message: Permission denied');
    expect(await early.ask('Login', 'in', { Username: 'patchcord', Secret: 'no' })).toContain('Authentication failed');
    await once(early.socket, 'close');
    const other = await open();
    await other.ask('Challenge', 'c', { AuthType: 'MD5' });
    expect(await other.ask('Login', 'in', { AuthType: 'MD5', Username: 'patchcord', Key: '00' })).toContain(
      'Authentication failed',
    );
  });
});

describe('a session', () => {
  it('answers pings, and an unknown action with an error', async () => {
    const reader = await openIn({}, 'off');
    expect(await reader.ask('Ping', 'p')).toMatch(/Response: Success[^]*Ping: Pong/);
    expect(await reader.ask('SIPpeers', 'u')).toMatch(/Response: Error[^]*Invalid\/unknown command: SIPpeers/);
    expect(await reader.ask('Command', 'c', { Command: 'core show channels' })).toContain('Response: Error');
    expect(await reader.ask('CoreSettings', 's')).toContain('AMIversion: 11.0.0');
  });

  it('lists what a snapshot needs', async () => {
    const reader = await openIn({ speed: 5, gapMs: [10, 20], startMs: Date.UTC(2026, 10, 20) });
    await reader.find(/^Event: BridgeEnter/);
    for (const [action, item, end] of [
      ['CoreShowChannels', 'CoreShowChannel', 'CoreShowChannelsComplete'],
      ['Status', 'Status', 'StatusComplete'],
      ['BridgeList', 'BridgeListItem', 'BridgeListComplete'],
      ['QueueStatus', 'QueueParams', 'QueueStatusComplete'],
      ['PJSIPShowEndpoints', 'EndpointList', 'EndpointListComplete'],
      ['PJSIPShowRegistrationsOutbound', 'OutboundRegistrationDetail', 'OutboundRegistrationDetailComplete'],
      ['ExtensionStateList', 'ExtensionStatus', 'ExtensionStateListComplete'],
    ] as const) {
      expect(await reader.ask(action, action)).toContain('EventList: start');
      const ending = await reader.find(new RegExp(`^Event: ${end}\r[^]*ActionID: ${action}`));
      const own = reader.blocks.filter((one) => new RegExp(`^Event: ${item}\r[^]*ActionID: ${action}(\r|$)`).test(one));
      expect(own.length).toBeGreaterThan(0);
      expect(ending).toMatch(/ListItems: [1-9]/);
    }
    const bridge = /BridgeUniqueid: (.*)/.exec(await reader.find(/^Event: BridgeListItem/))?.[1]?.trim() ?? '';
    expect(await reader.ask('BridgeInfo', 'bi', { BridgeUniqueid: bridge })).toContain(
      'Bridge channel listing will follow',
    );
    await reader.find(/^Event: BridgeInfoComplete[^]*ActionID: bi/);
    expect(await reader.ask('BridgeInfo', 'b2', { BridgeUniqueid: 'no' })).toContain(
      'Specified BridgeUniqueid not found',
    );
  }, 60_000);

  it('sends only what the mask and the filters let through', async () => {
    const reader = await openIn({ speed: 50, gapMs: [50, 60] }, 'call');
    for (const name of ['Newchannel', 'DialEnd'])
      await reader.ask('Filter', name, { Operation: 'Add', Filter: `Event: ${name}` });
    await reader.ask('Filter', 'x', { Operation: 'Add', Filter: '!Channel: Local/' });
    expect(await reader.ask('Filter', 'bad', { Operation: 'Add', Filter: '(' })).toContain('Response: Error');
    const from = reader.blocks.length;
    for (const name of ['Newchannel', 'DialEnd']) await reader.find(new RegExp(`^Event: ${name}`), from);
    const names = new Set(reader.blocks.slice(from).map((one) => /^Event: (.*)/.exec(one)?.[1]?.trim()));
    expect(names).toEqual(new Set(['Newchannel', 'DialEnd']));
  });
});

describe('the Events action', () => {
  it('opens and closes the stream; the day begins when somebody wants to hear of calls', async () => {
    const reader = await openIn({ speed: 50 }, 'system');
    expect(await reader.ask('Events', 'off', { EventMask: 'off' })).toContain('Events: Off');
    expect(reader.blocks.some((one) => one.startsWith('Event: Newchannel'))).toBe(false);
    expect(await reader.ask('Events', 'on', { EventMask: 'call' })).toContain('Events: On');
    await reader.find(/^Event: Newchannel/);
    expect(reader.blocks.some((one) => one.startsWith('Event: Newexten'))).toBe(false);
  });
});

describe('control', () => {
  it('hangs up a call, and each of its channels ends once', async () => {
    const truths: CallTruth[] = [];
    const reader = await openIn({
      gapMs: [600_000, 600_000],
      kinds: ['in-answered'],
      onTruth: (truth) => truths.push(truth),
    });
    const bridged = await reader.find(/^Event: BridgeEnter[^]*Channel: PJSIP\/trunk/);
    const linkedid = /Linkedid: (.*)/.exec(bridged)?.[1]?.trim() ?? '';
    const channel = /\r\nChannel: (.*)/.exec(bridged)?.[1]?.trim() ?? '';
    expect(await reader.ask('Hangup', 'h', { Channel: channel })).toContain('Channel Hungup');
    expect(await reader.ask('Hangup', 'h2', { Channel: channel })).toContain('No such channel');
    await reader.ask('Ping', 'p');
    const ends = reader.blocks.filter(
      (one) => one.startsWith('Event: Hangup\r') && one.includes(`Linkedid: ${linkedid}`),
    );
    expect(ends).toHaveLength(2);
    expect(truths.map(({ linkedId, disturbed }) => ({ linkedId, disturbed }))).toEqual([
      { linkedId: linkedid, disturbed: true },
    ]);
  }, 60_000);

  it('redirects a client to another phone', async () => {
    const reader = await openIn({ speed: 5, gapMs: [600_000, 600_000], kinds: ['in-answered'] });
    const bridged = await reader.find(/^Event: BridgeEnter[^]*Channel: PJSIP\/trunk/);
    const channel = /\r\nChannel: (.*)/.exec(bridged)?.[1]?.trim() ?? '';
    const from = reader.blocks.length;
    const headers = { Channel: channel, Context: 'from-internal', Exten: '105', Priority: '1' };
    expect(await reader.ask('Redirect', 'r', headers)).toContain('Redirect successful');
    await reader.find(/^Event: DialBegin[^]*DialString: 105/, from);
    await reader.find(/^Event: BridgeEnter[^]*Channel: PJSIP\/105-/, from);
  }, 60_000);

  it('calls: the operator first, then the client; with the given id and variables', async () => {
    const reader = await openIn({ seed: 2, speed: 50, gapMs: [6_000_000, 6_000_000], kinds: ['menu-abandoned'] });
    const headers = {
      Channel: 'PJSIP/101',
      Context: 'from-internal',
      Exten: '79161234567',
      Priority: '1',
      CallerID: 'Client <79161234567>',
      ChannelId: 'crm-1',
      Variable: 'CRM_CALL_ID=42',
      Async: 'true',
    };
    expect(await reader.ask('Originate', 'o', headers)).toContain('Originate successfully queued');
    const first = await reader.find(/^Event: Newchannel[^]*Uniqueid: crm-1/);
    expect(first).toContain('Channel: PJSIP/101-');
    await reader.find(/^Event: VarSet[^]*Variable: CRM_CALL_ID\r\nValue: 42/);
    expect(await reader.find(/^Event: OriginateResponse[^]*ActionID: o\r/)).toContain('Uniqueid: crm-1');
    await reader.find(/^Event: Hangup[^]*Uniqueid: crm-1/);
    expect(await reader.ask('Originate', 'o2', { Channel: 'PJSIP/999', Exten: '1' })).toContain('Response: Error');
    await reader.ask('Originate', 'o3', { ...headers, Channel: 'PJSIP/116', ChannelId: 'crm-2' });
    expect(await reader.find(/^Event: OriginateResponse[^]*ActionID: o3\r/)).toMatch(
      /Response: Failure[^]*Uniqueid: crm-2/,
    );
  }, 60_000);
});

describe('at any speed', () => {
  it('shows a watcher the first call within three seconds', async () => {
    const reader = await openIn();
    const startedAt = performance.now();
    await reader.find(/^Event: Newchannel/);
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('loses nothing to a slow reader, and ends', async () => {
    const truths: CallTruth[] = [];
    const options = {
      speed: Infinity,
      calls: 300,
      staff: 40,
      gapMs: [1000, 2000] as const,
      onTruth: (truth: CallTruth) => truths.push(truth),
    };
    const reader = await openIn({ ...options, startMs: Date.UTC(2026, 10, 20) });
    let pauses = 0;
    reader.socket.on('data', () => {
      if (pauses++ > 20) return;
      reader.socket.pause();
      setImmediate(() => reader.socket.resume());
    });
    await pbx?.finished;
    await reader.ask('Ping', 'end');
    const count = (name: string): number => reader.blocks.filter((one) => one.startsWith(`Event: ${name}\r`)).length;
    expect(truths).toHaveLength(300);
    expect(count('Newchannel')).toBeGreaterThan(600);
    expect(count('Hangup')).toBe(count('Newchannel'));
  });
});
