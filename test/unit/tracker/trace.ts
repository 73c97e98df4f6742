// Recorded streams of a real Asterisk (test/fixtures/traces), as the events that the tracker sees.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Call } from '../../../src/calls/call.ts';
import type { PbxEvent } from '../../../src/calls/events.ts';
import type { Fact } from '../../../src/calls/facts.ts';
import { Tracker, type TrackerOptions } from '../../../src/calls/tracker.ts';
import { readEvents } from '../../../src/cli/replay-sources.ts';
import { CelTranslator } from '../../../src/pbx/cel-events.ts';
import { type CelRow, celRowsOf } from '../../../src/pbx/cel-row.ts';
import type { ExpectedCall } from './expected.ts';

export interface Trace {
  /** Folder of the Asterisk that it was recorded from: `22`, `16`, `freepbx17`. */
  readonly version: string;
  /** `22/blind_feature`. */
  readonly name: string;
  readonly folder: string;
  readonly expected: readonly ExpectedCall[];
}

const root = join(import.meta.dirname, '..', '..', 'fixtures', 'traces');

export const traces: readonly Trace[] = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: version }) =>
    readdirSync(join(root, version))
      .sort()
      .map((scenario) => {
        const folder = join(root, version, scenario);
        const { calls } = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { calls: ExpectedCall[] };
        return { version, name: `${version}/${scenario}`, folder, expected: calls };
      }),
  );

const read = new Map<string, readonly PbxEvent[]>();

function once(key: string, events: () => Iterable<PbxEvent>): readonly PbxEvent[] {
  const known = read.get(key) ?? [...events()];
  read.set(key, known);
  return known;
}

export const amiEvents = (trace: Trace): readonly PbxEvent[] =>
  once(`${trace.name} ami`, () => readEvents(readFileSync(join(trace.folder, 'ami.jsonl'), 'utf8'), 'ami-jsonl'));

export const celEvents = (trace: Trace): readonly PbxEvent[] =>
  once(`${trace.name} cel`, () => readEvents(readFileSync(join(trace.folder, 'cel.csv'), 'utf8'), 'cel-csv'));

/** The events of a CEL that is read from its nth row on. */
export function celSuffix(trace: Trace, row: number): PbxEvent[] {
  const translator = new CelTranslator();
  return celRows(trace)
    .slice(row)
    .flatMap((each) => translator.translate(each));
}

const rows = new Map<string, CelRow[]>();

function celRows(trace: Trace): CelRow[] {
  const known =
    rows.get(trace.name) ??
    [...celRowsOf(readFileSync(join(trace.folder, 'cel.csv'), 'utf8'))].flatMap(({ row }) => row ?? []);
  rows.set(trace.name, known);
  return known;
}

/** Only Asterisk 22 writes music, and so holds, into CEL. */
export const hasMusicInCel = (trace: Trace): boolean => !trace.version.endsWith('16');

/**
 * FreePBX finds out in the steps of its dialplan, which are not in CEL, that an extension forwards all its calls, wants no calls or has its
 * phone off, and dials nobody there.
 */
export const isUndialledInCel = (trace: Trace): boolean =>
  /^freepbx.*(callforward_mobile|call_forward_mobile|do_not_disturb|unregistered_voicemail)$/.test(trace.name);

/** Streams that begin, or are broken, in the middle: CEL has no list of living channels to go on from. */
export const isBroken = (trace: Trace): boolean => /snapshot|reconnect/.test(trace.name);

export interface Played {
  /** Ended calls as they were when they ended, in order of end. */
  readonly ended: Call[];
  readonly open: Call[];
  readonly facts: Fact[];
}

/** All calls, in order of start. */
export const allCalls = ({ ended, open }: Played): Call[] =>
  [...ended, ...open].sort((a, b) => a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id));

export const newTracker = (options: Partial<TrackerOptions> = {}): Tracker =>
  new Tracker({ pbx: 'replay', ...options });

/** Plays events into a tracker, a new one unless given. */
export function play(events: Iterable<PbxEvent>, tracker: Tracker = newTracker()): Played {
  const ended: Call[] = [];
  const facts: Fact[] = [];
  for (const event of events) {
    for (const fact of tracker.step(event)) {
      facts.push(fact);
      if (fact.type !== 'call.ended') continue;
      const call = tracker.call(fact.callId);
      if (call) ended.push(call);
    }
  }
  return { ended, open: tracker.openCalls(), facts };
}
