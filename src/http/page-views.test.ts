// The page's clients, tasks, deliveries and recordings in a real browser, over a real database.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { saveActivity } from '../crm/local/activities.ts';
import { addEntities, entitiesByNumber, entityById } from '../crm/local/entities.ts';
import { addTask, findTasks } from '../crm/local/tasks.ts';
import { listDeliveries } from '../outbox/list.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { browserPath, openBrowser, openPage } from './testing/browser.ts';
import { sampleCall } from './testing/sample-calls.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'&amp;';
const number = '+79161234567';

/** Eight seconds of a tone, as a browser plays it without any codec. */
function wave(): Buffer {
  const rate = 8000;
  const samples = Buffer.alloc(8 * rate, 128);
  for (let at = 0; at < samples.length; at += 1) samples[at] = 128 + Math.round(60 * Math.sin(at / 3));
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

describe.skipIf(browserPath === null)('the page', () => {
  let context: BrowserContext;
  let close: () => Promise<void>;
  let folder: string;
  let page: Page;
  let complaints: string[];
  let store: Store;
  let server: TestServer;
  let address: string;
  let admin: string;

  beforeAll(async () => {
    ({ context, close } = await openBrowser());
    folder = mkdtempSync(join(tmpdir(), 'patchcord-views-'));
  });
  afterAll(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });

  beforeEach(async () => {
    store = await openStore('sqlite::memory:');
    server = testServer(false, null, store.database);
    admin = server.addToken(['admin']);
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/`;
    ({ page, complaints } = await openPage(context));
  });
  afterEach(async () => {
    await page.close();
    await server.app.close();
    await store.close();
  });

  async function open(hash: string, token = admin): Promise<void> {
    await page.addInitScript(`sessionStorage.setItem('patchcord.token', ${JSON.stringify(token)})`);
    await page.goto(address + hash);
    await page.waitForSelector('.connection-live');
  }

  const client = async (name: string, phones = [number], kind: 'lead' | 'contact' = 'lead'): Promise<number> => {
    const [id = 0] = await store.database.write((db) => addEntities(db, [{ kind, name, phones }], Date.now()));
    return id;
  };
  const task = (changes: { title?: string; deadlineAtMs?: number; callId?: string | null } = {}) =>
    store.database.write((db) =>
      addTask(
        db,
        {
          title: 'Call back',
          text: '',
          responsible: null,
          deadlineAtMs: null,
          entityId: null,
          number,
          callId: null,
          ...changes,
        },
        Date.now(),
      ),
    );
  /** A delivery as it is after the CRM has refused it. */
  const rejected = (id: number, callId = 'gone') =>
    store.database.write((db) =>
      db
        .insertInto('deliveries')
        .values({
          id,
          crm: 'portal',
          kind: 'ended',
          call_id: callId,
          number,
          live: 0,
          state: 'rejected',
          payload: '{}',
          attempts: 2,
          created_at: Date.now(),
          due_at: Date.now(),
          behind: 0,
          retries: 0,
          stale_at: null,
          lease_until: null,
          worker: null,
          ended_at: null,
          note: `no such field ${evil}`,
          mend: 'mend the field',
        })
        .execute(),
    );
  const stateOf = async (id: number) =>
    (await listDeliveries(store.database, {}, { limit: 100 })).deliveries.find((each) => each.id === id)?.state;
  const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000 });

  it('goes from view to view and back, each as it was left', async () => {
    await client('Anna');
    await client('Boris', ['+79160000000']);
    await open('');
    await page.click('#navigation a:has-text("Clients")');
    await page.fill('#clients-filters input[type=search]', 'bor');
    await eventually(async () => expect(await page.locator('tr.item').count()).toBe(1));
    await page.click('tr.item');
    await page.waitForSelector('.sheet h2:has-text("Boris")');
    await page.goBack();
    await page.waitForSelector('dialog:not([open])', { state: 'attached' });
    await page.click('#navigation a:has-text("Tasks")');
    await page.waitForSelector('#tasks .empty');
    await page.goBack();
    await page.waitForSelector('#view-clients:not([hidden])');
    expect(await page.inputValue('#clients-filters input[type=search]')).toBe('bor');
    expect(await page.locator('tr.item').count()).toBe(1);
    await page.reload();
    await page.waitForSelector('#view-clients:not([hidden])');
    expect(complaints).toEqual([]);
  });

  it('changes a lead, takes the change back, and keeps what is written about it', async () => {
    const id = await client(evil);
    const status = () => store.database.read(async (db) => (await entityById(db, id))?.status);
    await open(`#/clients/client/${id}`);
    await page.waitForSelector('.sheet h2');
    expect(await page.textContent('.sheet h2')).toBe(evil);
    await page.click('.sheet label:has(input[value=won])');
    await eventually(async () => expect(await status()).toBe('won'));
    await page.click('.notice-action');
    await eventually(async () => expect(await status()).toBe('open'));
    await page.fill('.writing textarea', evil);
    await page.click('.writing button');
    await page.waitForSelector('.note');
    expect(await page.textContent('.note p')).toBe(evil);
    expect(await page.inputValue('.writing textarea')).toBe('');
    expect(await page.locator('dialog img, dialog script, td img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('makes a client, and says what is wrong with one', async () => {
    await open('#/clients');
    await page.click('[data-key=new-client]');
    await page.fill('.form input', 'Vera');
    await page.fill('.form textarea >> nth=0', 'none');
    await page.click('.form button[type=submit]');
    await page.waitForSelector('.form-fault:has-text("is no number")');
    await page.fill('.form textarea >> nth=0', '8 916 123-45-67');
    await page.click('.form button[type=submit]');
    await page.waitForSelector('.sheet h2:has-text("Vera")');
    const [made] = await store.database.read((db) => entitiesByNumber(db, number));
    expect(made).toMatchObject({ name: 'Vera', kind: 'contact', phones: [number] });
    expect(complaints).toEqual([]);
  });

  it('says first what a file would bring, then imports it', async () => {
    const known = () => store.database.read(async (db) => (await entitiesByNumber(db, number)).map(({ name }) => name));
    // "Имя;Телефон", "Вера" in the Windows letters that an older Excel writes.
    const text = Buffer.concat([
      Buffer.from([0xc8, 0xec, 0xff, 0x3b, 0xd2, 0xe5, 0xeb, 0xe5, 0xf4, 0xee, 0xed, 0x0a, 0xc2, 0xe5, 0xf0, 0xe0]),
      Buffer.from(`;89161234567\n${evil.replaceAll('"', '')};no number\n`),
    ]);
    await open('#/clients/import');
    await page.setInputFiles('#import-file', { name: 'book.csv', mimeType: 'text/csv', buffer: text });
    await page.waitForSelector('.button-main:has-text("Import 1 contact")');
    expect(await known()).toEqual([]);
    await page.click('.button-main');
    await page.waitForSelector('.sheet h3:has-text("Done")');
    expect(await known()).toEqual(['Вера']);
    expect(await page.locator('dialog img').count()).toBe(0);
    await page.setInputFiles('#import-file', {
      name: 'x.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('a;b\n1;2\n'),
    });
    await page.waitForSelector('.form-fault .mend');
    expect(complaints).toEqual([]);
  });

  it('marks what is overdue, closes a task and opens it again', async () => {
    await task({ title: evil, deadlineAtMs: Date.now() - 60_000 });
    const openTasks = () => store.database.read(async (db) => (await findTasks(db, { open: true, limit: 10 })).length);
    await open('#/tasks');
    await page.waitForSelector('.task .pill-bad:has-text("overdue")');
    await page.click('.task button:has-text("Close")');
    await page.waitForSelector('#tasks .empty');
    expect(await openTasks()).toBe(0);
    await page.click('.notice-action');
    await page.waitForSelector('.task');
    expect(await openTasks()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('shows what was rejected with the mend, sends it again, and asks before it is given up', async () => {
    await rejected(901);
    await rejected(902);
    await open('#/deliveries');
    await page.waitForSelector('.delivery');
    expect(await page.textContent('[data-delivery="902"] .delivery-note')).toBe(`no such field ${evil}`);
    await page.waitForSelector('[data-delivery="902"] .mend:has-text("mend the field")');
    await page.click('[data-delivery="902"] button:has-text("Send again")');
    await eventually(async () => expect(await stateOf(902)).toBe('waiting'));
    await page.click('[data-delivery="901"] button:has-text("Give up")');
    await page.click('[data-delivery="901"] button:has-text("No")');
    await page.click('[data-delivery="901"] button:has-text("Give up")');
    expect(await stateOf(901)).toBe('rejected');
    await page.click('[data-delivery="901"] .button-bad');
    await eventually(async () => expect(await stateOf(901)).toBe('dropped'));
    expect(await page.locator('#deliveries img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('shows the last requests of a connection, and sends all that it rejected again', async () => {
    await rejected(903);
    server.parts.push({ part: 'crm portal', level: 'error', message: 'is away', mend: 'start it' });
    server.crm.stored.push({
      id: 7,
      crm: 'portal',
      at: Date.now(),
      tookMs: 12,
      method: 'POST',
      url: 'https://portal.example/rest',
      request: `call.register\nauthorization: ***\n\n${evil}`,
      status: 400,
      answer: evil,
      deliveryId: 903,
      error: null,
    });
    await open('#/deliveries');
    await page.waitForSelector('.connection-card:has-text("start it")');
    await page.click('.connection-card:has-text("portal") button:has-text("Send rejected again")');
    await eventually(async () => expect(await stateOf(903)).toBe('waiting'));
    await page.click('.connection-card:has-text("portal") button:has-text("Last requests")');
    await page.click('.request summary');
    expect(await page.textContent('.request pre >> nth=1')).toBe(evil);
    expect(await page.locator('dialog img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('offers a token that may only read nothing that it may not do', async () => {
    const id = await client('Anna');
    await task();
    await rejected(904);
    await open('#/deliveries', server.token);
    await page.waitForSelector('.delivery');
    expect(await page.locator('#view-deliveries button').count()).toBe(0);
    await page.click('#navigation a:has-text("Tasks")');
    await page.waitForSelector('.task');
    expect(await page.locator('#view-tasks button').count()).toBe(0);
    await page.goto(`${address}#/clients/client/${id}`);
    await page.waitForSelector('.sheet h2:has-text("Anna")');
    expect(await page.locator('dialog button:not(.sheet-close), dialog textarea, #clients-tools button').count()).toBe(
      0,
    );
    expect(complaints).toEqual([]);
  });

  it('tells of a call whose it is, what became of it, and plays it without a token in any address', async () => {
    const call = sampleCall('talk', Date.now() - 600_000, {
      recordings: [{ file: '/var/spool/talk.wav', startedAt: new Date().toISOString(), endedAt: null }],
    });
    server.store.put(call, 'call.ended');
    const id = await client('Anna');
    await rejected(905, 'talk');
    const path = join(folder, 'talk.wav');
    writeFileSync(path, wave());
    server.media.files.set('talk', {
      path,
      bytes: 64_044,
      durationMs: 8000,
      contentType: 'audio/wav',
      fileName: 'talk.wav',
      peaks: new Uint8Array(800).fill(90),
    });
    const addresses: string[] = [];
    page.on('request', (request) => addresses.push(request.url()));
    await open('#/call/talk');
    await page.waitForSelector('.clients-of:has-text("Anna")');
    await page.waitForSelector('dialog .delivery:has-text("mend the field")');
    await page.click('.player-play');
    await page.waitForSelector('.player-play[aria-label=Pause]');
    await page.waitForSelector('.player-clock:has-text("0:01 / 0:08")');
    await page.click('.player-play');
    await page.waitForSelector('.player-play[aria-label=Play]');
    const saved = page.waitForEvent('download');
    await page.click('.player .tool');
    expect((await saved).suggestedFilename()).toBe('talk.wav');
    expect(addresses.some((each) => each.includes('/calls/talk/recording'))).toBe(true);
    expect(addresses.filter((each) => each.includes(admin))).toEqual([]);
    await store.database.write((db) =>
      saveActivity(db, {
        callId: 'talk',
        entityId: id,
        number,
        responsible: null,
        direction: 'inbound',
        status: 200,
        talkSec: 5,
        waitSec: 1,
        line: null,
        source: null,
        mark: null,
        startedAt: call.startedAt,
      }),
    );
    await page.click('.clients-of a');
    await page.waitForSelector('.activity:has-text("Answered")');
    await page.goBack();
    await page.waitForSelector('dialog .chart');
    expect(complaints).toEqual([]);
  });

  it('names who calls by the built-in CRM, asking once for each number', async () => {
    await client('Anna', [number], 'contact');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/by-number/')) asked.push(request.url());
    });
    const nowMs = Date.now();
    const ringing = (id: string) => sampleCall(id, nowMs, { endedAt: null, answered: false, stage: 'ringing' });
    server.live.calls = [ringing('one'), ringing('two')];
    await open('');
    await page.waitForSelector('.live-row[data-call=one] .main:has-text("Anna")');
    await page.waitForSelector('.live-row[data-call=two] .main:has-text("Anna")');
    server.store.put({ ...ringing('one'), stage: 'queue' }, 'call.changed');
    await page.waitForSelector('.live-row[data-call=one] .stage-queue');
    expect(asked.length).toBe(1);
    expect(complaints).toEqual([]);
  });
});
