// Every event reaches a receiver that is unkind, once and in order, however often Patchcord is killed meanwhile.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import type { Mood } from '../crm/fake.ts';
import { WebhookReceiver } from '../fakes/webhook/receiver.ts';
import { dataFolder } from './support/patchcord.ts';

const kills = 4;
/** Requests between two deaths: it dies with something on its way. */
const requestsAlive = 12;

const soon = { timeout: 60_000, interval: 10 };

/** Three of ten go wrong; some of them after the event was taken. */
function drawMood(): Mood {
  const drawn = Math.random();
  if (drawn < 0.1) return 'cut-before';
  if (drawn < 0.2) return 'cut-after';
  if (drawn < 0.25) return 'echo';
  return drawn < 0.3 ? 'cut-after' : 'kind';
}

it('sends every event of the demo, over four deaths', async () => {
  const receiver = await WebhookReceiver.start();
  onTestFinished(() => receiver.stop());
  const { folder, remove } = dataFolder();
  onTestFinished(remove);
  const { url, secret } = receiver;
  const settings = { listen: '127.0.0.1:0', data: folder, database: `sqlite:${join(folder, 'patchcord.db')}` };
  const hooks = { name: 'hooks', type: 'webhook', url, secret, allowHttp: true, allowPrivate: true };
  const file = join(folder, 'patchcord.yaml');
  writeFileSync(file, JSON.stringify({ ...settings, crm: [hooks], log: { level: 'error' } }));
  receiver.drawMood = drawMood;

  for (let killed = 0; killed < kills; killed += 1) {
    const program = start(file);
    const before = receiver.requests;
    await expect.poll(() => receiver.requests - before, soon).toBeGreaterThan(requestsAlive);
    await program.end('SIGKILL');
  }
  receiver.drawMood = null;
  const program = start(file);
  const store = await openStore(settings.database);
  onTestFinished(() => store.close());
  const waiting = () =>
    store.database.read(async (db) => {
      const rows = db.selectFrom('deliveries').select('state').where('crm', '=', 'hooks');
      return (await rows.where('state', 'in', ['waiting', 'working', 'rejected']).execute()).length;
    });
  const before = receiver.requests;
  await expect.poll(() => receiver.requests - before, soon).toBeGreaterThan(requestsAlive);
  await expect.poll(waiting, soon).toBe(0);
  await program.end('SIGTERM');

  const rows = await store.database.read((db) =>
    db.selectFrom('deliveries').select(['id', 'state']).where('crm', '=', 'hooks').execute(),
  );
  const done = rows.filter(({ state }) => state === 'done').map(({ id }) => id);
  const got = receiver.taken.map(({ id }) => Number.parseInt(id, 10));
  const events = await store.lastSeq();
  console.log(
    `${events} events, ${rows.length} deliveries, ${got.length} taken in ${receiver.requests} requests, ${kills} kills`,
  );
  expect(events).toBeGreaterThan(20);
  expect(rows).toHaveLength(events);
  expect(receiver.faults).toEqual([]);
  expect(done.filter((id) => !got.includes(id))).toEqual([]);
  expect(new Set(got).size).toBe(got.length);
});

function start(settings: string): { end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<void> } {
  const main = new URL('../../src/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, 'start', '--settings', settings], { stdio: 'ignore' });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    return exited;
  };
  onTestFinished(() => end('SIGKILL'));
  return { end };
}
