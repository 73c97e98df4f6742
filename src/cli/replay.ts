// `patchcord replay`: a recorded stream through the tracker, for support and for tests (docs/replay.md).
import { readFileSync } from 'node:fs';
import type { Call } from '../calls/call.ts';
import type { Fact } from '../calls/facts.ts';
import { Tracker } from '../calls/tracker.ts';
import { isAnonymous } from '../phones/anonymous.ts';
import { compilePatterns } from '../phones/pattern.ts';
import { toE164 } from '../phones/number.ts';
import { guessExtension } from '../calls/channel-name.ts';
import { historyColumns } from './call-columns.ts';
import { badInput } from './failure.ts';
import { formats, readEvents, type ReplayFormat, UnreadableFile } from './replay-sources.ts';
import { tableLines } from './table.ts';
import type { Terminal } from './terminal.ts';

export interface ReplayOptions {
  format?: string;
  trunk?: string[];
  extension?: string[];
  json?: boolean;
}

/** @throws CommandFailure with exit code 2 when the file cannot be read, naming the line at fault */
export function replay(file: string, options: ReplayOptions, terminal: Terminal): void {
  const calls = replayCalls(read(file), options, file);
  if (options.json) {
    terminal.line(JSON.stringify({ calls }, null, 2));
    return;
  }
  if (calls.length === 0) terminal.note('no calls in this stream');
  else {
    const how = { columns: terminal.columns(), colours: terminal.colours };
    for (const line of tableLines(historyColumns, calls, how)) terminal.line(line);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw badInput(`cannot read ${file}: ${(error as Error).message}`, 'name a file, or - for standard input');
  }
}

/** Every call of the stream, in order of start; those still open at its end have `endedAt: null`. */
export function replayCalls(text: string, options: ReplayOptions, file: string): Call[] {
  const format = formatOf(text, options.format);
  const extensionOf = classifier(options);
  const tracker = new Tracker({
    pbx: 'replay',
    extensionOf,
    anonymous: isAnonymous,
    // No settings take part: the same file gives the same output everywhere.
    e164: (number) => toE164(number, 'RU'),
  });
  const ended: Call[] = [];
  try {
    for (const event of readEvents(text, format, extensionOf)) collect(tracker, tracker.step(event), ended);
    collect(tracker, tracker.heard(Infinity), ended);
  } catch (error) {
    if (error instanceof UnreadableFile)
      throw badInput(`${file}: ${error.message}`, `is it really ${format}? see --format`);
    throw error;
  }
  return [...ended, ...tracker.openCalls()].sort(
    (a, b) => a.startedAt.localeCompare(b.startedAt) || a.id.localeCompare(b.id),
  );
}

function collect(tracker: Tracker, facts: Fact[], ended: Call[]): void {
  for (const fact of facts) {
    if (fact.type !== 'call.ended') continue;
    const call = tracker.call(fact.callId);
    if (call) ended.push(call);
  }
}

function formatOf(text: string, named: string | undefined): ReplayFormat {
  if (named !== undefined) {
    const format = formats.find((known) => known === named);
    if (!format) throw badInput(`unknown --format "${named}"`, `one of ${formats.join(', ')}`);
    return format;
  }
  const start = text.trimStart();
  if (start.startsWith('{')) return 'ami-jsonl';
  return start.startsWith('"') ? 'cel-csv' : 'ami';
}

/** Trunks and extensions as named; every other device by its name. */
function classifier(options: ReplayOptions): (tech: string, endpoint: string) => string | null {
  const isTrunk = compilePatterns(options.trunk ?? []);
  const isExtension = compilePatterns(options.extension ?? []);
  return (tech, endpoint) => {
    if (isTrunk(endpoint) || isTrunk(`${tech}/${endpoint}`)) return null;
    if (isExtension(endpoint) || isExtension(`${tech}/${endpoint}`)) return endpoint;
    return guessExtension(tech, endpoint);
  };
}
