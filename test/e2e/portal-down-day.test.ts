// A day of 20,000 calls while the portal is down: telephony and the API do not notice; afterwards the portal gets every call once, and whoever
// is called meanwhile has his card before the backlog.
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { freePort } from '../../lab/child.ts';
import type { Call } from '../../src/calls/call.ts';
import { startDemoPbx } from '../../src/demo/demo-pbx.ts';
import { FakePortal } from '../fakes/bitrix24/portal.ts';
import type { CallView } from '../fakes/bitrix24/view.ts';
import { Patchcord, temporaryFolder } from './faults-support.ts';
import { adminUser, userOf } from './support/portal-office.ts';

const calls = Number(process.env['PATCHCORD_CALLS'] ?? 20_000);
const staff = 190;
/** Twenty-five times what a portal takes, threshold and drain alike, so that the backlog of the day passes within a minute. */
const requestsPerSec = 50;
const rate = { threshold: 25 * requestsPerSec, drainPerSecond: requestsPerSec };
/** So much waits at any time for the live calls alone. */
const littleWork = 50;
/** What may be done between a ring and its card: requests that were on their way already. Thousands wait. */
const underWayMax = 150;

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

it('delivers a day in which the portal was down, behind the cards of those who call now', async () => {
  const portal = new FakePortal({ users: employees(), entities: [], rate });
  await portal.listen();
  closing.push(() => portal.close());
  const live = await startDemoPbx({ seed: 3, staff, kinds: ['in-answered'], gapMs: [400, 800] });
  closing.push(() => live.stop());
  const dayPort = await freePort();
  const { username, secret } = live;
  const login = { host: '127.0.0.1', username, secret, trunks: [...live.trunks] };
  const pbx = [
    { name: 'day', ...login, port: dayPort },
    { name: 'live', ...login, port: live.port },
  ];
  const open = { allowPrivate: true, allowHttp: true, events: 'none' };
  const crm = [{ name: 'portal', type: 'bitrix24', webhook: portal.webhookUrl(), requestsPerSec, ...open }];
  const folder = temporaryFolder();
  closing.push(() => folder.remove());
  const patchcord = new Patchcord({ folder: folder.path, settings: { pbx, crm, log: { level: 'error' } } });
  closing.push(() => patchcord.kill9());
  await patchcord.start();
  await patchcord.post('/directory/import', { policies: [{ id: '*', defaultUser: String(adminUser) }] });
  await vi.waitFor(async () => expect(await operatorsOf(patchcord)).toBe(staff), { timeout: 20_000, interval: 100 });

  await portal.stopListening();
  const before = portal.calls().length;
  let played = 0;
  const gapMs = 86_400_000 / calls;
  const day = await startDemoPbx({
    seed: 1,
    staff,
    calls,
    port: dayPort,
    gapMs: [Math.round(gapMs / 2), Math.round(gapMs * 1.5)],
    speed: Infinity,
    onTruth: () => played++,
  });
  closing.push(() => day.stop());
  const asked = askAgainAndAgain(patchcord);
  await day.finished;
  const stored = async (): Promise<number> =>
    (await patchcord.history()).filter((call) => call.pbx === 'day' && call.endedAt !== null).length;
  await vi.waitFor(async () => expect(await stored()).toBe(played), { timeout: 60_000, interval: 1_000 });
  const answers = await asked.stop();
  expect(answers.failed).toEqual([]);
  const { level, mend } = (await patchcord.status()).parts.find(({ part }) => part === 'deliveries to portal')!;
  expect({ level, mend }).toEqual({ level: 'error', mend: expect.any(String) });
  expect(portal.calls()).toHaveLength(before);
  const backlog = await waiting(patchcord);
  expect(backlog).toBeGreaterThan(calls);

  const backMs = Date.now();
  await portal.listen();
  await vi.waitFor(async () => expect(await waiting(patchcord)).toBeLessThan(littleWork), {
    timeout: 120_000,
    interval: 500,
  });
  const deliveredMs = Date.now();
  await live.stop();
  await vi.waitFor(async () => expect(await waiting(patchcord)).toBe(0), { timeout: 20_000, interval: 200 });

  const history = await patchcord.history();
  const held = portal.calls();
  const verdict = judge(history, held);
  const cards = cardsDuring(history, held, { backMs, deliveredMs });
  const tookSec = Math.round((deliveredMs - backMs) / 1000);
  console.log(
    `${played} calls, ${backlog} deliveries waited, all delivered in ${tookSec} s at ${requestsPerSec} requests a second; ` +
      `the API answered ${answers.count} times, after ${Math.round(answers.longestMs)} ms at most; ` +
      `${cards.length} cards meanwhile, ${Math.max(...cards.map(({ passed }) => passed))} calls of the backlog passed one at most; ` +
      JSON.stringify(verdict),
  );
  expect(verdict).toEqual({ ended: verdict.ended, once: verdict.ended, strange: [], leftLive: [] });
  expect(verdict.ended).toBeGreaterThan(played * 0.8);
  expect((await patchcord.get<{ deliveries: unknown[] }>('/deliveries?state=rejected')).deliveries).toEqual([]);
  expect(cards.length).toBeGreaterThan(10);
  expect(cards.filter(({ inTime }) => !inTime)).toEqual([]);
  expect(cards.filter(({ passed }) => passed > underWayMax)).toEqual([]);
}, 240_000);

