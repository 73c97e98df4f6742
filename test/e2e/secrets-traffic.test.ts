// Secrets planted wherever a secret can be; calls, clicks, records and every kind of failure; then everything that was said or kept is searched.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { companies, lines } from '../../lab/company.ts';
import { freePort } from '../../lab/child.ts';
import { type Lab, openLab } from '../../lab/lab.ts';
import { clientTalksTo, pause, ringMs, talkMs } from '../../lab/scenarios/scenario.ts';
import { answersAfter } from '../../lab/sip/party.ts';
import { fileURLToPath } from 'node:url';
import { ALL_SCOPES } from '../fakes/bitrix24/settings.ts';
import { FakePortal } from '../fakes/bitrix24/portal.ts';
import { WebhookReceiver } from '../fakes/webhook/receiver.ts';
import { Patchcord, pbxOf, temporaryFolder } from './faults-support.ts';
import { advisedUser } from './support/patchcord.ts';
import { officeUsers, userOf } from './support/portal-office.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';
import { filesIn, formsOf, leaks, type Said, tablesOf, textsOf } from './support/secret-hunt.ts';

const commandFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const soon = { timeout: 30_000, interval: 100 };

/** Of each place that a secret can be in; with the signs that are written otherwise in addresses, JSON and HTML. */
const planted = {
  'the manager’s secret': 'canary/ami+secret-8f2b61d0',
  'a wrong manager’s secret': 'canary/ami+wrong-77aa01c2e5',
  'the password of the database': 'canary/db&password-5e0c19aa',
  'the key of the installation': 'canary/key&"secret"-0123456789abcdef-f00d',
  'the webhook of a portal': 'canaryhook4b7e2a91c0',
  'a wrong webhook': 'canarywrong9d03be77f1',
  'the client’s secret': 'canary/client+secret&-3c9e01bb',
  'the application’s token': 'canary/application+token-61f7a2d4',
  'the token of an outgoing webhook': 'canary/event&token-a0b1c2d3e4',
  'a forged token': 'canary/forged+token-b9c8d7e6f5',
  'a token that is none': 'canary-no-token-of-the-api-12ab34cd56',
};

