// Secrets that were planted everywhere are looked for in everything that Patchcord says while much goes wrong.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../lab/child.ts';
import { localTokenFile } from '../../src/settings/token.ts';
import type { Mood } from '../crm/fake.ts';
import { startFakePortal } from '../fakes/bitrix24/portal.ts';
import { WebhookReceiver } from '../fakes/webhook/receiver.ts';
import { dataFolder } from './support/patchcord.ts';

const planted = {
  key: 'canary-key-0123456789abcdef0123456789',
  portal: 'canaryportalwebhook1',
  events: 'canary-event-token-0123456789',
};
const soon = { timeout: 60_000, interval: 50 };
const moods: readonly Mood[] = ['kind', 'echo', 'cut-after', 'busy', 'kind'];

it('tells no planted secret in log, API, commands or files beside the settings', async () => {
  const receiver = await WebhookReceiver.start();
  onTestFinished(() => receiver.stop());
  const webhooks = [{ userId: 1, secret: planted.portal, scopes: ['crm', 'telephony', 'user'] }];
  const portal = await startFakePortal({ webhooks });
  onTestFinished(() => portal.close());
  const { folder, remove } = dataFolder();
  onTestFinished(remove);
  const listen = `127.0.0.1:${await freePort()}`;
  const data = join(folder, 'data');
  mkdirSync(data);
  const network = { allowHttp: true, allowPrivate: true };
  const settings = {
    listen,
    data,
    database: `sqlite:${join(data, 'patchcord.db')}`,
    secretKey: planted.key,
    crm: [
      { name: 'hooks', type: 'webhook', url: receiver.url, secret: receiver.secret, ...network },
      { name: 'b24', type: 'bitrix24', webhook: portal.webhookUrl(), eventToken: planted.events, ...network },
      { name: 'wrong', type: 'bitrix24', webhook: portal.webhookUrl().replace('webhook1', 'webhook2'), ...network },
    ],
    log: { level: 'trace' },
  };
  const file = join(folder, 'patchcord.yaml');
  writeFileSync(file, JSON.stringify(settings));

  const said: string[] = [];
  const program = command(['start', '--settings', file]);
  program.onText((text) => said.push(text));
  onTestFinished(() => program.end('SIGKILL'));
  for (const mood of moods) {
    const before = receiver.requests;
    await receiver.be(mood);
    await expect.poll(() => receiver.requests - before, soon).toBeGreaterThan(2);
  }

  const token = readFileSync(localTokenFile(data), 'utf8').trim();
  for (const name of ['hooks', 'b24', 'wrong']) {
    for (const [method, path] of [
      ['POST', 'check'],
      ['GET', 'requests'],
    ] as const) {
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://${listen}/api/v1/crm/${name}/${path}`, { method, headers });
      expect(answer.status).toBe(200);
      said.push(await answer.text());
    }
  }
  for (const path of ['crm', 'status', 'deliveries', 'events?after=0&limit=1000', 'metrics', 'openapi.json']) {
    const answer = await fetch(`http://${listen}/api/v1/${path}`, { headers: { authorization: `Bearer ${token}` } });
    said.push(await answer.text());
  }
  const commands = [
    ['doctor', '--json'],
    ['config', 'check', '--show'],
    ['crm', 'requests', '--json'],
    ['crm', 'check'],
  ];
  for (const words of commands) {
    const one = command([...words, '--settings', file]);
    one.onText((text) => said.push(text));
    await one.exited;
  }
  await program.end('SIGTERM');

  const all = said.join('');
  // What is looked through holds what was echoed and what was refused.
  expect(all).toContain('"status":500');
  expect(all).toContain('INVALID_CREDENTIALS');
  const canaries = [...Object.values(planted), receiver.secret, ...receiver.secrets(), 'canaryportalwebhook2'];
  expect(canaries.filter((canary) => all.includes(canary))).toEqual([]);
  const database = readFileSync(join(data, 'patchcord.db'), 'latin1');
  expect(canaries.filter((canary) => database.includes(canary))).toEqual([]);
});

function command(words: readonly string[]) {
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    exited,
    onText(take: (text: string) => void): void {
      child.stdout.setEncoding('utf8').on('data', take);
      child.stderr.setEncoding('utf8').on('data', take);
    },
    end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
      child.kill(signal);
      return exited;
    },
  };
}
