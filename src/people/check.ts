// What a directory must be besides each record's own form: patterns that are some, references that lead somewhere, extensions that are one's own.
import { isPatternSyntax } from '../settings/pattern-syntax.ts';
import type { Directory, DirectoryKind, Schedule } from './directory.ts';
import { isNumber } from './number-index.ts';
import { problemAt, type DirectoryProblem } from './problems.ts';

/** Where one record names another: `[kind, field, kind named]`. A field holds an id, null, or a list of ids. */
export const references = [
  ['operators', 'groups', 'groups'],
  ['operators', 'schedule', 'schedules'],
  ['lines', 'firstResponsible', 'operators'],
  ['lines', 'taskTemplate', 'taskTemplates'],
  ['lines', 'schedule', 'schedules'],
  ['taskTemplates', 'schedule', 'schedules'],
  ['taskTemplates', 'exceptLines', 'lines'],
  ['lists', 'lines', 'lines'],
  ['policies', 'defaultOperator', 'operators'],
  ['policies', 'taskTemplate', 'taskTemplates'],
] as const satisfies readonly (readonly [DirectoryKind, string, DirectoryKind])[];

/** What a kind is called in a sentence about one of its records. */
export const oneOf: Record<DirectoryKind, string> = {
  operators: 'operator',
  groups: 'group',
  schedules: 'schedule',
  lines: 'line',
  taskTemplates: 'task template',
  lists: 'list',
  policies: 'policy',
};

const patternFields = [
  ['operators', 'mobiles'],
  ['lines', 'numbers'],
  ['lines', 'trunks'],
  ['taskTemplates', 'exceptNumbers'],
  ['lists', 'extensions'],
  ['lists', 'clients'],
] as const satisfies readonly (readonly [DirectoryKind, string])[];

export type AnyRecord = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Every reference that leads nowhere. */
export function brokenReferences(directory: Directory): DirectoryProblem[] {
  const ids = (kind: DirectoryKind): Set<string> => new Set(directory[kind].map(({ id }) => id));
  const known = new Map<DirectoryKind, Set<string>>();
  return references.flatMap(([kind, field, named]) => {
    const there = known.get(named) ?? ids(named);
    known.set(named, there);
    return (directory[kind] as readonly AnyRecord[]).flatMap((record) =>
      namesIn(record[field])
        .filter((id) => !there.has(id))
        .map((id) => problemAt(kind, record.id, [field], `there is no ${oneOf[named]} "${id}"`)),
    );
  });
}

/** The records that name this one. */
export function usersOf(directory: Directory, kind: DirectoryKind, id: string): { kind: DirectoryKind; id: string }[] {
  return references
    .filter(([, , named]) => named === kind)
    .flatMap(([user, field]) =>
      (directory[user] as readonly AnyRecord[])
        .filter((record) => namesIn(record[field]).includes(id))
        .map((record) => ({ kind: user, id: record.id })),
    );
}

/** An extension belongs to one active operator. */
export function sharedExtensions(directory: Directory): DirectoryProblem[] {
  const owners = new Map<string, string>();
  return directory.operators
    .filter(({ active }) => active)
    .flatMap(({ id, extensions }) =>
      extensions.flatMap((extension, index) => {
        const owner = owners.get(extension);
        owners.set(extension, owner ?? id);
        if (owner === undefined) return [];
        return [
          problemAt(
            'operators',
            id,
            ['extensions', index],
            `${extension} is already the extension of the operator "${owner}"`,
          ),
        ];
      }),
    );
}

/** What is wrong with a record that has the right form. */
export function recordProblems(kind: DirectoryKind, record: AnyRecord): DirectoryProblem[] {
  const patterns = patternFields
    .filter(([of]) => of === kind)
    .flatMap(([, field]) =>
      namesIn(record[field]).flatMap((text, index) =>
        isNumber(text) || isPatternSyntax(text)
          ? []
          : [
              problemAt(
                kind,
                record.id,
                [field, index],
                `"${text}" is neither a number nor a pattern such as 1XX, _8NXXXXXXXXX or trunk*`,
              ),
            ],
      ),
    );
  return kind === 'schedules' ? [...patterns, ...scheduleProblems(record as unknown as Schedule)] : patterns;
}

function scheduleProblems({ id, timeZone, week, holidays }: Schedule): DirectoryProblem[] {
  const turned = 'ends before it begins; hours past midnight are two: until 24:00, and from 00:00 of the next day';
  const days = holidays.map(({ date }) => date);
  return [
    ...(isTimeZone(timeZone)
      ? []
      : [problemAt('schedules', id, ['timeZone'], `"${timeZone}" is no time zone such as Europe/Moscow`)]),
    ...week.flatMap(({ from, to }, index) => (from < to ? [] : [problemAt('schedules', id, ['week', index], turned)])),
    ...holidays.flatMap(({ hours }, index) =>
      !hours || hours.from < hours.to ? [] : [problemAt('schedules', id, ['holidays', index, 'hours'], turned)],
    ),
    ...days.flatMap((date, index) =>
      days.indexOf(date) === index ? [] : [problemAt('schedules', id, ['holidays', index], `${date} is there twice`)],
    ),
  ];
}

/** Connections that are named and are not in the settings. */
export function unknownConnections(
  kind: DirectoryKind,
  record: AnyRecord,
  connections: readonly string[],
): DirectoryProblem[] {
  const named: [PropertyKey[], string][] = [
    ...namesIn(record['crms']).map((name, index): [PropertyKey[], string] => [['crms', index], name]),
    ...['crmUsers', 'sources'].flatMap((field) =>
      Object.keys((record[field] as object | undefined) ?? {}).map((name): [PropertyKey[], string] => [
        [field, name],
        name,
      ]),
    ),
    ...(kind === 'policies' && record.id !== '*' ? [[['id'], record.id] as [PropertyKey[], string]] : []),
  ];
  const mend =
    connections.length === 0 ? 'there is none (setting crm)' : `there are: ${connections.join(', ')} (setting crm)`;
  return named
    .filter(([, name]) => !connections.includes(name))
    .map(([path, name]) => problemAt(kind, record.id, path, `there is no connection "${name}"; ${mend}`));
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string');
  return typeof value === 'string' ? [value] : [];
}

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    // RangeError is how Intl says that it knows no such zone.
    return false;
  }
}
