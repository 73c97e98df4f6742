// A day in which the portal is down: is telephony unaffected, is everything delivered afterwards, and do live cards wait behind it.
import { loadavg } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Quantiles, quantilesOf } from '../bitrix24/quantiles.ts';
import type { Rings } from '../bitrix24/rings.ts';
import { printTable, writeResult } from '../report.ts';
import { judge, type Verdict } from './judge.ts';
import { type DayGiven, type Office, openOffice } from './office.ts';
import { type Probed, probe } from './probe.ts';

/** Cards without a backlog, for comparison. */
const calmMs = 100_000;
/** As much waits at any time when only the live PBX makes work. */
const littleWork = 30;
const stuckMs = 300_000;

/**
 * @param args `--calls N` (20,000), `--rate N` requests a second that the portal takes (2, the real limit), `--speed N` times as fast as a day
 * (864: 100 s), `--database sqlite|postgres`, `--no-peer` without the day on which the portal is up
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '2' },
      speed: { type: 'string', default: '864' },
      database: { type: 'string', default: 'sqlite' },
      peer: { type: 'boolean', default: true },
    },
    allowNegative: true,
  });
  const given: DayGiven = {
    calls: Number(values.calls),
    requestsPerSec: Number(values.rate),
    speed: Number(values.speed),
    database: values.database === 'postgres' ? 'postgres' : 'sqlite',
  };
  const loadBefore = loadavg();
  const up = values.peer ? await inOffice(given, (office) => playDay(office)) : null;
  if (up) showDays([['up', up]]);
  const down = await inOffice(given, (office) => dayWithoutPortal(office));
  showDays([...(up ? [['up', up] as const] : []), ['down', down.day]]);
  showCards(down);
  writeResult('bitrix24-day', { given, loadBefore, loadAfter: loadavg(), up, ...down });
}

async function inOffice<T>(given: DayGiven, measure: (office: Office) => Promise<T>): Promise<T> {
  const office = await openOffice(given);
  try {
    return await measure(office);
  } finally {
    await office.close();
  }
}

interface Day extends Probed {
  calls: number;
  events: number;
  seconds: number;
  eventsPerSec: number;
  /** From the last event of the PBX until all was stored. */
  lagMs: number;
}

/** Plays the day, and measures until all of it is stored. */
async function playDay({ patchcord, startDay }: Office): Promise<Day> {
  const day = await startDay();
  const events = (): Promise<number> => patchcord.metric('patchcord_pbx_events{pbx="day"}');
  while ((await events()) === 0) await wait(20);
  const beginMs = performance.now();
  const probing = probe(patchcord);
  const { calls } = await day.finished;
  const playedMs = performance.now();
  const waiting = (): Promise<number> => patchcord.metric('patchcord_facts_waiting{pbx="day"}');
  while ((await waiting()) > 0 || (await patchcord.metric('patchcord_calls_open{pbx="day"}')) > 0) await wait(20);
  const endMs = performance.now();
  const probed = await probing.end();
  const count = await events();
  const seconds = (endMs - beginMs) / 1000;
  return { ...probed, calls, events: count, seconds, eventsPerSec: count / seconds, lagMs: endMs - playedMs };
}

interface Outage {
  day: Day;
  /** Milliseconds from the manager event of the ring to the request's first byte. */
  cardsWithoutBacklog: Quantiles;
  cardsDuringBacklog: Quantiles;
  cardsMissing: number;
  /** When the portal came back: deliveries that waited. */
  backlog: number;
  deliveredSec: number;
  /** From the portal's return to the first card. */
  noticedSec: number;
  portal: { requests: number; commands: number; limited: number; leads: number; finished: number };
  rssMb: { before: number; day: number; after: number };
  verdict: Verdict;
}

