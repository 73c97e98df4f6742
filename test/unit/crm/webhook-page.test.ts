// What docs/connect-webhook.md tells people to copy works as it stands there.
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { adapters } from '../../../src/crm/registry.ts';
import { webhookAdapter } from '../../../src/crm/webhook/adapter.ts';
import { readSettings } from '../../../src/settings/load.ts';
import { openBench } from '../../crm/bench.ts';
import { aCall } from '../../store/a-call.ts';

const page = readFileSync(new URL('../../../docs/connect-webhook.md', import.meta.url), 'utf8');
const secret = '0123456789abcdef0123456789abcdef';

/** The first block of this language that has the word in it, without the indentation of a list. */
function block(language: string, word: string): string {
  const blocks = [...page.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)];
  const found = blocks.find(([, , type, text = '']) => type === language && text.includes(word));
  if (!found) throw new Error(`the page has no ${language} with ${word}`);
  const [, indent = '', , text = ''] = found;
  return text.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'patchcord-page-'));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

it('the settings are right', () => {
  const environment = { PATCHCORD_WEBHOOK_SECRET: secret };
  const { crm } = readSettings(block('yaml', 'type: webhook'), { file: '/x/patchcord.yaml', environment, adapters });
  expect(crm).toMatchObject([{ name: 'shop', type: 'webhook', secret }]);
});

it('the receiver takes what is ours, once, and nothing else', async () => {
  const file = join(folder(), 'receiver.mjs');
  writeFileSync(file, block('js', 'createServer'));
  const port = await freePort();
  const receiver = spawn(process.execPath, [file], { env: { SECRET: secret, PORT: String(port) }, stdio: 'pipe' });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => receiver.once('exit', resolve));
    receiver.kill();
    await ended;
  });
  let out = '';
  receiver.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  const settings = { url: `http://127.0.0.1:${port}/patchcord`, secret, allowPrivate: true, allowHttp: true };
  const bench = await openBench(webhookAdapter, settings);
  await expect
    .poll(async () => (await bench.connection.check())[0]?.message, { timeout: 10_000, interval: 50 })
    .toBe('the receiver answered 204 to a ping');

  const call = aCall('c1', { client: { number: '+79161234567', e164: '+79161234567', name: 'Анна "Я"' } });
  const sample = {
    kind: 'event',
    payload: { type: 'call.ended', at: '2026-03-01T10:01:05.000Z', call },
    call,
  } as const;
  await bench.work(1, sample);
  await bench.work(1, sample, 2);
  await bench.work(2, sample);
  await expect.poll(() => out.split('\n').filter((line) => line === 'call.ended c1').length).toBe(2);

  const other = await openBench(webhookAdapter, { ...settings, secret: 'another-secret-0123456789' });
  expect(await other.fails(3, sample)).toMatchObject({ kind: 'down' });
  const send = async (timestamp: number) => {
    const signature = `v1=${createHmac('sha256', secret).update(`${timestamp}.{"id":"x"}`).digest('hex')}`;
    const headers = { 'patchcord-timestamp': String(timestamp), 'patchcord-signature': signature };
    return (await fetch(settings.url, { method: 'POST', headers, body: '{"id":"x"}' })).status;
  };
  expect(await send(Math.floor(Date.now() / 1000))).toBe(204);
  expect(await send(Math.floor(Date.now() / 1000) - 400)).toBe(401);
});

it('openssl says the same signature', () => {
  const place = folder();
  const body = JSON.stringify({ id: '1', name: 'Анна\n' });
  writeFileSync(join(place, 'body.json'), body);
  const said = execFileSync('sh', ['-c', block('sh', 'openssl dgst')], {
    cwd: place,
    env: { PATH: process.env['PATH'], TIMESTAMP: '1763629260', SECRET: secret },
    encoding: 'utf8',
  });
  expect(said.trim().split(' ').at(-1)).toBe(createHmac('sha256', secret).update(`1763629260.${body}`).digest('hex'));
});
