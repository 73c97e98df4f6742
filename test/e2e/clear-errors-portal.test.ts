// Whatever is wrong between Patchcord and a portal: one message that names the setting and the mend, in the status, by `crm check` and by the doctor.
import { execFile } from 'node:child_process';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../lab/child.ts';
import { ALL_SCOPES } from '../fakes/bitrix24/settings.ts';
import { FakePortal, type PortalOptions } from '../fakes/bitrix24/portal.ts';
import { Patchcord, temporaryFolder } from './faults-support.ts';

const commandFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
/** An Asterisk that is nowhere: what is said of it is not looked at. */
const nowhere = { name: 'main', host: '127.0.0.1', port: 9, username: 'patchcord', secret: 'secret-of-nobody' };
const secret = 'webhooksecret123';
const wrong = 'wrongsecret12345';

interface Told {
  part: string;
  message: string;
  mend: string | null;
}

interface Mistake {
  /** Through a local application; else by a webhook. */
  application?: true;
  portal?: PortalOptions;
  /** What is wrong in the portal from the start. */
  inPortal?: (portal: FakePortal) => void;
  /** What becomes of the portal once all was well; Patchcord is started anew then. */
  later?: (portal: FakePortal) => void;
  connection?: (portal: FakePortal) => object;
  pbx?: object;
  directory?: object;
  /** What is told by the status; by the checks, where it is another part or other words. */
  status: [part: RegExp, message: RegExp, mend: RegExp];
  check?: [part: RegExp, message: RegExp, mend: RegExp];
}

const withScopes = (scopes: string[]): PortalOptions => ({ webhooks: [{ userId: 1, secret, scopes }] });
const without = (...missing: string[]): string[] => ALL_SCOPES.filter((scope) => !missing.includes(scope));
const noTelephony = { code: 'ERROR_METHOD_NOT_FOUND', description: 'Method not found!' };
const webhookAt = (address: string) => () => ({ webhook: `${address}/rest/1/${secret}/` });

const mistakes: Record<string, Mistake> = {
  'a wrong webhook': {
    connection: (portal) => ({ webhook: portal.webhookUrl().replace(secret, wrong) }),
    status: [/portal$/, /Invalid request credentials/, /setting webhook/],
  },
  'a webhook without the right to telephony': {
    portal: withScopes(without('telephony')),
    status: [/lines$/, /insufficient_scope/, /“telephony” .* in the incoming webhook/],
    check: [/rights$/, /“telephony” is missing: calls and cards/, /Tick “telephony”/],
  },
  'an application without the right to users': {
    application: true,
    inPortal: (portal) => void (portal.app().scopes = without('user')),
    status: [/users$/, /insufficient_scope/, /“user_basic” .* in the local application/],
    check: [/rights$/, /“user_basic” is missing/, /Tick “user_basic”/],
  },
  'an operator whom nobody of the portal is': {
    directory: { operators: [{ id: 'stranger', name: 'Stranger', extensions: ['199'] }] },
    status: [/users$/, /Stranger \(199\)/, /inner number .*crmUsers/],
    check: [/operators$/, /Stranger \(199\)/, /inner number .*crmUsers/],
  },
  'a portal on a private address': {
    connection: () => ({ allowPrivate: false }),
    status: [/portal$/, /127\.0\.0\.1 is an address of the inner network/, /allowPrivate: true .* portal in crm/],
  },
  'a portal without TLS': {
    connection: () => ({ allowHttp: false }),
    status: [/portal$/, /without TLS/, /https:\/\/ or.*allowHttp: true .* portal in crm/],
  },
  'a portal that there is not': {
    connection: webhookAt('https://no-such-portal.invalid'),
    status: [/portal$/, /no host no-such-portal\.invalid/, /address of the connection portal in crm/],
  },
  'a portal that refuses': {
    connection: webhookAt('http://127.0.0.1:9'),
    status: [/portal$/, /127\.0\.0\.1:9 refuses connections/, /host and port of the connection portal in crm/],
  },
  'an application that was never installed': {
    connection: (portal) => ({ webhook: undefined, ...accessOf(portal) }),
    status: [/portal$/, /not authorised in the portal$/, /Install it .*patchcord crm authorize portal/],
  },
  'an application that was revoked': {
    application: true,
    later: (portal) => portal.tokens.revokeAll(),
    status: [
      /portal$/,
      /not authorised in the portal any more: Refresh token is invalid/,
      /Install the application again/,
    ],
  },
  'an application that was deleted': {
    application: true,
    later: (portal) => {
      portal.tokens.revokeAll();
      portal.settings.apps = [];
    },
    status: [/portal$/, /any more: Client credentials are invalid/, /clientId and clientSecret/],
  },
  'a portal without telephony': {
    inPortal: (portal) => void portal.unkind.add({ kind: 'refuse', method: 'telephony.*', error: noTelephony }),
    status: [/lines$/, /Method not found/, /switch its telephony module on/],
    check: [/telephony$/, /Method not found/, /switch its telephony module on/],
  },
  'a default user whom there is not': {
    directory: { policies: [{ id: '*', defaultUser: '9999' }] },
    status: [/default user$/, /user 9999 .* none of its employees/, /defaultUser in the policy portal or \*/],
  },
  'events by address without an address': {
    application: true,
    connection: () => ({ events: 'url' }),
    status: [/clicks$/, /publicUrl is not set/, /Set publicUrl, or set events of the connection portal in crm to poll/],
  },
  'a folder of recordings that is not there': {
    pbx: { recordings: { folders: [{ asterisk: '/var/spool/asterisk/monitor', here: '/nowhere/monitor' }] } },
    status: [/^recordings of main$/, /\/nowhere\/monitor is not there/, /pbx\[\]\.recordings\.folders/],
  },
};

