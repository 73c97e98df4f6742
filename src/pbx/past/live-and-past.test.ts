// What live tracking stored, and what CEL makes of it: whole calls stay, gaps are filled, nothing comes twice.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PbxEvent } from '../../calls/events.ts';
import { Tracker } from '../../calls/tracker.ts';
import { AmiBlock } from '../../ami/index.ts';
import { AmiTranslator } from '../ami-events.ts';
import type { Logger } from '../logger.ts';
import { Recorder } from '../recorder.ts';
import { csvOf, expectedCalls, later, rowsOf, scenarios, tracking } from './testing/cel-rows.ts';
import { celWriter } from './testing/cel-tables.ts';
import { bench, type Bench, source, startedBefore } from './testing/past.ts';

const traces = join(import.meta.dirname, '..', '..', '..', 'test', 'fixtures', 'traces');
const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

let on: Bench;
let folder = '';
beforeEach(async () => {
  on = await bench();
  folder = mkdtempSync(join(tmpdir(), 'patchcord-live-'));
});
afterEach(async () => {
  await on.store.close();
  rmSync(folder, { recursive: true, force: true });
});

function eventsOf(scenario: string, version = '22'): PbxEvent[] {
  const translator = new AmiTranslator();
  const lines = readFileSync(join(traces, version, scenario, 'ami.jsonl'), 'utf8')
    .trim()
    .split('\n');
  return lines.flatMap((line) => {
    const { t_ms: atMs, raw } = JSON.parse(line) as { t_ms: number; raw: string };
    if (raw.startsWith('Asterisk Call Manager/')) return translator.banner(atMs);
    return translator.translate(new AmiBlock(raw.trim()), atMs);
  });
}

/** Live tracking, for as long as it lives. */
async function live(events: readonly PbxEvent[]): Promise<void> {
  const recorder = new Recorder({
    pbx: 'main',
    tracker: new Tracker(tracking),
    store: on.store,
    logger: silent,
    shown: String,
  });
  for (const event of events) recorder.take(event);
  await recorder.idle();
}

function celFile(names: string[], version = '22'): string {
  const file = join(folder, 'Master.csv');
  writeFileSync(file, csvOf(version, names));
  return file;
}

/** The connection went away in the middle and came back to an Asterisk without calls. */
function withGap(events: readonly PbxEvent[], part: number): PbxEvent[] {
  const before = events.slice(0, Math.floor(events.length * part));
  const atMs = (events.at(-1)?.atMs ?? 0) + 1000;
  return [...before, { type: 'gap', atMs }, { type: 'snapshot', atMs, channels: [], first: true }];
}

describe.each([
  'in_answered',
  'blind_feature',
  'refer_replaces',
  'atxfer_feature_completed',
  'pickup_feature',
  'queue_ringall',
  'out_answered',
])('%s', (scenario) => {
  test.each([0.3, 0.6, 0.9])(
    'with a gap after %f of its events is completed under its id, and ends once',
    async (part) => {
      await live(withGap(eventsOf(scenario), part));
      const seen = await on.calls();
      const past = on.past({ cel: source(celFile([scenario])) });
      await startedBefore(on, { cel: source(celFile([scenario])) });
      await past.catchUp();
      const calls = await on.calls();
      const expected = expectedCalls('22', [scenario]);
      expect(
        calls.map(({ id, answered, responsible, direction }) => ({ id, answered, responsible, direction })),
      ).toEqual(expected.map(({ id, answered, responsible, direction }) => ({ id, answered, responsible, direction })));
      expect(calls.every(({ gap }) => gap === undefined)).toBe(true);
      for (const { id } of seen) expect(await on.store.call(id)).not.toBeNull();
      const ended = (await on.events()).filter(({ type }) => type === 'call.ended').map(({ callId }) => callId);
      expect(new Set(ended).size).toBe(ended.length);
      for (const { id } of calls) expect(ended).toContain(id);
      const events = await on.events();
      await on.past({ cel: source(celFile([scenario])) }).catchUp();
      expect(await on.events()).toEqual(events);
      expect(await on.calls()).toEqual(calls);
    },
  );

  test('still open for live tracking is left to it, and completed afterwards', async () => {
    const events = eventsOf(scenario);
    const before = events.slice(0, Math.floor(events.length * 0.5));
    const recorder = new Recorder({
      pbx: 'main',
      tracker: new Tracker(tracking),
      store: on.store,
      logger: silent,
      shown: String,
    });
    for (const event of before) recorder.take(event);
    await recorder.idle();
    const stored = await on.calls();
    const past = await startedBefore(on, { cel: source(celFile([scenario])) });
    await past.catchUp();
    expect((await on.calls()).filter(({ endedAt }) => endedAt === null)).toEqual(
      stored.filter(({ endedAt }) => endedAt === null),
    );
    const atMs = (events.at(-1)?.atMs ?? 0) + 1000;
    recorder.take({ type: 'gap', atMs });
    recorder.take({ type: 'snapshot', atMs, channels: [], first: true });
    await recorder.idle();
    await past.catchUp();
    const expected = expectedCalls('22', [scenario]);
    expect((await on.calls()).map(({ id, answered, gap }) => ({ id, answered, gap }))).toEqual(
      expected.map(({ id, answered }) => ({ id, answered, gap: undefined })),
    );
    const ended = (await on.events()).filter(({ type }) => type === 'call.ended').map(({ callId }) => callId);
    expect(new Set(ended).size).toBe(ended.length);
  });
});

const everything = ['16', '22', 'freepbx17'].flatMap((version) =>
  scenarios(version)
    // Its connection was lost on purpose.
    .filter((name) => name !== 'ami_reconnect_midcall')
    .map((name): [string, string] => [version, name]),
);

test.each(everything)('%s %s: CEL adds nothing to what live tracking saw whole', async (version, scenario) => {
  await live(eventsOf(scenario, version));
  const [calls, events] = [await on.calls(), await on.events()];
  const past = await startedBefore(on, { cel: source(celFile([scenario], version)) });
  expect((await past.catchUp()).problems).toEqual([]);
  expect(await on.calls()).toEqual(calls);
  expect(await on.events()).toEqual(events);
});

test('a connection that was lost in mid-call: CEL completes what live tracking could not see', async () => {
  await live(eventsOf('ami_reconnect_midcall'));
  expect(await on.calls()).toMatchObject([{ gap: true }]);
  const past = await startedBefore(on, { cel: source(celFile(['ami_reconnect_midcall'])) });
  await past.catchUp();
  expect(await on.calls()).toEqual(expectedCalls('22', ['ami_reconnect_midcall']));
});

test('a call whose end was never written is ended with its last row, half a day later', async () => {
  const writer = await celWriter(`sqlite:${join(folder, 'cel.db')}`);
  await writer.create({});
  await writer.add(rowsOf('22', ['in_answered']).slice(0, 7));
  const cel = source(writer.url);
  const past = await startedBefore(on, { cel });
  await past.catchUp();
  expect(await on.calls()).toEqual([]);
  await writer.add(later(rowsOf('22', ['in_busy']), 13 * 3600));
  on.clock.nowMs += 24 * 3_600_000;
  await past.catchUp();
  const calls = await on.calls();
  expect(calls).toMatchObject([
    { answered: true, gap: true, endedAt: '2026-11-20T18:20:13.185Z' },
    { answered: false },
  ]);
  await writer.close();
});