describeWithAsterisk('planted secrets', 22, () => {
  const folder = temporaryFolder();
  const secrets = new Map<string, string>(Object.entries(planted));
  const said: Said[] = [];
  const closing: (() => Promise<unknown> | void)[] = [() => folder.remove()];
  let lab: Lab;
  let app: FakePortal;
  let linked: FakePortal;
  let receiver: WebhookReceiver;
  let one: Patchcord;
  let settings: Record<string, unknown>;
  let url = '';

  beforeAll(async () => {
    const user = {
      ...advisedUser,
      secret: planted['the manager’s secret'],
      write: 'system,call,reporting,originate',
    };
    lab = await openLab({ version: 22, users: [user], companies: companies.slice(0, 1) });
    closing.push(() => lab.close());
    // Tokens are renewed three minutes before their end: here after a few seconds.
    app = new FakePortal({ users: officeUsers, entities: [], accessTokenSeconds: 184 });
    Object.assign(app.app(), {
      clientSecret: planted['the client’s secret'],
      applicationToken: planted['the application’s token'],
    });
    const webhooks = [{ userId: 1, secret: planted['the webhook of a portal'], scopes: ALL_SCOPES }];
    linked = new FakePortal({ users: officeUsers, entities: [], webhooks });
    for (const portal of [app, linked]) {
      await portal.listen();
      closing.push(() => portal.close());
    }
    receiver = await WebhookReceiver.start();
    closing.push(() => receiver.stop());
    for (const [n, secret] of [receiver.secret, ...receiver.secrets()].entries()) secrets.set(`hook ${n}`, secret);
    const echo = await echoServer();
    closing.push(() => echo.close());

    const listen = `127.0.0.1:${await freePort()}`;
    url = `http://${listen}`;
    const network = { allowPrivate: true, allowHttp: true };
    const { monitorFolder } = lab.asterisk;
    settings = {
      listen,
      publicUrl: url,
      secretKey: planted['the key of the installation'],
      recordings: { folder: join(folder.path, 'recordings') },
      log: { level: 'trace' },
      pbx: [
        {
          ...pbxOf(lab.asterisk),
          secret: user.secret,
          dial: { context: 'c2c', operatorRingSec: 5 },
          recordings: { folders: [{ asterisk: monitorFolder, here: monitorFolder }], names: [] },
        },
      ],
      crm: [
        {
          name: 'portal',
          type: 'bitrix24',
          portal: app.baseUrl(),
          authServer: app.baseUrl(),
          clientId: app.app().clientId,
          clientSecret: planted['the client’s secret'],
          events: 'url',
          ...network,
        },
        {
          name: 'linked',
          type: 'bitrix24',
          webhook: linked.webhookUrl(),
          eventToken: planted['the token of an outgoing webhook'],
          recordBy: 'link',
          ...network,
        },
        {
          name: 'wrong',
          type: 'bitrix24',
          webhook: `${linked.baseUrl()}/rest/1/${planted['a wrong webhook']}/`,
          ...network,
        },
        {
          name: 'echo',
          type: 'bitrix24',
          webhook: `${echo.url}/rest/1/${planted['the webhook of a portal']}/`,
          ...network,
        },
        { name: 'hooks', type: 'webhook', ...receiver.settings },
      ],
    };
    // Every line of the log, at its finest.
    const logged = ['/bin/bash', '-c', `exec "$0" "$@" 2> >(exec tee '${join(folder.path, 'log')}' >&2)`];
    one = new Patchcord({ folder: folder.path, settings, wrap: logged });
    closing.push(() => one.kill9());
    await one.start();
    await one.connected();
  });
  afterAll(async () => {
    for (const step of closing.toReversed()) await step();
  });

  /** Whatever a command prints, and what it says of itself when it fails. */
  function command(words: string[]): Promise<string> {
    return new Promise((resolve) => {
      const child = execFile(
        process.execPath,
        [commandFile, ...words],
        { timeout: 45_000 },
        (_error, stdout, stderr) => {
          said.push({ where: `patchcord ${words.join(' ')}`, text: stdout + stderr });
          resolve(stdout);
        },
      );
      child.stdin?.end();
    });
  }

  /** Asks as somebody would; the answer, whatever it is, is searched later. */
  async function ask(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await fetch(`${url}${path}`, { redirect: 'manual', signal: AbortSignal.timeout(20_000), ...init });
    const bytes = Buffer.from(await response.clone().arrayBuffer());
    const headers = JSON.stringify(Object.fromEntries(response.headers));
    const name = `${init.method ?? 'GET'} ${path.replace(/[A-Za-z0-9_-]{40,}/g, '…')}`;
    said.push({ where: name, text: `${headers}\n${bytes.toString('latin1')}` });
    return response;
  }

  it('stay where they belong, whatever goes wrong', async () => {
    const stage = lab.stages[0]!;
    const token = readToken(await command(['token', '--settings', one.settingsFile]));
    const added = readToken(await command(['token', 'add', 'canary', '--settings', one.settingsFile]));
    // Whoever asks for a token is told it.
    said.length = 0;
    secrets.set('the token of this machine', token);
    secrets.set('a token that was added', added);
    const admin = { headers: { authorization: `Bearer ${token}` } };

    expect(await app.install(`${url}/crm/portal/install`)).toBe(200);
    await vi.waitFor(() => expect(app.state.handlers.all()).toHaveLength(2), soon);
    await vi.waitFor(async () => {
      const { records } = await one.get<{ records: unknown[] }>('/directory/operators');
      expect(records.length).toBeGreaterThan(companies.length);
    }, soon);

    // A recorded call, into both portals, while the portals do what portals do.
    for (const portal of [app, linked]) {
      portal.unkind.add({ kind: 'html', method: 'telephony.*', times: 1 });
      portal.unkind.add({ kind: 'cut-after', method: 'telephony.externalcall.finish', times: 1 });
      portal.unkind.add({ kind: 'truncate', method: 'telephony.externalcall.attachrecord', times: 1 });
      portal.unkind.add({ kind: 'limit', method: 'crm.*', times: 1 });
    }
    app.unkind.add({ kind: 'revoke', method: 'telephony.externalcall.register', times: 1 });
    app.unkind.add({ kind: 'redirect', method: 'crm.duplicate*', times: 1 });
    for (const mood of ['kind', 'echo', 'cut-after', 'busy', 'kind'] as const) await receiver.be(mood);
    const { client } = await clientTalksTo(stage, 1, lines.recorded);
    await receiver.be('echo');
    await pause(talkMs);
    client.hangup();
    await stage.quiet();
    await receiver.be('kind');
    stage.reset();
    await vi.waitFor(
      () => {
        for (const portal of [app, linked]) expect(portal.calls()).toMatchObject([{ live: false, records: [{}] }]);
      },
      { timeout: 60_000, interval: 200 },
    );

    // A click, an event of somebody else, a token that is none.
    stage.phone(1).habit = answersAfter(ringMs);
    stage.client(2).habit = answersAfter(ringMs);
    const number = `+${stage.company.client(2)}`;
    app.clickToCall({ userId: userOf(stage.company.extension(1)), phone: number });
    const atClient = await stage.client(2).incoming();
    await atClient.answered();
    atClient.hangup();
    await stage.quiet();
    const forged = { event: 'ONEXTERNALCALLSTART', 'auth[application_token]': planted['a forged token'] };
    for (const name of ['portal', 'linked', 'hooks']) {
      await ask(`/crm/${name}/event`, { method: 'POST', body: new URLSearchParams(forged) });
      await ask(`/crm/${name}/install?application_token=${encodeURIComponent(planted['a forged token'])}`);
    }
    await ask('/crm/portal/oauth?code=nothing&state=nothing');
    const none = planted['a token that is none'];
    await ask('/api/v1/calls', { headers: { authorization: `Bearer ${none}` } });
    await ask(`/api/v1/calls?token=${none}`);
    await ask('/api/v1/directory/import', { method: 'POST', ...admin, body: `{"token": "${none}"` });

    // A token that is renewed, and one that is refused.
    const renewed = app.tokens.issued.length;
    app.tokens.expireAll();
    await ask('/api/v1/crm/portal/check', { ...admin, method: 'POST' });
    expect(app.tokens.issued.length).toBeGreaterThan(renewed);
    for (const name of ['linked', 'wrong', 'echo', 'hooks'])
      await ask(`/api/v1/crm/${name}/check`, { ...admin, method: 'POST' });

    // Everything that the API gives, with ids that are there.
    const crawled = await crawl(ask, admin);
    expect(crawled).toBeGreaterThan(25);
    const ticket = (await (await ask('/api/v1/feed-ticket', { ...admin, method: 'POST' })).json()) as {
      ticket: string;
    };
    // It is given to whoever asks, and to nobody else.
    said.pop();
    secrets.set('a ticket', ticket.ticket);
    await ask(`/api/v1/feed?ticket=${ticket.ticket}`);

    const at = ['--settings', one.settingsFile];
    for (const words of [
      ['doctor'],
      ['doctor', '--json'],
      ['config', 'check', '--show'],
      ['crm', 'check', '--json'],
      ['crm', 'requests', '--json', '--limit', '1000'],
      ['deliveries', '--json'],
      ['calls', '--json'],
      ['export'],
      ['token', 'list'],
    ])
      await command([...words, ...at]);
    const asked = JSON.stringify(linked.requests.map(({ params }) => params));
    const signature = /signature(?:=|%3D|%253D)([A-Za-z0-9_-]{43})/.exec(asked)?.[1];
    expect(signature).toBeDefined();
    secrets.set('the signature of a link', signature!);

    app.tokens.revokeAll();
    await ask('/api/v1/crm/portal/check', { ...admin, method: 'POST' });
    await ask('/api/v1/status', admin);
    await one.stop();

    // A wrong secret, and a database that is not there.
    const [pbx] = settings['pbx'] as object[];
    for (const [name, changes] of Object.entries({
      'wrong-ami': { pbx: [{ ...pbx, secret: planted['a wrong manager’s secret'] }] },
      database: {
        database: `postgres://patchcord:${encodeURIComponent(planted['the password of the database'])}@127.0.0.1:9/patchcord`,
      },
    })) {
      const file = join(folder.path, `${name}.yaml`);
      const data = join(folder.path, `data-${name}`);
      writeFileSync(file, stringify({ ...settings, database: 'sqlite::memory:', data, ...changes }), { mode: 0o600 });
      for (const words of [['doctor'], ['config', 'check', '--show'], ...(name === 'database' ? [['start']] : [])])
        await command([...words, '--settings', file]);
    }

    app.tokens.issued.forEach((issued, n) => secrets.set(`token ${n} of the portal`, issued));
    app.state.uploadTokens.forEach((upload, n) => secrets.set(`address ${n} for a record`, upload));
    expect(app.state.uploadTokens.length).toBeGreaterThan(0);
    expect(app.tokens.issued.length).toBeGreaterThan(4);

    // What was searched holds what was refused and what went wrong.
    const all = said.map(({ text }) => text).join('');
    for (const sign of ['INVALID_CREDENTIALS', '"status":502', 'expired_token', 'Refresh token', 'refused'])
      expect(all).toContain(sign);

    const data = join(folder.path, 'data');
    const files = filesIn(data);
    expect(files.filter(({ mode }) => mode !== 0o600).map(({ path }) => path)).toEqual([]);
    // The settings are the administrator's own, and the token is for the commands of this machine.
    const kept = filesIn(folder.path)
      .map(({ path }) => path)
      .filter((path) => !path.endsWith('.yaml') && path !== join(data, 'token'));
    const everything = [...said, ...tablesOf(join(folder.path, 'patchcord.db')), ...textsOf(kept)];
    const log = everything.find(({ where }) => where.endsWith('/log'))?.text ?? '';
    // The whole log, at its finest.
    expect(log.split('"level":20,').length).toBeGreaterThan(100);
    const found = leaks(secrets, everything);
    console.log(
      `${secrets.size} secrets, ${everything.length} texts with ${everything.reduce((sum, { text }) => sum + text.length, 0)} characters (the log: ${log.length}), ${found.length} found`,
    );
    expect(found).toEqual([]);
    // The search itself: the settings hold them.
    const own = textsOf([one.settingsFile]);
    expect(leaks(new Map([['key', planted['the webhook of a portal']]]), own)).toHaveLength(1);
  });
});