function accessOf(portal: FakePortal): object {
  const { clientId, clientSecret } = portal.app();
  return { portal: portal.baseUrl(), authServer: portal.baseUrl(), clientId, clientSecret };
}

describe('what is wrong with a portal is told in one message with its mend', { concurrent: true }, () => {
  const cleanings: (() => void | Promise<void>)[] = [];
  afterAll(async () => {
    for (const clean of cleanings.toReversed()) await clean();
  });

  /** A portal and a Patchcord between which nothing is wrong but this. */
  async function between(mistake: Mistake): Promise<Patchcord> {
    const folder = temporaryFolder();
    const portal = new FakePortal({ ...withScopes(ALL_SCOPES), ...mistake.portal });
    await portal.listen();
    mistake.inPortal?.(portal);
    const access = mistake.application ? accessOf(portal) : { webhook: portal.webhookUrl() };
    const network = { allowPrivate: true, allowHttp: true };
    const own = {
      name: 'portal',
      type: 'bitrix24',
      events: 'none',
      ...network,
      ...access,
      ...mistake.connection?.(portal),
    };
    const settings = {
      listen: `127.0.0.1:${await freePort()}`,
      pbx: [{ ...nowhere, ...mistake.pbx }],
      log: { level: 'error' },
      crm: [Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined))],
    };
    const one = new Patchcord({ folder: folder.path, settings });
    cleanings.push(
      () => folder.remove(),
      () => portal.close(),
      () => one.kill9(),
    );
    await one.start();
    if (mistake.application) await portal.install(`${one.url}/crm/portal/install`);
    await one.post('/directory/import', { policies: [{ id: '*', defaultUser: '1' }], ...mistake.directory });
    if (!mistake.later) return one;
    mistake.later(portal);
    await one.stop();
    await one.start();
    return one;
  }

  it.for(Object.entries(mistakes))('%s', { timeout: 90_000 }, async ([, mistake]) => {
    const one = await between(mistake);
    const check = mistake.check ?? mistake.status;
    const told = await vi.waitFor(async () => {
      const { parts } = await one.status();
      const bad = parts.filter(({ part, level }) => level !== 'ok' && part !== 'pbx main');
      expect(bad).toHaveLength(1);
      expectTold(bad, mistake.status);
      return bad;
    }, 30_000);
    const said: unknown[] = [told];
    if (!told[0]?.part.startsWith('recordings')) said.push(await expectFound(['crm', 'check'], one, check));
    said.push(await expectFound(['doctor'], one, check));
    // The same when the doctor has to ask by itself.
    await one.stop();
    said.push(await expectFound(['doctor'], one, check));
    expect(JSON.stringify(said)).not.toMatch(new RegExp(`${secret}|${wrong}`));
  });
});

function expectTold(told: Told[], [part, message, mend]: Mistake['status']): void {
  expect(told.map((one) => [one.part, one.message, one.mend])).toEqual([
    [expect.stringMatching(part), expect.stringMatching(message), expect.stringMatching(mend)],
  ]);
}

/** What a command finds, of everything that is not the Asterisk that is nowhere. */
async function expectFound(words: string[], one: Patchcord, expected: Mistake['status']): Promise<string> {
  const text = await output([...words, '--json', '--settings', one.settingsFile]);
  const { findings } = JSON.parse(text) as { findings: (Told & { name: string; level: string })[] };
  const bad = findings.filter(({ name, level }) => level !== 'ok' && !name.startsWith('pbx main'));
  expectTold(
    bad.map((finding) => ({ ...finding, part: finding.name })),
    expected,
  );
  return text;
}

function output(words: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [commandFile, ...words], { timeout: 40_000 }, (error, stdout, stderr) => {
      if (error?.killed) reject(new Error(`patchcord ${words.join(' ')} did not end\n${stderr}`));
      else resolve(stdout);
    });
  });
}
