// 24 simulated hours of a busy PBX through the real code path: is the memory flat, how big is the database, is every call right.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import { openStore } from '../../src/store/open-store.ts';
import { demoDay, makeWorld } from '../../src/demo/day.ts';
import { differences } from '../../src/demo/compare.ts';
import { printTable, writeResult } from '../report.ts';
import { busyDay } from './options.ts';
import { Pipeline, pbxName } from './pipeline.ts';
import type { DayOptions } from '../../src/demo/day.ts';
import type { Store } from '../../src/store/store.ts';

const folder = join(import.meta.dirname, '..', '..', '.bench');
const hourMs = 3_600_000;

/** What is alive is what is left after a collection; the heap as it is says more of when one was last made. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

interface Sample {
  hour: number;
  rssMb: number;
  liveHeapMb: number;
  openCalls: number;
  events: number;
}

/** @param args `--calls N` (50,000 unless told), `--seed N` */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { calls: { type: 'string', default: '50000' }, seed: { type: 'string', default: '1' } },
  });
  const day = busyDay(Number(values.calls), Number(values.seed));
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'day.db');
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const store = await openStore(`sqlite:${file}`);
  try {
    await measure(day, store, file);
  } finally {
    await store.close();
  }
}

async function measure(day: DayOptions, store: Store, file: string): Promise<void> {
  const pbx = spawn(process.execPath, [join(import.meta.dirname, 'pbx.ts'), String(day.calls), String(day.seed)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const said = createInterface(pbx.stdout)[Symbol.asyncIterator]();
    const login = JSON.parse(String((await said.next()).value)) as { port: number; username: string; secret: string };
    const samples: Sample[] = [];
    const mobiles = makeWorld(day).core.company.staff.flatMap(({ mobile, extension }) =>
      mobile === null ? [] : [{ number: mobile, extension }],
    );
    const pipeline = new Pipeline({ ...login, store, mobiles, onTime: sampler(day, samples, () => pipeline) });
    const feed = follow(store);
    const startedAt = performance.now();
    pipeline.client.start();
    try {
      await said.next();
      await pipeline.drain();
    } finally {
      await pipeline.client.stop();
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const told = await feed.end();
    const openCalls = pipeline.tracker.openCount;
    const right = await judge(day, store);
    while (await store.tidy(day.startMs + 48 * hourMs));
    const databaseOpen = (await store.openCalls(pbxName)).length;
    report(day, { seconds, told, openCalls, databaseOpen, pipeline, samples, right, file });
  } finally {
    pbx.stdin.end();
    pbx.kill();
  }
}

/** Takes a sample of the memory at each hour of the PBX's time. */
function sampler(day: DayOptions, samples: Sample[], of: () => Pipeline): (atMs: number) => void {
  let nextMs = day.startMs + hourMs;
  return (atMs) => {
    if (atMs < nextMs) return;
    nextMs += hourMs;
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    const { tracker, events } = of();
    samples.push({
      hour: Math.round((atMs - day.startMs) / hourMs),
      rssMb: rss / 1e6,
      liveHeapMb: heapUsed / 1e6,
      openCalls: tracker.openCount,
      events,
    });
  };
}

/** Reads the event log behind the writing, as the API's readers do. */
function follow(store: Store): { end(): Promise<number> } {
  let seq = 0;
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    for (let rows = await store.events(seq, 1000); rows.length > 0; rows = await store.events(seq, 1000))
      seq = rows.at(-1)?.seq ?? seq;
  };
  const next = (): void => {
    reading = reading.then(read);
  };
  const off = store.onEvents(next);
  return {
    async end() {
      next();
      await reading;
      off();
      return seq;
    },
  };
}

/** Plays the day again for its truth alone, and looks up every call in the database. */
async function judge(
  day: DayOptions,
  store: Store,
): Promise<{ equal: number; wrong: Record<string, number>; firstWrong: string | null }> {
  let equal = 0;
  const wrong: Record<string, number> = {};
  let firstWrong: string | null = null;
  for (const step of demoDay(day)) {
    for (const truth of step.truths) {
      const found = await store.callsByLinkedIds(pbxName, [truth.linkedId]);
      const [call] = found;
      const differ = call && found.length === 1 ? differences(truth, call) : [`${found.length} calls in the database`];
      if (differ.length === 0) equal++;
      else {
        wrong[truth.kind] = (wrong[truth.kind] ?? 0) + 1;
        firstWrong ??= `${truth.kind} ${truth.linkedId}: ${differ.join('; ')}`;
      }
    }
  }
  return { equal, wrong, firstWrong };
}

interface Outcome {
  seconds: number;
  told: number;
  openCalls: number;
  databaseOpen: number;
  pipeline: Pipeline;
  samples: readonly Sample[];
  right: Awaited<ReturnType<typeof judge>>;
  file: string;
}

function report(day: DayOptions, outcome: Outcome): void {
  const calls = day.calls ?? 0;
  const { pipeline, samples, right, seconds } = outcome;
  const bytes = ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(outcome.file + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
  const figures = {
    calls,
    seconds,
    events: pipeline.events,
    eventsPerSecond: Math.round(pipeline.events / seconds),
    facts: outcome.told,
    callsEqualToTheTruth: right.equal,
    callsWrong: right.wrong,
    openInTheTracker: outcome.openCalls,
    openInTheDatabase: outcome.databaseOpen,
    databaseBytes: bytes,
    bytesPerCall: Math.round(bytes / calls),
    memory: samples,
  };
  const every = Math.max(1, Math.ceil(samples.length / 12));
  const shown = samples.filter((_, at) => (at + 1) % every === 0);
  printTable(
    'memory of the process, by hour of the day',
    ['hour', 'RSS MB', 'live heap MB', 'open calls', 'events'],
    shown.map((one) => [one.hour, one.rssMb, one.liveHeapMb, one.openCalls, one.events]),
  );
  printTable(
    `${calls} calls, from the AMI to the database`,
    ['what', 'figure'],
    [
      ['seconds', seconds],
      ['events', figures.events],
      ['events/s', figures.eventsPerSecond],
      ['facts, stored and told', figures.facts],
      ['calls equal to the truth', right.equal],
      ['calls open at the end, tracker', outcome.openCalls],
      ['calls open at the end, database', outcome.databaseOpen],
      ['database, bytes per call', figures.bytesPerCall],
    ],
  );
  if (right.firstWrong !== null) console.log('\nfirst wrong:', right.firstWrong, right.wrong);
  writeResult('day', figures);
  if (right.equal !== calls || outcome.openCalls > 0 || outcome.databaseOpen > 0) process.exitCode = 1;
}
