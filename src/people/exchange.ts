// The directory as one file that people read, change and keep: exported without what is by default, imported whole or not at all.
import { stringify } from 'yaml';
import { z } from 'zod';
import { YamlSource } from '../settings/yaml-source.ts';
import type { Changed, Wanted } from './change.ts';
import type { AnyRecord } from './check.ts';
import { oneOf } from './check.ts';
import { directorySchemas, type Directory, type DirectoryKind } from './directory.ts';
import { directoryKinds, isDirectoryKind } from './empty.ts';
import { DirectoryError, problemAt } from './problems.ts';

export type DirectoryContent = { [kind in DirectoryKind]?: unknown[] };

export const contentSchema = z
  .strictObject(Object.fromEntries(directoryKinds.map((kind) => [kind, z.array(directorySchemas[kind]).optional()])))
  .describe('Lists of records by kind; a field that is not there has its default');

/** Everything, without the fields that are as they would be anyway. */
export function exported(directory: Directory): DirectoryContent {
  return Object.fromEntries(
    directoryKinds
      .filter((kind) => directory[kind].length > 0)
      .map((kind) => [kind, (directory[kind] as readonly AnyRecord[]).map((record) => withoutDefaults(kind, record))]),
  );
}

export function toYaml(content: DirectoryContent): string {
  return stringify(content, { lineWidth: 120 });
}

function withoutDefaults(kind: DirectoryKind, record: AnyRecord): Record<string, unknown> {
  const schema = directorySchemas[kind];
  return Object.fromEntries(
    Object.entries(record).filter(([key]) => {
      const { [key]: _left, ...rest } = record;
      const parsed = schema.safeParse(rest);
      return !parsed.success || JSON.stringify((parsed.data as AnyRecord)[key]) !== JSON.stringify(record[key]);
    }),
  );
}

/**
 * What an import wants. Records are added or replaced, whole; `prune`: those of the kinds in the content that are not in it go.
 * @throws DirectoryError when the content is no directory, or has a record twice
 */
export function importWanted(directory: Directory, content: unknown, { prune }: { prune: boolean }): Wanted[] {
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new DirectoryError('invalid', [
      { kind: 'operators', id: '', field: '', message: `must be lists by kind: ${directoryKinds.join(', ')}` },
    ]);
  }
  const wanted = Object.entries(content).flatMap(([kind, records]) => recordsOf(kind, records));
  const seen = new Set<string>();
  const twice = wanted.filter(({ kind, id }) => {
    const isSeen = seen.has(`${kind} ${id}`);
    seen.add(`${kind} ${id}`);
    return isSeen;
  });
  if (twice.length > 0) {
    throw new DirectoryError(
      'invalid',
      twice.map(({ kind, id }) => problemAt(kind, id, ['id'], 'is there twice')),
    );
  }
  if (!prune) return wanted;
  const kept = new Set(wanted.map(({ kind, id }) => `${kind} ${id}`));
  const pruned = Object.keys(content)
    .filter(isDirectoryKind)
    .flatMap((kind) =>
      directory[kind].filter(({ id }) => !kept.has(`${kind} ${id}`)).map(({ id }) => ({ kind, id, record: null })),
    );
  return [...wanted, ...pruned];
}

function recordsOf(kind: string, records: unknown): Wanted[] {
  if (!isDirectoryKind(kind)) {
    throw new DirectoryError('invalid', [
      {
        kind: kind as DirectoryKind,
        id: '',
        field: '',
        message: `is no kind; there are: ${directoryKinds.join(', ')}`,
      },
    ]);
  }
  if (records === null || records === undefined) return [];
  if (!Array.isArray(records))
    throw new DirectoryError('invalid', [problemAt(kind, '', [], 'must be a list of records')]);
  return records.map((record: unknown, index) => {
    const id: unknown = typeof record === 'object' && record !== null ? Reflect.get(record, 'id') : undefined;
    if (typeof id !== 'string')
      throw new DirectoryError('invalid', [problemAt(kind, `number ${index + 1}`, ['id'], 'is missing')]);
    return { kind, id, record };
  });
}

/** A file of the directory that was read: its content, and where each record stands. */
export interface DirectoryFile {
  content: unknown;
  /** From 1; null when the record is not in the file. */
  lineOf(kind: DirectoryKind, id: string): number | null;
}

/**
 * Reads YAML or JSON. Numbers where text is wanted (`extensions: [101]`) are taken as they were written.
 * @throws RangeError with the line when it is no YAML
 */
export function readDirectoryFile(text: string): DirectoryFile {
  const source = new YamlSource(text);
  const fault = source.errors()[0];
  if (fault) throw new RangeError(`line ${fault.place.line}, column ${fault.place.column}: ${fault.message}`);
  for (const [kind, records] of Object.entries(source.value() as object)) {
    if (!isDirectoryKind(kind) || !Array.isArray(records)) continue;
    records.forEach((record, index) => takeTexts(source, kind, record, index));
  }
  const content = source.value();
  return {
    content,
    lineOf(kind, id) {
      const records: unknown = Reflect.get(content as object, kind);
      const index = Array.isArray(records)
        ? records.findIndex((one) => (one as { id?: unknown } | null)?.id === id)
        : -1;
      return index < 0 ? null : source.placeOf([kind, index]).line;
    },
  };
}

function takeTexts(source: YamlSource, kind: DirectoryKind, record: unknown, index: number): void {
  const parsed = directorySchemas[kind].safeParse(record);
  for (const issue of parsed.error?.issues ?? []) {
    if (issue.code === 'invalid_type' && issue.expected === 'string') source.takeAsText([kind, index, ...issue.path]);
  }
}

/** What an import does, a line for each record (and for each field that changes), as people read a diff. */
export function diffLines(changes: readonly Changed[]): string[] {
  return changes.flatMap(({ kind, id, previous, record }) => {
    const name = `${oneOf[kind]} ${id}`;
    if (!previous) return [`+ ${name}`];
    if (!record) return [`- ${name}`];
    const keys = [...new Set([...Object.keys(previous), ...Object.keys(record)])];
    const fields = keys.filter((key) => JSON.stringify(previous[key]) !== JSON.stringify(record[key]));
    return [
      `~ ${name}`,
      ...fields.map((key) => `    ${key}: ${JSON.stringify(previous[key])} → ${JSON.stringify(record[key])}`),
    ];
  });
}
