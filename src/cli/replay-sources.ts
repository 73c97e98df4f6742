// The three kinds of file that `patchcord replay` reads, each as a series of events.
import { AmiBlock, AmiFramer, type AmiMessage } from '../ami/index.ts';
import type { PbxEvent } from '../calls/events.ts';
import { AmiTranslator } from '../pbx/ami-events.ts';
import { CelTranslator } from '../pbx/cel-events.ts';
import { celRowsOf } from '../pbx/cel-row.ts';
import { GuessedBridges } from '../pbx/guessed-bridges.ts';

export const formats = ['ami-jsonl', 'ami', 'cel-csv'] as const;
export type ReplayFormat = (typeof formats)[number];

/** The file cannot be read as what it was said to be. */
export class UnreadableFile extends Error {
  readonly line: number;

  constructor(line: number, problem: string) {
    super(`line ${line}: ${problem}`);
    this.name = 'UnreadableFile';
    this.line = line;
  }
}

type ExtensionOf = (tech: string, endpoint: string) => string | null;

/**
 * @param extensionOf extension of a device, null for a trunk: CEL does not tell who called whom, so its reading depends on it
 * @throws UnreadableFile with the line at fault
 */
export function* readEvents(text: string, format: ReplayFormat, extensionOf?: ExtensionOf): Generator<PbxEvent> {
  if (format === 'ami-jsonl') yield* readJsonLines(text);
  else if (format === 'ami') yield* readDump(text);
  else yield* readCel(text, extensionOf);
}

const isBanner = (raw: string): boolean => raw.startsWith('Asterisk Call Manager/');

function* readJsonLines(text: string): Generator<PbxEvent> {
  const translator = new AmiTranslator();
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.trim() === '') continue;
    const { t_ms: atMs, raw } = parseLine(line, number);
    if (isBanner(raw)) yield* translator.banner(atMs);
    else yield* translator.translate(new AmiBlock(raw.replace(/^[\r\n]+|[\r\n]+$/g, '')), atMs);
  }
}

function parseLine(line: string, number: number): { t_ms: number; raw: string } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UnreadableFile(number, 'not JSON; every line of ami-jsonl is {"t_ms": <unix ms>, "raw": "<AMI block>"}');
  }
  const { t_ms: atMs, raw } = (value ?? {}) as { t_ms?: unknown; raw?: unknown };
  if (typeof atMs !== 'number' || !Number.isFinite(atMs)) throw new UnreadableFile(number, '"t_ms" is not a number');
  if (typeof raw !== 'string') throw new UnreadableFile(number, '"raw" is not a text');
  return { t_ms: atMs, raw };
}

/**
 * A plain dump has no times of arrival. They are taken from `Timestamp` (timestampevents=yes), or else from the second in the latest
 * Uniqueid, which never goes back.
 */
function* readDump(text: string): Generator<PbxEvent> {
  const translator = new AmiTranslator();
  let atMs = 0;
  // A dump may hold several connections, and may begin in the middle of one.
  const connections = text.replace(/\r?\n/g, '\r\n').split(/^(?=Asterisk Call Manager\/)/m);
  for (const connection of connections) {
    if (isBanner(connection)) yield* translator.banner(atMs);
    const framer = new AmiFramer();
    framer.push(Buffer.from(isBanner(connection) ? connection : `Asterisk Call Manager/0\r\n${connection}`));
    framer.push(Buffer.from('\r\n\r\n'));
    for (let block = framer.next(); block; block = framer.next()) {
      atMs = Math.max(atMs, arrivedAt(block));
      yield* translator.translate(block, atMs);
    }
  }
}

function arrivedAt(block: AmiMessage): number {
  const stamp = Number(block.get('Timestamp'));
  if (stamp > 0) return Math.round(stamp * 1000);
  const born = block.name === 'Newchannel' ? /(?:^|-)(\d{9,11})\.\d+$/.exec(block.get('Uniqueid'))?.[1] : undefined;
  return born === undefined ? 0 : Number(born) * 1000;
}

function* readCel(text: string, extensionOf: ExtensionOf | undefined): Generator<PbxEvent> {
  const translator = new CelTranslator(extensionOf ? { extensionOf } : {});
  // The column peer is there in every file, but older exports leave it and extra empty.
  const read = [...celRowsOf(text)];
  const bridges = new GuessedBridges(read.some(({ row }) => row !== null && row.peer !== ''));
  for (const { row, line, problem } of read) {
    if (!row) throw new UnreadableFile(line, problem ?? 'not a CEL row');
    bridges.complete(row);
    yield* translator.translate(row);
  }
}
