import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AmiBlock } from '../../src/ami/index.ts';
import type { PbxEvent } from '../../src/calls/events.ts';
import { Tracker } from '../../src/calls/tracker.ts';
import { AmiTranslator } from '../../src/pbx/ami-events.ts';
import { median, printTable, writeResult } from '../report.ts';
import { type Block, copyOf, mixed, scenario } from './stream.ts';

const BLOCKS = 300_000;
/** Calls in progress in the stream whose speed is measured. */
const AT_ONCE = 300;
const ROUNDS = 5;
/** Rounds until the code is compiled. */
const WARM_UP_ROUNDS = 3;
const CONCURRENT_CALLS = 20_000;

/** Events a second through the tracker on one core, and the memory of 20,000 calls at once. `args[0]`: AMI blocks in the stream. */
export async function run(args: string[]): Promise<void> {
  const memory = measureMemory();
  const speed = measureSpeed(mixed(Number(args[0] ?? BLOCKS), AT_ONCE));
  printTable(
    `${speed.events.toLocaleString('en-US')} events of recorded calls, ${AT_ONCE} calls at once, by processor time, median of ${ROUNDS}`,
    ['through', 'events a second'],
    [
      ['tracker', Math.round(speed.trackerPerSecond)],
      ['tracker, and the call object read at every fact', Math.round(speed.withCallsPerSecond)],
      ['translation from AMI text, and tracker', Math.round(speed.fromTextPerSecond)],
    ],
  );
  printTable(
    `${CONCURRENT_CALLS.toLocaleString('en-US')} answered calls at once, of two channels each`,
    ['', 'MB'],
    [
      ['heap', memory.heapMb],
      ['resident memory', memory.residentMb],
      ['heap after all have ended', memory.heapAfterMb],
    ],
  );
  writeResult('tracker', { speed, memory });
}

interface Speed {
  blocks: number;
  events: number;
  facts: number;
  trackerPerSecond: number;
  withCallsPerSecond: number;
  /** Normalised events a second, translation included. */
  fromTextPerSecond: number;
}

function measureSpeed(blocks: readonly Block[]): Speed {
  const translator = new AmiTranslator();
  const events = blocks.flatMap(({ raw, atMs }) => translator.translate(new AmiBlock(raw), atMs));
  let facts = 0;
  const alone = rate(events.length, () => {
    const tracker = newTracker();
    facts = 0;
    for (const event of events) facts += tracker.step(event).length;
    expectOpen(tracker, 0);
  });
  const withCalls = rate(events.length, () => playAndRead(events));
  const fromText = rate(events.length, () => {
    const tracker = newTracker();
    const fresh = new AmiTranslator();
    for (const { raw, atMs } of blocks) {
      for (const event of fresh.translate(new AmiBlock(raw), atMs)) tracker.step(event);
    }
  });
  return {
    blocks: blocks.length,
    events: events.length,
    facts,
    trackerPerSecond: alone,
    withCallsPerSecond: withCalls,
    fromTextPerSecond: fromText,
  };
}

const newTracker = (): Tracker => new Tracker({ pbx: 'bench' });

function playAndRead(events: readonly PbxEvent[]): void {
  const tracker = newTracker();
  for (const event of events) {
    const touched = new Set(tracker.step(event).map((fact) => fact.callId));
    for (const id of touched) tracker.call(id);
  }
}

/** How many a second of processor time, the median of several rounds. A busy neighbour on the machine takes wall time, not this. */
function rate(count: number, work: () => void): number {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) work();
  return median(
    Array.from({ length: ROUNDS }, () => {
      const before = process.cpuUsage();
      work();
      const { user, system } = process.cpuUsage(before);
      return (count * 1e6) / (user + system);
    }),
  );
}

function measureMemory(): { calls: number; heapMb: number; residentMb: number; heapAfterMb: number } {
  const collect = collector();
  const whole = scenario('22/in_answered', () => false);
  const talking = scenario('22/in_answered', ({ raw }) => raw.startsWith('Event: HangupRequest'));
  // A short run first: compiled code is not memory of calls.
  fill(newTracker(), talking, 200);
  collect();
  const before = process.memoryUsage();
  const tracker = newTracker();
  fill(tracker, talking, CONCURRENT_CALLS);
  collect();
  const after = process.memoryUsage();
  expectOpen(tracker, CONCURRENT_CALLS);
  fill(tracker, whole.slice(talking.length - 1), CONCURRENT_CALLS);
  // Late events find their channels dead for two minutes; then nothing is left of the calls.
  for (const laterMs of [70_000, 140_000]) fill(tracker, whole, 1, laterMs);
  collect();
  expectOpen(tracker, 0);
  return {
    calls: CONCURRENT_CALLS,
    heapMb: (after.heapUsed - before.heapUsed) / 2 ** 20,
    residentMb: (after.rss - before.rss) / 2 ** 20,
    heapAfterMb: (process.memoryUsage().heapUsed - before.heapUsed) / 2 ** 20,
  };
}

function expectOpen(tracker: Tracker, calls: number): void {
  if (tracker.openCount !== calls) throw new Error(`${tracker.openCount} calls are open, not ${calls}`);
}

function fill(tracker: Tracker, blocks: readonly Block[], calls: number, laterMs = 0): void {
  const translator = new AmiTranslator();
  for (let copy = 0; copy < calls; copy++) {
    for (const { raw, atMs } of copyOf(blocks, laterMs + copy, 1_800_000_000_000 + laterMs + copy)) {
      // As it comes from a socket: text of its own, which values of the message share.
      const text = Buffer.from(raw).toString('latin1');
      for (const event of translator.translate(new AmiBlock(text), atMs)) tracker.step(event);
    }
  }
}

/** The garbage collector as a function, without starting Node with a flag. It gives memory back, so that what is resident is in use. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (how: object) => void;
  return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
