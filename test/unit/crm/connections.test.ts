import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Adapter, Connection } from '../../../src/crm/contract.ts';
import { webhookAdapter } from '../../../src/crm/webhook/adapter.ts';
import { DeliveryError } from '../../../src/outbox/worker.ts';
import { openBench } from '../../crm/bench.ts';
import { tlsServerThat } from '../../../src/crm/testing/network.ts';
import { aCall } from '../../store/a-call.ts';

const secret = 'canary-0123456789abcdef';
const settings = { url: 'https://localhost:1/x', secret, allowPrivate: true };
const sample = {
  kind: 'event',
  payload: { type: 'call.ended', at: '2026-03-01T10:00:00.000Z' },
  call: aCall('c1'),
} as const;

/** The webhook's adapter with some of it replaced. */
function adapterWith(changes: Partial<Connection>): Adapter {
  const adapter: Adapter = webhookAdapter;
  return { ...adapter, open: (given) => Object.assign(adapter.open(given), changes) };
}

it('a certificate of its own is trusted when caFile names it', async () => {
  const server = await tlsServerThat((_request, response) => response.writeHead(204).end());
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-ca-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const caFile = join(folder, 'ca.pem');
  const own = { ...settings, url: `https://localhost:${server.port}/x` };
  expect((await (await openBench(webhookAdapter, own)).fails(1, sample)).mend).toContain(
    'caFile of the connection bench',
  );
  writeFileSync(caFile, server.ca);
  expect(await (await openBench(webhookAdapter, { ...own, caFile })).work(1, sample)).toMatchObject({
    outcome: 'done',
  });
  writeFileSync(caFile, 'no certificate');
  expect((await (await openBench(webhookAdapter, { ...own, caFile })).fails(1, sample)).kind).toBe('down');
});

it('a certificate that cannot be read is told with its setting, and stops nothing else', async () => {
  const bench = await openBench(webhookAdapter, { ...settings, caFile: '/nowhere/ca.pem' });
  const error = await bench.fails(1, sample);
  expect(error).toMatchObject({ kind: 'down', message: 'the certificate /nowhere/ca.pem cannot be read (ENOENT)' });
  expect(error.mend).toContain('caFile of the connection bench');
});

it('what an adapter says has passed the masker: errors, notes, health, answers to the CRM', async () => {
  const health = { part: 'portal', level: 'error', message: `got ${secret}`, mend: `change ${secret}` } as const;
  const fails = () => Promise.reject(new DeliveryError('rejected', `saw ${secret}`, { mend: `not ${secret}` }));
  const one = await openBench(
    adapterWith({
      work: fails,
      status: () => [health],
      check: () => Promise.resolve([health]),
      receive: () => Promise.reject(new Error(`heard ${secret}`)),
    }),
    settings,
  );
  expect(await one.fails(1, sample)).toMatchObject({ kind: 'rejected', message: 'saw ***', mend: 'not ***' });
  const masked = { part: 'crm bench: portal', level: 'error', message: 'got ***', mend: 'change ***' };
  expect(one.connection.status()).toEqual([masked]);
  expect(await one.connection.check()).toEqual([masked]);
  const request = { path: '/', method: 'GET', query: new URLSearchParams(), headers: {}, body: Buffer.alloc(0) };
  await expect(one.connection.receive?.(request)).rejects.toThrow('heard ***');
  const two = await openBench(
    adapterWith({ work: () => Promise.resolve({ outcome: 'done', note: secret }) }),
    settings,
  );
  expect(await two.work(1, sample)).toEqual({ outcome: 'done', note: '***' });
});

it('a check that fails is a finding', async () => {
  const bench = await openBench(adapterWith({ check: () => Promise.reject(new Error(`oh ${secret}`)) }), settings);
  expect(await bench.connection.check()).toEqual([
    { part: 'crm bench', level: 'error', message: 'could not be checked: oh ***', mend: 'see the log of its requests' },
  ]);
});
