import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sampleCall, sampleLeg } from '../http/testing/sample-calls.ts';
import { testServer, type TestServer } from '../http/testing/test-server.ts';
import { urlOf } from './api-client.ts';
import { calls, type CallsOptions } from './calls.ts';
import { CommandFailure } from './failure.ts';
import { TestTerminal } from './testing/test-terminal.ts';

const startMs = Date.UTC(2026, 10, 20, 9);
const never = new AbortController().signal;

let server: TestServer;
let url: string;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'patchcord-calls-'));
  server = testServer();
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await server.app.close();
  rmSync(folder, { recursive: true });
});

function options(changes: Partial<CallsOptions> = {}): CallsOptions {
  return { url, token: server.token, limit: 50, ...changes };
}

describe('the history', () => {
  it('is a table with what callers wrote made safe', async () => {
    const name = 'Иван\u001b[2J\u202e';
    const missed = { answered: false, lostStage: 'queue' as const, responsible: null, talkMs: 0 };
    server.store.put(sampleCall('one', startMs, { client: { number: '1', e164: '+79161234567', name } }), 'call.ended');
    server.store.put(sampleCall('two', startMs + 1000, missed), 'call.ended');
    const terminal = new TestTerminal();
    await calls(options(), terminal, never);
    const [title, second, first] = terminal.out.split('\n');
    expect(title).toMatch(/^STARTED +DIR +CLIENT +LINE +OPERATOR +RESULT +WAIT +TALK +ID$/);
    expect(first).toMatch(/ in +\+79161234567 Иван\[2J +84950001122 +101 +answered +0:10 +2:50 +one$/);
    expect(second).toMatch(/ missed \(queue\) .* two$/);
  });

  it('is asked for with every condition by its name in the API', async () => {
    const given = {
      pbx: 'main',
      direction: 'inbound',
      missed: true,
      lostStage: 'queue',
      line: '8495',
      trunk: 't',
      extension: '101',
      responsible: '102',
      number: '916',
      queue: 'sales',
      from: '2026-11-20T00:00:00Z',
      to: '2026-11-21T00:00:00Z',
      result: 486,
      minTalk: 5,
      transferred: true,
      recorded: true,
      answered: true,
      open: true,
    } as const;
    await calls(options(given), new TestTerminal(), never);
    const { result, minTalk, from, to, ...same } = given;
    expect(server.store.asked).toEqual([
      {
        filter: {
          ...same,
          resultCode: result,
          minTalkMs: minTalk * 1000,
          from: new Date(from).toISOString(),
          to: new Date(to).toISOString(),
        },
        page: { limit: 50 },
      },
    ]);
  });

  it('is read page by page up to the limit, and says that there is more', async () => {
    for (let n = 0; n < 450; n += 1) server.store.put(sampleCall(`call-${n}`, startMs + n), 'call.ended');
    const terminal = new TestTerminal();
    await calls(options({ limit: 420, json: true }), terminal, never);
    const { calls: found } = JSON.parse(terminal.out) as { calls: { id: string }[] };
    expect(found.map(({ id }) => id)).toEqual(Array.from({ length: 420 }, (_, n) => `call-${449 - n}`));
    expect(server.store.asked.map(({ page }) => page.limit)).toEqual([200, 200, 20]);

    const table = new TestTerminal();
    await calls(options({ limit: 10 }), table, never);
    expect(table.notes.join()).toContain('there are older ones');
  });

  it('with nothing in it says so', async () => {
    const terminal = new TestTerminal();
    await calls(options({ missed: true }), terminal, never);
    expect(terminal.notes).toEqual(['no calls match']);
  });
});

describe('the calls in progress', () => {
  it('are drawn at once, follow the events, and leave the screen as it was', async () => {
    const ringing = sampleCall('a', Date.now(), {
      answered: false,
      answeredAt: null,
      endedAt: null,
      stage: 'ringing',
      legs: [sampleLeg(Date.now(), null, { answeredAt: null })],
      responsible: null,
    });
    server.live.calls.push(ringing);
    const terminal = new TestTerminal(true);
    const stop = new AbortController();
    const shown = calls(options(), terminal, stop.signal);
    await terminal.until(() => terminal.frame().some((line) => / in .* ringing +101$/.test(line)));
    expect(terminal.frame()[0]).toContain('1 call in progress');

    server.store.put(sampleCall('b', Date.now(), { endedAt: null, stage: 'talking' }), 'call.answered');
    await terminal.until(() => terminal.frame()[0]?.startsWith('2 calls') ?? false);
    expect(terminal.frame().join('\n')).toMatch(/talking/);

    server.store.put(ringing, 'call.merged', { into: 'b' });
    server.store.put({ ...sampleCall('b', Date.now()), endedAt: new Date().toISOString() }, 'call.ended');
    await terminal.until(() => terminal.frame()[0]?.startsWith('0 calls') ?? false);

    stop.abort();
    await shown;
    expect(terminal.out.startsWith('\u001b[?1049h')).toBe(true);
    expect(terminal.out.endsWith('\u001b[?25h\u001b[?1049l')).toBe(true);
  });

  it('that do not fit are counted', async () => {
    for (let n = 0; n < 20; n += 1) server.live.calls.push(sampleCall(`call-${n}`, startMs, { endedAt: null }));
    const terminal = new TestTerminal(true);
    const stop = new AbortController();
    const shown = calls(options({ live: true }), terminal, stop.signal);
    await terminal.until(() => terminal.frame().length > 1);
    stop.abort();
    await shown;
    expect(terminal.frame().length).toBeLessThanOrEqual(10);
    expect(terminal.frame().at(-1)).toMatch(/^and 14 more/);
  });

  it('tell a lost connection and go on', async () => {
    const terminal = new TestTerminal(true);
    const stop = new AbortController();
    const shown = calls(options(), terminal, stop.signal);
    await terminal.until(() => terminal.frame().length > 0);
    server.removeTokens();
    // What waits is answered with the next event; then the token is no longer taken.
    server.store.put(sampleCall('b', Date.now(), { endedAt: null }), 'call.started');
    await terminal.until(() => terminal.frame()[1]?.includes('the token is not known') ?? false);
    stop.abort();
    await shown;
    expect(terminal.out.endsWith('\u001b[?1049l')).toBe(true);
  });
});

describe('the API client', () => {
  async function failure(changes: Partial<CallsOptions>): Promise<CommandFailure> {
    const end: unknown = await calls(options(changes), new TestTerminal(), never).catch((error: unknown) => error);
    expect(end).toBeInstanceOf(CommandFailure);
    return end as CommandFailure;
  }

  it('says the mend for a wrong token, and takes one from a file', async () => {
    expect((await failure({ token: 'pc_wrong' })).mend).toContain('patchcord token add');
    const file = join(folder, 'token');
    writeFileSync(file, `${server.token}\n`);
    const { token: _, ...withoutToken } = options({ tokenFile: file });
    await expect(calls(withoutToken, new TestTerminal(), never)).resolves.toBeUndefined();
    expect(await failure({ ...withoutToken, token: 'two words' })).toMatchObject({ exitCode: 2 });
    const { token: __, ...absent } = options({ tokenFile: join(folder, 'absent') });
    await expect(calls(absent, new TestTerminal(), never)).rejects.toThrow('ENOENT');
  });

  it('says the mend when nothing answers, and when something else does', async () => {
    expect((await failure({ url: `${url}/elsewhere` })).exitCode).toBe(1);
    expect(await failure({ url: 'ftp://x' })).toMatchObject({ exitCode: 2 });
    await server.app.close();
    expect(await failure({})).toMatchObject({
      message: `no answer from ${url} (ECONNREFUSED)`,
      mend: expect.stringContaining('patchcord start'),
    });
  });

  it('reaches a server on this machine whatever it listens on', () => {
    expect(['127.0.0.1:1', ':2', '0.0.0.0:3', '[::]:4', '[::1]:5', 'pbx.example:6'].map(urlOf)).toEqual([
      'http://127.0.0.1:1',
      'http://127.0.0.1:2',
      'http://127.0.0.1:3',
      'http://127.0.0.1:4',
      'http://[::1]:5',
      'http://pbx.example:6',
    ]);
  });
});
