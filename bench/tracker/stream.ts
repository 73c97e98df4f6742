import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'traces');

export interface Block {
  atMs: number;
  raw: string;
}

/** The AMI blocks of every recorded scenario that is whole (test/fixtures/traces). */
export function scenarios(): Block[][] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => readdirSync(join(root, name)).map((scenario) => join(root, name, scenario)))
    .filter((folder) => !/snapshot|reconnect/.test(folder))
    .map((folder) => blocksOf(readFileSync(join(folder, 'ami.jsonl'), 'utf8')));
}

/** The blocks of one scenario, up to the first one that `until` accepts. */
export function scenario(name: string, until: (block: Block) => boolean): Block[] {
  const blocks = blocksOf(readFileSync(join(root, name, 'ami.jsonl'), 'utf8'));
  const end = blocks.findIndex(until);
  return end < 0 ? blocks : blocks.slice(0, end + 1);
}

function blocksOf(text: string): Block[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { t_ms: number; raw: string })
    .map(({ t_ms: atMs, raw }) => ({ atMs, raw: raw.trim() }))
    .filter(({ raw }) => raw.startsWith('Event: '));
}

/** The same blocks as those of another call, which begins at `startMs`: every uniqueid, channel and bridge is its own. */
export function copyOf(blocks: readonly Block[], copy: number, startMs: number): Block[] {
  const shiftMs = startMs - (blocks[0]?.atMs ?? 0);
  const mark = `x${copy}`;
  return blocks.map(({ atMs, raw }) => ({
    atMs: atMs + shiftMs,
    raw: raw
      .replace(/^(\w*(?:Uniqueid|Linkedid): )/gim, `$1${mark}-`)
      .replace(/-([0-9a-f]{8})(?=\r|$|;)/gm, `-${mark}$1`),
  }));
}

/** Copies of all scenarios in turn, until there are as many blocks, begun one after another so that about `atOnce` of them are in progress. */
export function mixed(blocksWanted: number, atOnce: number): Block[] {
  const all = scenarios();
  const meanMs = all.reduce((sum, blocks) => sum + lengthMs(blocks), 0) / all.length;
  const stream: Block[] = [];
  for (let copy = 0; stream.length < blocksWanted; copy++) {
    const blocks = all[copy % all.length] ?? [];
    for (const block of copyOf(blocks, copy, 1_800_000_000_000 + Math.round((copy * meanMs) / atOnce)))
      stream.push(block);
  }
  return stream.sort((a, b) => a.atMs - b.atMs);
}

const lengthMs = (blocks: readonly Block[]): number => (blocks.at(-1)?.atMs ?? 0) - (blocks[0]?.atMs ?? 0);
