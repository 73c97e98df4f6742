// A change of the directory, worked out before anything is written: what comes of it, or all that is wrong with it.
import type { z } from 'zod';
import {
  brokenReferences,
  oneOf,
  recordProblems,
  sharedExtensions,
  unknownConnections,
  usersOf,
  type AnyRecord,
} from './check.ts';
import { directorySchemas, type Directory, type DirectoryKind, type Operator } from './directory.ts';
import { directoryKinds } from './empty.ts';
import { DirectoryError, problemAt, type DirectoryProblem } from './problems.ts';

/** What is to become of one record; `record` null: it goes. */
export interface Wanted {
  readonly kind: DirectoryKind;
  readonly id: string;
  readonly record: unknown;
}

/** What became of one record, both whole: enough to take it back. */
export interface Changed {
  readonly kind: DirectoryKind;
  readonly id: string;
  readonly previous: AnyRecord | null;
  readonly record: AnyRecord | null;
}

export interface ChangeAbout {
  /** Names of the connections in the settings; absent: not checked. */
  connections?: readonly string[];
  /** Changed by a person: what he changes of an operator is not taken back by the CRM that the operator was made from. */
  byPerson: boolean;
}

/**
 * Pure. What stays the same is not among `changed`.
 * @throws DirectoryError with every problem
 */
export function changed(
  directory: Directory,
  wanted: readonly Wanted[],
  about: ChangeAbout,
): { directory: Directory; changed: Changed[] } {
  const problems: DirectoryProblem[] = [];
  const next = new Map(directoryKinds.map((kind) => [kind, byId(directory[kind])]));
  for (const { kind, id, record } of wanted) {
    const records = next.get(kind) ?? new Map<string, AnyRecord>();
    if (record === null) {
      if (!records.delete(id))
        throw new DirectoryError('not-found', [problemAt(kind, id, [], `there is no ${oneOf[kind]} of this id`)]);
      continue;
    }
    const parsed = parse(kind, id, record);
    problems.push(...parsed.problems);
    if (!parsed.record) continue;
    problems.push(...recordProblems(kind, parsed.record));
    if (about.connections) problems.push(...unknownConnections(kind, parsed.record, about.connections));
    records.set(id, about.byPerson ? kept(kind, parsed.record, records.get(id)) : parsed.record);
  }
  if (problems.length > 0) throw new DirectoryError('invalid', problems);
  const result = Object.fromEntries(
    [...next].map(([kind, records]) => [kind, inOrder(records)]),
  ) as unknown as Directory;
  refuseLost(directory, result, wanted);
  return { directory: result, changed: differences(directory, result, wanted) };
}

function parse(
  kind: DirectoryKind,
  id: string,
  record: unknown,
): { record: AnyRecord | null; problems: DirectoryProblem[] } {
  const given = typeof record === 'object' && record !== null && !Array.isArray(record) ? { id, ...record } : record;
  const parsed = (directorySchemas[kind] as z.ZodType<AnyRecord>).safeParse(given);
  if (!parsed.success) {
    return {
      record: null,
      problems: parsed.error.issues.map((issue) => problemAt(kind, id, issue.path, issue.message)),
    };
  }
  if (parsed.data.id === id) return { record: parsed.data, problems: [] };
  return {
    record: null,
    problems: [problemAt(kind, id, ['id'], `is "${parsed.data.id}" in the record; an id cannot change`)],
  };
}

/** The name, the extensions or the state that a person gave stay when the CRM says otherwise later. */
function kept(kind: DirectoryKind, record: AnyRecord, previous: AnyRecord | undefined): AnyRecord {
  if (kind !== 'operators' || !previous) return record;
  const [now, before] = [record as Operator, previous as Operator];
  const own = (one: Operator): string => JSON.stringify([one.name, one.extensions, one.active, one.crmUsers]);
  return now.from === null || own(now) === own(before) ? record : { ...record, from: null };
}

/** @throws DirectoryError when references or extensions of the whole are not right */
function refuseLost(before: Directory, after: Directory, wanted: readonly Wanted[]): void {
  const gone = wanted.filter(({ record, kind, id }) => record === null && !after[kind].some((one) => one.id === id));
  const inUse = gone.flatMap(({ kind, id }) => {
    const users = usersOf(after, kind, id);
    if (users.length === 0) return [];
    const told = users.slice(0, 10).map((user) => `${oneOf[user.kind]} "${user.id}"`);
    const more = users.length > told.length ? ` and ${users.length - told.length} more` : '';
    return [problemAt(kind, id, [], `is in use by ${told.join(', ')}${more}; take it out there first`)];
  });
  if (inUse.length > 0) throw new DirectoryError('in-use', inUse);
  // What was wrong before (a table that somebody changed by hand) does not stop a change that has no part in it.
  const old = new Set([...brokenReferences(before), ...sharedExtensions(before)].map((one) => JSON.stringify(one)));
  const problems = [...brokenReferences(after), ...sharedExtensions(after)].filter(
    (one) => !old.has(JSON.stringify(one)),
  );
  if (problems.length > 0) throw new DirectoryError('invalid', problems);
}

function differences(before: Directory, after: Directory, wanted: readonly Wanted[]): Changed[] {
  const maps = directoryKinds.map((kind) => [kind, { before: byId(before[kind]), after: byId(after[kind]) }] as const);
  const records = new Map(maps);
  const once = new Map(wanted.map(({ kind, id }) => [`${kind} ${id}`, { kind, id }]));
  return [...once.values()].flatMap(({ kind, id }) => {
    const previous = records.get(kind)?.before.get(id) ?? null;
    const record = records.get(kind)?.after.get(id) ?? null;
    return JSON.stringify(previous) === JSON.stringify(record) ? [] : [{ kind, id, previous, record }];
  });
}

function byId(records: readonly { id: string }[]): Map<string, AnyRecord> {
  return new Map((records as readonly AnyRecord[]).map((record) => [record.id, record]));
}

function inOrder(records: ReadonlyMap<string, AnyRecord>): AnyRecord[] {
  return [...records.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
