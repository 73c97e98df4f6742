import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { block, FakeServer, type FakeServerOptions } from '../ami/testing/fake-server.ts';
import { testServer } from '../http/testing/test-server.ts';
import { defaultSettings } from '../settings/load.ts';
import type { PbxSettings, Settings } from '../settings/schema.ts';
import { openStore } from '../store/open-store.ts';
import { checkAmi } from './checks/ami.ts';
import { failed, ok, warning, type Finding } from './checks/finding.ts';
import { checkDatabase, checkDisk, checkPort, checkSettings } from './checks/machine.ts';
import { doctor } from './doctor.ts';
import { CommandFailure } from './failure.ts';
import { TestTerminal } from './testing/test-terminal.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-doctor-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

function levels(findings: readonly Finding[]): Record<string, string> {
  return Object.fromEntries(findings.map(({ name, level }) => [name.replace('pbx main: ', ''), level]));
}

describe('this machine', () => {
  async function listening(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function settings(changes: Partial<Settings> = {}): Settings {
    return { ...defaultSettings(folder), ...changes };
  }

  it('has a port that is free, ours, or another program’s', async () => {
    expect(await checkPort(settings({ listen: '127.0.0.1:0' }))).toMatchObject([{ level: 'ok' }]);
    const listen = await listening(createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n')));
    expect(await checkPort(settings({ listen }))).toMatchObject([
      { level: 'error', message: `${listen} is taken by another program`, mend: expect.stringContaining('listen') },
    ]);
    expect(await checkPort(settings({ listen: '192.0.2.1:8090' }))).toMatchObject([
      { level: 'error', mend: 'Set listen to an address of this machine' },
    ]);

    const { app } = testServer();
    onTestFinished(() => app.close());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    expect(await checkPort(settings({ listen: `127.0.0.1:${port}` }))).toEqual([
      ok('port', `Patchcord runs at 127.0.0.1:${port}`),
    ]);
  });

  it('has a database that can be written, or a folder for one', async () => {
    const database = `sqlite:${join(folder, 'patchcord.db')}`;
    expect(await checkDatabase(settings({ database }))).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/will be made/) },
    ]);
    await (await openStore(database)).close();
    expect(await checkDatabase(settings({ database }))).toMatchObject([
      { level: 'ok', message: expect.stringMatching(/written to/) },
    ]);

    writeFileSync(join(folder, 'broken.db'), 'this is no database, however long it is looked at');
    const [broken] = await checkDatabase(settings({ database: `sqlite:${join(folder, 'broken.db')}` }));
    expect(broken).toMatchObject({ level: 'error', mend: expect.stringMatching(/\w/) });
  });

  it('says how much room there is', async () => {
    expect(await checkDisk(settings())).toMatchObject([
      { name: 'disk', message: expect.stringMatching(/GiB are free/) },
    ]);
  });

  it('warns of a settings file that everybody may read, and of a demo', () => {
    const file = join(folder, 'patchcord.yaml');
    writeFileSync(file, '');
    const pbx = {
      name: 'main',
      host: 'h',
      port: 1,
      username: 'u',
      secret: 's',
      tls: false,
      trunks: [],
      extensions: [],
    };
    chmodSync(file, 0o644);
    expect(checkSettings(settings({ pbx: [pbx] }), file).map(({ level }) => level)).toEqual(['ok', 'warning']);
    chmodSync(file, 0o600);
    expect(checkSettings(settings({ pbx: [pbx] }), file)).toEqual([ok('settings', `${file} is right`)]);
    expect(checkSettings(settings(), null)).toMatchObject([
      { level: 'warning', message: expect.stringMatching(/a demo plays/) },
    ]);
    expect(checkSettings(settings({ pbx: [pbx], region: 'AQ' }), file)[1]).toMatchObject({
      level: 'warning',
      message: expect.stringMatching(/AQ/),
    });
  });
});

