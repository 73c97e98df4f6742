// From the moment at which a phone says it on the wire to the moment at which a client of the API hears it, through a real Asterisk.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { header } from '../../lab/ami.ts';
import { startChild } from '../../lab/child.ts';
import { company, lines } from '../../lab/company.ts';
import { type Lab, openLab, type Stage } from '../../lab/lab.ts';
import type { AsteriskVersion } from '../../lab/places.ts';
import { printTable, writeResult } from '../report.ts';
import { type Moment, moments, Watcher, watchByPolling, watchFeed } from './watchers.ts';

/** How many phones are played with at once. */
const lanes = 3;
/** Calls before the measured ones: the first few pay for compiling. */
const warmUpCalls = 9;

const sources = ['manager', 'feed', 'long-poll'] as const;
type Source = (typeof sources)[number];

/** @param args `--calls N` (150 unless told), `--version 16|22` (both unless told) */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { calls: { type: 'string', default: '150' }, version: { type: 'string' } },
  });
  const figures: unknown[] = [];
  for (const version of [22, 16] as const) {
    if (values.version !== undefined && values.version !== String(version)) continue;
    figures.push(show(version, await measureOn(version, Number(values.calls))));
  }
  writeResult('latency', figures);
}

async function measureOn(version: AsteriskVersion, calls: number): Promise<Delays> {
  const lab = await openLab({
    version,
    companies: Array.from({ length: lanes }, (_, index) => company(index)),
    users: [user],
  });
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-latency-'));
  try {
    return await withPatchcord(lab, folder, calls);
  } finally {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const user = {
  username: 'bench',
  secret: 'bench-secret',
  read: 'system,call,dialplan,agent,user',
  write: 'system,call,reporting',
};

/** Milliseconds by who heard it and what it was. */
type Delays = Record<Source, Record<Moment, number[]>>;

/** Patchcord runs in a process of its own, as it does in earnest. */
async function withPatchcord(lab: Lab, folder: string, calls: number): Promise<Delays> {
  const settings = join(folder, 'patchcord.yaml');
  const { username, secret } = user;
  const pbx = { name: 'lab', host: lab.asterisk.amiHost, port: lab.asterisk.amiPort, username, secret };
  const file = { listen: '127.0.0.1:0', data: folder, database: `sqlite:${join(folder, 'patchcord.db')}`, pbx: [pbx] };
  writeFileSync(settings, JSON.stringify(file));
  const program = join(import.meta.dirname, '..', '..', 'bin', 'patchcord.mjs');
  const patchcord = await startChild({
    command: [process.execPath, program, '--settings', settings, 'start'],
    ready: /Patchcord runs: \S+/,
    timeoutMs: 30_000,
  });
  try {
    const address = /Patchcord runs: http:\/\/([\d.:]+)/.exec(patchcord.output())?.[1] ?? '';
    const token = readFileSync(join(folder, 'token'), 'utf8').trim();
    const feed = new Watcher();
    const polled = new Watcher();
    const leaveFeed = await watchFeed(address, token, feed);
    const leavePolling = watchByPolling(address, token, polled);
    try {
      return await measure(lab, { feed, polled }, calls);
    } finally {
      leaveFeed();
      await leavePolling();
    }
  } finally {
    await patchcord.stop('SIGTERM');
  }
}

async function measure(lab: Lab, watchers: { feed: Watcher; polled: Watcher }, calls: number): Promise<Delays> {
  const none = (): Record<Moment, number[]> => ({ ring: [], answer: [], end: [] });
  const delays: Delays = { manager: none(), feed: none(), 'long-poll': none() };
  let left = calls + warmUpCalls;
  const lane = async (stage: Stage): Promise<void> => {
    while (left > 0) {
      const counted = left-- <= calls;
      const said = await call(stage);
      const number = stage.company.client();
      const feed = await watchers.feed.whole(number);
      const polled = await watchers.polled.whole(number);
      stage.reset();
      // each manager connection is served by a thread of its own: ours may hear of the end later than Patchcord's
      await stage.quiet();
      const heard = { manager: byManager(lab, stage, said), feed, 'long-poll': polled };
      for (const source of sources) {
        for (const moment of moments) {
          const delay = (heard[source].get(moment) ?? Number.NaN) - (said.get(moment) ?? Number.NaN);
          if (Number.isNaN(delay)) throw new Error(`${source} heard nothing of: ${moment}`);
          if (counted) delays[source][moment].push(delay);
        }
      }
    }
  };
  await Promise.all(lab.stages.map(lane));
  return delays;
}

/** One call; gives when each thing was said on the wire (`performance.now()`). */
async function call(stage: Stage): Promise<Map<Moment, number>> {
  const said = new Map<Moment, number>();
  const say = (moment: Moment, how: () => void): void => {
    said.set(moment, performance.now());
    how();
  };
  stage.phone(1).habit = async (incoming) => {
    await wait(50 + Math.random() * 50);
    say('ring', () => incoming.ring());
    await wait(150 + Math.random() * 50);
    say('answer', () => incoming.answer());
  };
  const client = await stage.client().call(stage.company.line(lines.direct(1)));
  await client.answered();
  await wait(200 + Math.random() * 50);
  say('end', () => client.hangup());
  return said;
}

/** When Asterisk's own manager events came to a bare connection: the part of the way that is not ours. */
function byManager(lab: Lab, stage: Stage, said: Map<Moment, number>): Map<Moment, number> {
  const phone = `PJSIP/${stage.company.extension(1)}-`;
  const fits: Record<Moment, (block: string) => boolean> = {
    ring: (block) => header(block, 'Event') === 'Newstate' && header(block, 'ChannelStateDesc') === 'Ringing',
    answer: (block) => header(block, 'Event') === 'Newstate' && header(block, 'ChannelStateDesc') === 'Up',
    end: (block) => header(block, 'Event') === 'Hangup',
  };
  const times = new Map<Moment, number>();
  for (const moment of moments) {
    const from = Math.floor(performance.timeOrigin + (said.get(moment) ?? 0));
    const found = lab.ami.blocks.find(
      ({ raw, tMs }) => tMs >= from && header(raw, 'Channel').startsWith(phone) && fits[moment](raw),
    );
    if (found !== undefined) times.set(moment, found.tMs - performance.timeOrigin);
  }
  return times;
}

/** Prints the table of one version, and gives the figures. */
function show(version: AsteriskVersion, delays: Delays): unknown {
  const rows = sources.flatMap((source) =>
    moments.map((moment) => {
      const sorted = delays[source][moment].toSorted((a, b) => a - b);
      return { source, moment, calls: sorted.length, p50: at(sorted, 0.5), p99: at(sorted, 0.99), max: at(sorted, 1) };
    }),
  );
  printTable(
    `From the wire to whoever listens, Asterisk ${version}, ms (load of the machine ${loadavg()[0]?.toFixed(1)})`,
    ['heard by', 'what', 'calls', 'p50', 'p99', 'max'],
    rows.map(({ source, moment, calls, p50, p99, max }) => [source, said[moment], calls, p50, p99, max]),
  );
  const worst = Math.max(...rows.filter(({ source }) => source === 'feed').map(({ p99 }) => p99));
  console.log(`\nfeed: p99 at most ${worst.toFixed(1)} ms (target: under 60 on an idle machine)`);
  return { version, loadAverage: loadavg(), rows };
}

const said: Record<Moment, string> = { ring: '180 sent', answer: '200 sent', end: 'BYE sent' };

/** The value below which this part of the sorted values lies. */
function at(sorted: number[], part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN;
}
