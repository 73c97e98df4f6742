// Calls a second that are registered and finished through one portal: Patchcord from a database full of waiting calls, and one request at a time.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../../lab/child.ts';
import { startPostgres } from '../../lab/databases.ts';
import { clientNumber, extensions, userOf } from './clients.ts';
import { connectionTo, PatchcordProcess } from './patchcord-process.ts';
import { type PortalCounters, PortalProcess } from './portal-process.ts';
import { storeWaitingCalls } from './waiting-calls.ts';

/** What every cloud portal takes: 2 requests a second run out of a bucket of 50. */
export const realRate = { threshold: 50, drainPerSecond: 2 };
/** The first and the last tenth are not counted: the saved-up tokens at the beginning, batches that are not full at the end. */
const counted = { from: 0.1, to: 0.9 };
const stuckMs = 60_000;

export interface Throughput {
  who: string;
  clients: string;
  calls: number;
  perSec: number;
  /** From the first call to the last. */
  seconds: number;
  requests: number;
  commands: number;
  limited: number;
  leads: number;
}

export interface Asked {
  calls: number;
  /** Part of the clients whom the portal knows, 0 to 1. */
  known: number;
  database: 'sqlite' | 'postgres';
}

export async function measureThroughput({ calls, known, database }: Asked): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-bench-'));
  const server = database === 'postgres' ? await startPostgres() : null;
  const portal = await PortalProcess.start({
    rate: realRate,
    employees: extensions,
    knownClients: Math.round(calls * known),
  });
  try {
    const url = server?.url ?? `sqlite:${join(folder, 'patchcord.db')}`;
    // Nobody listens there: nothing but the backlog is to be done.
    const pbx = [{ name: 'main', host: '127.0.0.1', port: await freePort(), username: 'none', secret: 'none' }];
    const settings = { folder, database: url, pbx, crm: [connectionTo(portal.webhook, realRate.drainPerSecond)] };
    await storeWaitingCalls({ ...settings, calls });
    const patchcord = await PatchcordProcess.start(settings);
    try {
      const samples = await follow(portal, calls);
      return { who: `Patchcord, ${database}`, clients: told(known), calls, ...rateOf(samples, calls) };
    } finally {
      await patchcord.stop();
    }
  } finally {
    await portal.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Sample = PortalCounters & { atMs: number };

/** @throws Error when nothing is finished any more before all calls are */
async function follow(portal: PortalProcess, calls: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  let movedAtMs = performance.now();
  for (;;) {
    const sample = { ...(await portal.counters()), atMs: performance.now() };
    if (sample.finished > (samples.at(-1)?.finished ?? 0)) movedAtMs = sample.atMs;
    samples.push(sample);
    if (sample.finished >= calls) return samples;
    if (sample.atMs - movedAtMs > stuckMs) throw new Error(`stuck at ${JSON.stringify(sample)}`);
    await wait(100);
  }
}

function rateOf(samples: readonly Sample[], calls: number): Omit<Throughput, 'who' | 'clients' | 'calls'> {
  const after = (part: number): Sample => samples.find(({ finished }) => finished >= calls * part) ?? samples[0]!;
  const [from, to, last] = [after(counted.from), after(counted.to), after(1)];
  const begun = samples.findLast(({ finished }) => finished === 0) ?? samples[0]!;
  return {
    perSec: ((to.finished - from.finished) / (to.atMs - from.atMs)) * 1000,
    seconds: (last.atMs - begun.atMs) / 1000,
    requests: last.requests,
    commands: last.commands,
    limited: last.limited,
    leads: last.leads,
  };
}

/**
 * The peer: registers a call, waits for the answer, finishes it, waits for the answer, at the portal's rate. The portal makes the leads (as
 * `CRM_CREATE=1` has it), so that there are two requests for each call.
 */
export async function measureOneByOne(known: number, seconds: number): Promise<Throughput> {
  const portal = await PortalProcess.start({ rate: realRate, employees: extensions, knownClients: 1_000 * known });
  try {
    const beginMs = performance.now();
    let sent = 0;
    const ask = async (method: string, body: object): Promise<{ CALL_ID: string }> => {
      await wait(Math.max(0, beginMs + (sent++ * 1000) / realRate.drainPerSecond - performance.now()));
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${portal.webhook}${method}.json`, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
      });
      return ((await response.json()) as { result: { CALL_ID: string } }).result;
    };
    let calls = 0;
    while (performance.now() - beginMs < seconds * 1000) {
      const USER_ID = userOf(extensions[calls % extensions.length] ?? '101');
      // Every second one unknown when half of them are.
      const client = calls % 2 === 0 ? calls / 2 : calls + 1_000 * (1 - known) * 2;
      const about = { USER_ID, PHONE_NUMBER: clientNumber(known === 1 ? calls : client), TYPE: 2, CRM_CREATE: 1 };
      const { CALL_ID } = await ask('telephony.externalcall.register', about);
      await ask('telephony.externalcall.finish', { CALL_ID, USER_ID, DURATION: 60, STATUS_CODE: '200' });
      calls++;
    }
    const tookSec = (performance.now() - beginMs) / 1000;
    const { requests, commands, limited, leads } = await portal.counters();
    const counts = { requests, commands, limited, leads };
    return { who: 'one by one', clients: told(known), calls, perSec: calls / tookSec, seconds: tookSec, ...counts };
  } finally {
    await portal.stop();
  }
}

function told(known: number): string {
  return known === 1 ? 'known' : `${Math.round((1 - known) * 100)}% unknown`;
}
