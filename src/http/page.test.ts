// The page's calls in a real browser.
import { readdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  legOutcomes,
  legRoles,
  lostStages,
  origins,
  parties,
  stages,
  transferTypes,
  directions,
} from '../calls/call.ts';
import { entityKinds, leadStatuses } from '../crm/local/entities.ts';
import { deliveryKinds, deliveryStates } from '../store/delivery.ts';
import { levels } from './status.ts';
import { browserPath, openBrowser, openPage } from './testing/browser.ts';
import { sampleCall, sampleDay, sampleLeg } from './testing/sample-calls.ts';
import { testServer } from './testing/test-server.ts';
import type { TestServer } from './testing/test-server.ts';

const folder = join(import.meta.dirname, 'page');

describe('the words', async () => {
  const module = (await import(join(folder, 'words.js'))) as { words: Record<'en' | 'ru', Record<string, unknown>> };
  const { en, ru } = module.words;
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js') && !name.startsWith('words'));
  const source = scripts.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');

  it('are in both languages', () => {
    expect(Object.keys(ru).sort()).toEqual(Object.keys(en).sort());
  });

  it('cover every value that a call can have', () => {
    const each = (prefix: string, values: readonly string[]) => values.map((value) => `${prefix}.${value}`);
    const needed = [
      ...each('stage', stages),
      ...each('direction', directions),
      ...each('leg', legOutcomes),
      ...each('role', legRoles),
      ...each('transfer', transferTypes),
      ...each('result', lostStages),
      ...each('call.origin', origins),
      ...each('call.party', parties),
      ...each('step.ended', parties),
      ...each('client.kind', entityKinds),
      ...each('client.kinds', entityKinds),
      ...each('client.status', leadStatuses),
      ...each('delivery.kind', deliveryKinds),
      ...each('delivery.state', deliveryStates),
      ...each('delivery.noneOf', deliveryStates),
      ...each('level', levels),
    ];
    expect(needed.filter((key) => !(key in en))).toEqual([]);
  });

  it('are all used', () => {
    const made = /`([\w.]+)\.\$\{/g;
    const prefixes = [...source.matchAll(made)].map((match) => `${match[1]}.`);
    const unused = Object.keys(en).filter(
      (key) => !source.includes(`'${key}'`) && !prefixes.some((prefix) => key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });
});

describe.skipIf(browserPath === null)('the page', () => {
  let context: BrowserContext;
  let close: () => Promise<void>;
  let page: Page;
  let server: TestServer;
  let address: string;
  let complaints: string[];

  beforeAll(async () => {
    ({ context, close } = await openBrowser());
  });
  afterAll(() => close());

  beforeEach(async () => {
    server = testServer();
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/`;
    ({ page, complaints } = await openPage(context));
  });
  afterEach(async () => {
    await page.close();
    await server.app.close();
  });

  async function signIn(): Promise<void> {
    await page.goto(address);
    await page.fill('#token', server.token);
    await page.click('button[type=submit]');
    await page.waitForSelector('#board:not([hidden])');
    await page.waitForSelector('.connection-live');
  }

  const rows = (count: number) =>
    vi.waitFor(async () => expect(await page.locator('tr.call').count()).toBe(count), { timeout: 10_000 });

  it('takes a right token only, and forgets it on signing out', async () => {
    await page.goto(address);
    await page.fill('#token', 'pc_wrong');
    await page.click('button[type=submit]');
    await page.waitForSelector('.sign-in-message:not(:empty)');
    await signIn();
    expect(await page.evaluate('localStorage.getItem("patchcord.token")')).toBeNull();
    await page.click('#sign-out');
    await page.waitForSelector('#token');
    expect(await page.evaluate('sessionStorage.getItem("patchcord.token")')).toBeNull();
    expect(page.url()).not.toContain(server.token);
  });

  it('shows a call come, change and end, without reloading', async () => {
    await signIn();
    await page.waitForSelector('#live .empty');
    const open = { endedAt: null, answered: false, answeredAt: null, responsible: null } as const;
    const nowMs = Date.now();
    server.store.put(sampleCall('a', nowMs, { ...open, stage: 'queue' }), 'call.started');
    await page.waitForSelector('.live-row .stage-queue');
    const leg = sampleLeg(nowMs, null, { extension: '117' });
    server.store.put(sampleCall('a', nowMs, { ...open, stage: 'talking', legs: [leg] }), 'call.answered');
    await page.waitForSelector('.chip-talks:has-text("117")');
    server.store.put(sampleCall('a', nowMs), 'call.ended');
    await page.waitForSelector('#live .empty');
    await page.waitForSelector('tr.call[data-call=a]');
    expect(complaints).toEqual([]);
  });

  it('takes a merged call away', async () => {
    await signIn();
    const call = sampleCall('part', Date.now(), { endedAt: null, stage: 'ringing' });
    server.store.put(call, 'call.started');
    await page.waitForSelector('.live-row');
    server.store.put(call, 'call.merged', { into: 'whole' });
    await page.waitForSelector('#live .empty');
    expect(complaints).toEqual([]);
  });

  it('finds by number and by filter, and turns pages', async () => {
    for (const call of sampleDay(Date.now())) server.store.put(call, 'call.ended');
    await signIn();
    await rows(50);
    await page.click('.more button');
    await rows(75);
    await page.fill('input[type=search]', '777-88');
    await rows(1);
    await page.click('label:has(input[value=answered])');
    await page.waitForSelector('#history .empty');
    await page.click('#clear');
    await rows(50);
    expect(complaints).toEqual([]);
  });

  it('shows one call with its legs and transfers, by a link too', async () => {
    for (const call of sampleDay(Date.now())) server.store.put(call, 'call.ended');
    await signIn();
    await page.click('tr.call[data-call=transferred]');
    await page.waitForSelector('.step-transfer');
    expect(await page.locator('.chart-line').count()).toBe(5);
    expect(await page.textContent('.step-transfer')).toContain('101 → 203');
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog:not([open])', { state: 'attached' });
    await page.goto(`${address}#/call/day-60`);
    await page.waitForSelector('.step-end');
    expect(complaints).toEqual([]);
  });

  it('never makes HTML of what a caller sends', async () => {
    const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>"\'</td>&amp;\u202E';
    const hostile = {
      client: { number: evil, e164: null, name: evil },
      line: { number: evil, trunk: evil },
      queue: { name: evil, waitMs: 1000 },
      responsible: { extension: evil, operatorId: evil },
      transfers: [{ type: 'blind', by: evil, to: evil, completed: true, blonde: false, at: new Date().toISOString() }],
      recordings: [{ file: evil, startedAt: new Date().toISOString(), endedAt: null }],
    } as const;
    const nowMs = Date.now();
    const legs = [
      sampleLeg(nowMs, nowMs + 9000, { extension: evil, device: evil }),
      sampleLeg(nowMs, null, { extension: null, number: evil }),
    ];
    const past = sampleCall('past"><b>', nowMs, {
      ...hostile,
      legs,
      recordings: [...hostile.recordings],
      transfers: [...hostile.transfers],
    });
    server.store.put(past, 'call.ended');
    server.live.calls = [{ ...past, id: 'open', endedAt: null, stage: 'queue' }];
    server.parts.push({ part: evil, level: 'warning', message: evil, mend: evil });
    await signIn();
    await page.waitForSelector('tr.call');
    await page.waitForSelector('.live-row');
    expect(await page.textContent('tr.call .main')).toBe(evil);
    await page.click('.live-row');
    await page.waitForSelector('.steps');
    await page.keyboard.press('Escape');
    await page.click('tr.call');
    await page.waitForSelector('.steps');
    await page.click('.ids summary');
    expect(await page.locator('img, td script, dialog script, #live script, dialog b').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('says that the connection is lost, and comes back by itself', async () => {
    server.live.calls = [sampleCall('a', Date.now(), { endedAt: null, stage: 'talking' })];
    await signIn();
    await page.waitForSelector('.live-row');
    const { port } = server.app.server.address() as AddressInfo;
    await server.app.close();
    await page.waitForSelector('.connection-lost');
    await page.waitForSelector('.stale-note');
    const { token, live } = server;
    server = testServer(false, token);
    server.live.calls = live.calls.map((call) => ({ ...call, id: 'b' }));
    await server.app.listen({ host: '127.0.0.1', port });
    await page.waitForSelector('.connection-live', { timeout: 20_000 });
    await page.waitForSelector('.live-row[data-call=b]');
    expect(await page.locator('.stale-note').count()).toBe(0);
  });

  it('says that it is the demo, in the language that was chosen', async () => {
    await server.app.close();
    server = testServer(true);
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    address = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}/`;
    await signIn();
    await page.waitForSelector('#demo:has-text("Demo data.")');
    await page.click('#languages button:has-text("RU")');
    await page.waitForSelector('#demo:has-text("Демонстрация.")');
    expect(await page.getAttribute('html', 'lang')).toBe('ru');
    await page.click('#languages button:has-text("EN")');
  });
});