function employees() {
  const extensions = Array.from({ length: staff }, (_, n) => String(101 + n));
  return [
    { id: adminUser, name: 'Anna', lastName: 'Orlova', admin: true },
    ...extensions.map((inner) => ({ id: userOf(inner), name: 'Person', lastName: inner, inner })),
  ];
}

async function operatorsOf(patchcord: Patchcord): Promise<number> {
  return (await patchcord.get<{ records: unknown[] }>('/directory/operators')).records.length;
}

function isOf(pbx: string): (call: Call) => boolean {
  return (call) => call.pbx === pbx;
}

/** Deliveries to the portal that have not ended. */
async function waiting(patchcord: Patchcord): Promise<number> {
  const metrics = await (await patchcord.ask('/metrics')).text();
  return [...metrics.matchAll(/^patchcord_deliveries\{crm="portal",state="(?:waiting|working)"\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** As a panel would. */
function askAgainAndAgain(patchcord: Patchcord) {
  const answers = { count: 0, longestMs: 0, failed: [] as string[] };
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const sinceMs = performance.now();
      const response = await patchcord.ask('/calls?limit=50');
      await response.arrayBuffer();
      answers.count++;
      answers.longestMs = Math.max(answers.longestMs, performance.now() - sinceMs);
      if (!response.ok) answers.failed.push(`${response.status}`);
      await wait(50);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await asking;
      return answers;
    },
  };
}

/** Every call with somebody outside that has ended is in the portal once; nothing else is. */
function judge(history: readonly Call[], held: readonly CallView[]) {
  const ended = history.filter(({ direction, endedAt }) => direction !== 'internal' && endedAt !== null);
  const open = new Set(history.filter(({ endedAt }) => endedAt === null).map(({ id }) => id));
  const finished = Map.groupBy(
    held.filter((call) => !call.live),
    ({ externalCallId }) => externalCallId,
  );
  const once = ended.filter(({ id }) => finished.get(id)?.length === 1).length;
  const known = new Set(ended.map(({ id }) => id));
  return {
    ended: ended.length,
    once,
    strange: [...finished.keys()].filter((id) => !known.has(id)),
    leftLive: held.filter((call) => call.live && !open.has(call.externalCallId)).map((call) => call.externalCallId),
  };
}

/** Of the phones that rang while the backlog was delivered: whether the card was there before the answer, and what was finished between. */
function cardsDuring(
  history: readonly Call[],
  held: readonly CallView[],
  { backMs, deliveredMs }: { backMs: number; deliveredMs: number },
): { id: string; inTime: boolean; passed: number }[] {
  const shownAt = new Map(
    held.flatMap(({ externalCallId, pushes }) => {
      const shown = pushes.find(({ kind }) => kind === 'show');
      return shown && shown.atMs >= backMs ? [[externalCallId, shown.atMs] as const] : [];
    }),
  );
  // It takes some seconds until an attempt finds that the portal is back.
  const noticedMs = Math.min(...shownAt.values());
  const backlogMs = held
    .filter(({ live, externalCallId }) => !live && externalCallId.startsWith('day-'))
    .map(({ finishedMs }) => finishedMs ?? 0);
  return history.filter(isOf('live')).flatMap(({ id, legs }) => {
    const leg = legs.find(({ role }) => role !== 'caller');
    const rangMs = Date.parse(leg?.startedAt ?? '');
    const answeredMs = leg?.answeredAt == null ? Infinity : Date.parse(leg.answeredAt);
    // Of those who rang in the last second it is not known whether the live PBX was stopped first.
    if (!(rangMs > noticedMs) || rangMs > deliveredMs - 1_000) return [];
    const cardMs = shownAt.get(id) ?? Infinity;
    const passed = backlogMs.filter((atMs) => atMs > rangMs && atMs < cardMs).length;
    return [{ id, inTime: cardMs < answeredMs, passed }];
  });
}