describe('an Asterisk', () => {
  const all = [
    'CoreShowChannels',
    'Status',
    'Originate',
    'Redirect',
    'Hangup',
    'Setvar',
    'Filter',
    'PJSIPShowEndpoints',
  ];

  /** One that answers as Asterisk 22 does to a user who may use these actions and hears these classes. */
  async function asterisk(
    given: { actions?: string[]; hears?: string[]; aheadMs?: number; version?: string } & FakeServerOptions = {},
  ): Promise<{ fake: FakeServer; pbx: PbxSettings }> {
    const { actions = all, hears = ['call', 'dialplan', 'agent', 'system'], aheadMs = 0, version = '22.10.1' } = given;
    const fake = await FakeServer.start({ ...given, fullyBooted: hears.includes('system') });
    onTestFinished(() => fake.close());
    fake.handle('ListCommands', (action, session) =>
      session.respond(
        action,
        'Success',
        Object.fromEntries(actions.map((name) => [name, 'What it does.  (Priv: all)'])),
      ),
    );
    fake.handle('CoreSettings', (action, session) => session.respond(action, 'Success', { AsteriskVersion: version }));
    fake.handle('Ping', (action, session) => {
      const Timestamp = ((Date.now() + aheadMs) / 1000).toFixed(6);
      return session.respond(action, 'Success', { Ping: 'Pong', Timestamp });
    });
    fake.handle('Setvar', async (action, session) => {
      if (hears.includes('dialplan')) await fake.event('VarSet', { Channel: 'none', Variable: action.get('Variable') });
      await session.respond(action, 'Success', { Message: 'Variable Set' });
    });
    fake.handle('Originate', async (action, session) => {
      await session.respond(action, 'Success', { Message: 'Originate successfully queued' });
      if (hears.includes('call'))
        await fake.event('OriginateResponse', { Channel: action.get('Channel'), Reason: '0' });
    });
    fake.handle('Command', (action, session) => {
      const Output = ['', '          username: x', `         read perm: ${hears.join(',')}`];
      return session.send(block({ Response: 'Success', ActionID: action.get('ActionID'), Output }));
    });
    return { fake, pbx: { name: 'main', ...fake.address, tls: false, trunks: [], extensions: [] } };
  }

  it('where all is well', async () => {
    const { fake, pbx } = await asterisk({ actions: [...all, 'Command'] });
    const findings = await checkAmi(pbx);
    expect(levels(findings)).toEqual({
      login: 'ok',
      version: 'ok',
      driver: 'ok',
      clock: 'ok',
      'rights to act': 'ok',
      'rights to hear': 'ok',
      events: 'ok',
    });
    expect(fake.actions.find(({ name }) => name === 'Originate')?.get('Channel')).toBe('PJSIP/patchcord-doctor');
  });

  it('that refuses the secret is told with the section of manager.conf', async () => {
    const { pbx } = await asterisk();
    expect(await checkAmi({ ...pbx, secret: 'hunter2' })).toEqual([
      failed(
        'pbx main: login',
        expect.stringContaining('Authentication failed') as string,
        expect.stringContaining('[patchcord] in manager.conf') as string,
      ),
    ]);
  });

  it('that is not there, or is no Asterisk', async () => {
    const { fake, pbx } = await asterisk();
    await fake.close();
    expect(await checkAmi(pbx)).toMatchObject([
      { level: 'error', mend: expect.stringContaining('Check host and port') },
    ]);
    const other = await asterisk({ banner: 'SSH-2.0-OpenSSH_9.2' });
    expect(await checkAmi(other.pbx)).toMatchObject([
      { level: 'error', mend: expect.stringContaining('Another program') },
    ]);
  });

  it('that keeps rights from the user', async () => {
    const { pbx } = await asterisk({ actions: ['Originate', 'Setvar'], hears: ['dialplan'] });
    const findings = await checkAmi(pbx);
    expect(levels(findings)).toMatchObject({ 'rights to act': 'error', 'rights to hear': 'error', events: 'ok' });
    const mends = findings.map(({ mend }) => mend);
    expect(mends).toContainEqual(
      expect.stringContaining('Add to write in section [patchcord] of manager.conf: reporting,call'),
    );
    expect(mends).toContainEqual(
      expect.stringContaining('Add to read in section [patchcord] of manager.conf: call,system'),
    );
  });

  it('that sends nothing', async () => {
    const { pbx } = await asterisk({ hears: [] });
    expect(levels(await checkAmi(pbx))).toMatchObject({ 'rights to hear': 'error', events: 'error' });
  });

  it('that does not let it be told whether queues are heard', async () => {
    const { pbx } = await asterisk();
    const findings = await checkAmi(pbx);
    expect(findings.find(({ name }) => name.endsWith('hear'))).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(/shows the rest \(agent\)/),
    });
    const told = await asterisk({ actions: [...all, 'Command'], hears: ['call', 'dialplan', 'system'] });
    expect(await checkAmi(told.pbx)).toContainEqual(
      warning(
        'pbx main: rights to hear',
        'events are kept from the user: agent (queues are not seen)',
        expect.stringContaining('manager.conf: agent') as string,
      ),
    );
  });

  it.each([
    [500, 'ok'],
    [-5000, 'warning'],
    [120_000, 'error'],
  ])('whose clock is %i ms ahead: %s', async (aheadMs, level) => {
    const { pbx } = await asterisk({ aheadMs });
    expect(levels(await checkAmi(pbx))).toMatchObject({ clock: level });
  });

  it.each([
    ['16.28.0', 'ok'],
    ['certified/18.9-cert4', 'ok'],
    ['13.38.3', 'warning'],
    ['GIT-master', 'warning'],
  ])('of version %s: %s', async (version, level) => {
    const { pbx } = await asterisk({ version });
    expect(levels(await checkAmi(pbx))).toMatchObject({ version: level });
  });
});

describe('the command', () => {
  async function run(findings: Finding[], json?: true): Promise<{ terminal: TestTerminal; end: unknown }> {
    const file = join(folder, 'patchcord.yaml');
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, '');
    const terminal = new TestTerminal();
    const end: unknown = await doctor({ settings: file, ...(json ? { json } : {}) }, terminal, () => [
      () => Promise.resolve(findings),
      () => Promise.reject(new Error('no such luck')),
    ]).catch((error: unknown) => error);
    return { terminal, end };
  }

  it('tells every finding with its mend, a check that fails too, and ends with 1 for an error', async () => {
    const { terminal, end } = await run([ok('one', 'fine\u001b[2J'), warning('two', 'not so', 'do this')]);
    expect(terminal.out.split('\n')).toEqual([
      'ok       one: fine[2J',
      'warning  two: not so',
      '         mend: do this',
      'error    doctor: a check could not be made: no such luck',
      '         mend: Report it',
      '',
    ]);
    expect(end).toMatchObject({ exitCode: 1, message: '1 of 3 checks found an error' });
    expect(end).toBeInstanceOf(CommandFailure);
  });

  it('gives the same as JSON', async () => {
    const { terminal } = await run([ok('one', 'fine')], true);
    expect(JSON.parse(terminal.out)).toMatchObject({ findings: [ok('one', 'fine'), { level: 'error' }] });
  });
});
