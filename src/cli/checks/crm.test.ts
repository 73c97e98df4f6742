import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { adapters } from '../../crm/registry.ts';
import { testServer } from '../../http/testing/test-server.ts';
import { readSettings } from '../../settings/load.ts';
import type { Settings } from '../../settings/schema.ts';
import { saveLocalToken } from '../../settings/token.ts';
import { checksOf } from '../doctor.ts';
import { checkCrm } from './crm.ts';

function settingsFor(url: string, listen = '127.0.0.1:1', more = ''): Settings {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text =
    `listen: ${listen}\ncrm:\n  - name: hooks\n    type: webhook\n    url: ${url}\n` +
    `    secret: canary-0123456789abcdef\n    allowHttp: true\n${more}`;
  return readSettings(text, { file: join(folder, 'patchcord.yaml'), environment: {}, adapters });
}

it('asks the CRM by itself when no Patchcord runs, and leaves nothing behind', async () => {
  const server = createServer((_request, response) => response.writeHead(204).end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const settings = settingsFor(`http://127.0.0.1:${port}/`, undefined, '    allowPrivate: true\n');
  expect(await checkCrm(settings, 'hooks')).toEqual([
    { name: 'crm hooks', level: 'ok', message: 'the receiver answered 204 to a ping', mend: null },
  ]);
  expect(existsSync(settings.data)).toBe(false);
});

it('tells of a portal on a private address which setting mends it', async () => {
  const [finding] = await checkCrm(settingsFor('http://192.168.7.7/'), 'hooks');
  expect(finding).toMatchObject({ name: 'crm hooks', level: 'error' });
  expect(finding?.message).toContain('192.168.7.7');
  expect(finding?.mend).toContain('allowPrivate: true for the connection hooks in crm');
});

it('asks the Patchcord that runs', async () => {
  const running = testServer();
  onTestFinished(() => running.app.close());
  await running.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = running.app.server.address() as AddressInfo;
  const settings = settingsFor('http://192.168.7.7/', `127.0.0.1:${port}`);
  saveLocalToken(settings.data, running.addToken(['admin']));
  expect(await checkCrm(settings, 'hooks')).toMatchObject([{ level: 'ok', message: 'the receiver takes events' }]);
  expect(running.crm.checked).toEqual(['hooks']);
});

it('is one of the doctor’s checks, for every connection', () => {
  const without = checksOf({ settings: { ...settingsFor('http://a.example/'), crm: [] }, file: null });
  const withOne = checksOf({ settings: settingsFor('http://a.example/'), file: null });
  expect(withOne.length - without.length).toBe(1);
});