async function dayWithoutPortal(office: Office): Promise<Outage> {
  const { patchcord, portal, rings, live } = office;
  const calmFromMs = performance.now();
  await wait(calmMs);
  // The last ones have not had their time.
  const calm = rings.between(calmFromMs, calmFromMs + calmMs - 2_000);
  const before = patchcord.rssMb();
  await portal.die();
  const day = await playDay(office);
  const backlog = await waitingIn(office);
  const { requests, commands } = await portal.counters();
  await portal.listen();
  const backMs = performance.now();
  const probing = probe(patchcord);
  await deliver(office, (waiting) => waiting <= littleWork);
  const deliveredSec = (performance.now() - backMs) / 1000;
  const { rssMbMax: after } = await probing.end();
  await live.stop();
  await deliver(office, (waiting) => waiting === 0);
  const verdict = await judge(patchcord, portal);
  const told = await portal.counters();
  const answeredAtMs = backAgainMs(rings, backMs);
  const busy = rings.between(answeredAtMs, backMs + deliveredSec * 1000 - 2_000);
  return {
    day,
    cardsWithoutBacklog: quantilesOf(delaysOf(calm)),
    cardsDuringBacklog: quantilesOf(delaysOf(busy)),
    cardsMissing: [...calm, ...busy].filter(({ cardAtMs }) => cardAtMs === null).length,
    backlog,
    deliveredSec,
    noticedSec: (answeredAtMs - backMs) / 1000,
    portal: { ...told, requests: told.requests - requests, commands: told.commands - commands },
    rssMb: { before, day: day.rssMbMax, after },
    verdict,
  };
}

function delaysOf(rings: readonly { rangAtMs: number; cardAtMs: number | null }[]): number[] {
  return rings.flatMap(({ rangAtMs, cardAtMs }) => (cardAtMs === null ? [] : [cardAtMs - rangAtMs]));
}

/** It is some seconds until an attempt finds that the portal is back: when the first card passed after it was. */
function backAgainMs(rings: Rings, backMs: number): number {
  const cards = rings.between(0, Infinity).map(({ cardAtMs }) => cardAtMs ?? Infinity);
  return Math.min(...cards.filter((atMs) => atMs > backMs));
}

async function waitingIn({ patchcord }: Office): Promise<number> {
  const [waiting, working] = await Promise.all(
    ['waiting', 'working'].map((state) => patchcord.metric(`patchcord_deliveries{crm="portal",state="${state}"}`)),
  );
  return (waiting ?? 0) + (working ?? 0);
}

/** @throws Error when nothing is delivered for minutes */
async function deliver(office: Office, isDone: (waiting: number) => boolean): Promise<void> {
  let least = Infinity;
  let movedAtMs = performance.now();
  for (;;) {
    const waiting = await waitingIn(office);
    if (isDone(waiting)) return;

    if (waiting < least) [least, movedAtMs] = [waiting, performance.now()];
    if (performance.now() - movedAtMs > stuckMs) throw new Error(`${waiting} wait\n${office.patchcord.output}`);
    await wait(1_000);
  }
}

function showDays(days: (readonly [string, Day])[]): void {
  printTable(
    'A day, while the portal is up and while it refuses connections',
    ['portal', 'calls', 'events', 'events/s', 'last event to stored, ms', 'API p50, ms', 'p99', 'max', 'memory, MB'],
    days.map(([portal, { calls, events, eventsPerSec, lagMs, api, rssMbMax }]) => {
      return [portal, calls, events, eventsPerSec, lagMs, api.p50, api.p99, api.max, rssMbMax];
    }),
  );
}

function showCards(outage: Outage): void {
  const { cardsWithoutBacklog, cardsDuringBacklog, backlog, deliveredSec, portal, rssMb, verdict } = outage;
  printTable(
    'From the ring to the first byte of the request with the card, ms',
    ['when', 'rings', 'p50', 'p99', 'max'],
    [['no backlog', cardsWithoutBacklog] as const, [`${backlog} deliveries waited`, cardsDuringBacklog] as const].map(
      ([when, { count, p50, p99, max }]) => [when, count, p50, p99, max],
    ),
  );
  console.log(
    `\nall delivered ${deliveredSec.toFixed(0)} s after the portal was back (the first card after ${outage.noticedSec.toFixed(1)} s): ${JSON.stringify(portal)}`,
  );
  console.log(`calls: ${JSON.stringify(verdict)}; cards missing: ${outage.cardsMissing}`);
  console.log(`memory, MB: ${JSON.stringify(rssMb)}`);
}