it('a secret is found in whatever form it is written', () => {
  for (const [name, secret] of Object.entries(planted)) {
    for (const form of formsOf(secret))
      expect(leaks(new Map([[name, secret]]), [{ where: 'there', text: `{"x":"${form}"}` }])).toHaveLength(1);
    for (const before of ['', 'a', 'ab', 'abc'])
      for (const alphabet of ['base64', 'base64url'] as const) {
        const text = Buffer.from(`${before}${secret} and more`).toString(alphabet);
        expect(leaks(new Map([[name, secret]]), [{ where: 'there', text }])).toHaveLength(1);
      }
  }
});

const readToken = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';

/** Every GET of the API, with ids that exist, and what is wrong with some; the number of them that were answered. */
async function crawl(
  ask: (path: string, init?: RequestInit) => Promise<Response>,
  admin: RequestInit,
): Promise<number> {
  const get = async <T>(path: string): Promise<T> => (await (await ask(`/api/v1${path}`, admin)).json()) as T;
  const { calls } = await get<{ calls: { id: string }[] }>('/calls?limit=50');
  const { deliveries } = await get<{ deliveries: { id: number }[] }>('/deliveries?limit=200');
  const { paths } = await get<{ paths: Record<string, { get?: object }> }>('/openapi.json');
  let answered = 0;
  for (const [path, { get: described }] of Object.entries(paths)) {
    if (described === undefined) continue;
    const ids = path.startsWith('/api/v1/deliveries')
      ? deliveries.slice(0, 40).map(({ id }) => String(id))
      : path.startsWith('/api/v1/crm')
        ? ['portal', 'linked', 'wrong', 'echo', 'hooks']
        : path.startsWith('/api/v1/calls')
          ? calls.map(({ id }) => id)
          : ['1', '*', 'portal-1101'];
    const filled = /\{/.test(path) ? ids.map((id) => path.replaceAll(/\{[^}]+\}/g, encodeURIComponent(id))) : [path];
    for (const one of filled) {
      const query = one.endsWith('/requests') ? '?limit=200' : one.endsWith('/events') ? '?after=0&limit=1000' : '';
      const { ok } = await ask(`${one}${query}`, admin);
      if (ok) answered += 1;
      await ask(`${one}?nonsense=${encodeURIComponent(planted['a forged token'])}`, admin).catch(() => null);
    }
  }
  return answered;
}

/** A web server that answers everything with a page of what it was asked, as careless ones do. */
async function echoServer(): Promise<{ url: string; close(): void }> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const page = `<html><h1>502 for ${request.url}</h1>${JSON.stringify(request.headers)}<pre>${Buffer.concat(parts).toString()}</pre></html>`;
      response.writeHead(502, { 'content-type': 'text/html', 'x-asked': request.url ?? '' }).end(page);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
