import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import { closest } from './closest.ts';
import type { AdapterSettings, CrmSettings } from './crm.ts';
import { fillIn } from './environment.ts';
import { describeType, nodeAt, settingsJsonSchema, variantOf, type SchemaNode } from './json-schema.ts';
import { formatPath, SettingsError, type SettingsProblem } from './problem.ts';
import { settingsSchemaWith, type PastSettings, type PbxSettings, type Settings, type SettingsFile } from './schema.ts';
import type { PbxRecordingsSettings } from './recordings.ts';
import { YamlSource, type Place } from './yaml-source.ts';

/** The settings file when none is named. */
export const settingsFileName = 'patchcord.yaml';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads, checks and completes the settings.
 * @param file path of the settings file
 * @param adapters what connections `crm` may hold
 * @throws SettingsError with every problem found
 */
export function loadSettings(
  file: string,
  environment: Environment = process.env,
  adapters: readonly AdapterSettings[] = [],
): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw fileError(
      file,
      `cannot be read (${codeOf(error)})`,
      'Check the path and who may read it, or make one: patchcord config sample',
    );
  }
  return readSettings(text, { file, environment, adapters });
}

/** The settings when there is no file: everything by default, and the demo PBX. */
export function defaultSettings(folder: string): Settings {
  return readSettings('', { file: resolve(folder, settingsFileName), environment: {} });
}

/**
 * The same from a text.
 * @param from.file where the text stands: for messages, and because relative paths in it start from its folder
 * @throws SettingsError with every problem found
 */
export function readSettings(
  text: string,
  from: { file: string; environment: Environment; adapters?: readonly AdapterSettings[] },
): Settings {
  const source = new YamlSource(text);
  const problems: SettingsProblem[] = [];
  const report = (place: Place, path: string, message: string, mend: string) =>
    problems.push({ file: from.file, ...place, path, message, mend });

  for (const { place, message } of source.errors()) {
    report(
      place,
      '',
      `is no valid YAML: ${message}`,
      'Compare the line with the sample (patchcord config sample): indentation, colons, quotes',
    );
  }
  if (problems.length > 0) throw new SettingsError(problems);

  source.changeTexts((value, place) => {
    const { text: filled, missing } = fillIn(value, from.environment);
    for (const { name } of missing) {
      report(
        place,
        '',
        `the environment has no ${name}`,
        `Set the environment variable ${name}, or write $\${ for a plain \${`,
      );
    }
    return filled;
  });

  const adapters = from.adapters ?? [];
  const parsed = parse(source, adapters);
  for (const issue of parsed.issues) {
    for (const told of explain(issue, source, adapters)) report(told.place, told.path, told.message, told.mend);
  }
  if (!parsed.data || problems.length > 0) throw new SettingsError(problems);

  const folder = dirname(resolve(from.file));
  const unreadable = (path: readonly PropertyKey[]) =>
    report(
      source.placeOf(path),
      formatPath(path),
      'cannot be read or is empty',
      'Check the path, and that this user may read the file',
    );
  const pbx = parsed.data.pbx.map((one, index) => {
    const secret = one.secret ?? readSecret(resolve(folder, one.secretFile ?? ''));
    if (secret === null) unreadable(['pbx', index, 'secretFile']);
    return completePbx(one, secret ?? '', folder);
  });
  const kinds = settingsJsonSchema(adapters).properties?.['crm'];
  const crm = parsed.data.crm.map((one, index) =>
    completeConnection(one, variantOf(kinds?.items, one), folder, (key) => unreadable(['crm', index, key])),
  );
  const { secretKeyFile, ...rest } = parsed.data;
  const secretKey = rest.secretKey ?? (secretKeyFile === undefined ? null : readSecret(resolve(folder, secretKeyFile)));
  if (secretKeyFile !== undefined && secretKey === null) unreadable(['secretKeyFile']);
  if (problems.length > 0) throw new SettingsError(problems);
  return {
    ...rest,
    data: resolve(folder, rest.data),
    database: absoluteSqlite(rest.database, folder),
    recordings: { ...rest.recordings, folder: resolve(folder, rest.recordings.folder) },
    ...(secretKey === null ? {} : { secretKey }),
    pbx,
    crm,
  };
}

/** Parses; numbers where text is wanted (`extension: 101`) are taken as they were written, without asking for quotes. */
function parse(
  source: YamlSource,
  adapters: readonly AdapterSettings[],
): { data?: SettingsFile; issues: z.core.$ZodIssue[] } {
  const schema = settingsSchemaWith(adapters);
  const first = schema.safeParse(source.value());
  if (first.success) return { data: first.data, issues: [] };
  const changed = first.error.issues.filter(
    (issue) => issue.code === 'invalid_type' && issue.expected === 'string' && source.takeAsText(issue.path),
  );
  if (changed.length === 0) return { issues: first.error.issues };
  const second = schema.safeParse(source.value());
  return second.success ? { data: second.data, issues: [] } : { issues: second.error.issues };
}

interface Told {
  place: Place;
  path: string;
  message: string;
  mend: string;
}

function explain(issue: z.core.$ZodIssue, source: YamlSource, adapters: readonly AdapterSettings[]): Told[] {
  const root = settingsJsonSchema(adapters);
  const node = nodeAt(root, issue.path, source.value());
  const path = formatPath(issue.path);
  const place = source.placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(node?.properties ?? {});
    return issue.keys.map((key) => {
      const meant = closest(key, known);
      return {
        place: source.placeOf(issue.path, key),
        path: formatPath([...issue.path, key]),
        message: 'is no setting',
        mend: meant ? `Did you mean ${meant}?` : `Known here: ${known.join(', ')}`,
      };
    });
  }
  if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
    return [{ place, path, ...explainKind(source.value(), issue.path, adapters) }];
  }
  const wanted = node ? describeType(node) : 'another value';
  const about = node?.description ? `${node.description}.` : 'Compare with the sample: patchcord config sample';
  if (issue.code === 'invalid_type' && !isPresent(source.value(), issue.path)) {
    return [{ place, path, message: 'is missing', mend: `Add it: ${wanted}. ${about}` }];
  }
  const isEmptyText = issue.code === 'too_small' && issue.origin === 'string';
  if (['invalid_type', 'invalid_value', 'too_big', 'too_small'].includes(issue.code) && !isEmptyText) {
    return [{ place, path, message: `must be ${article(wanted)}`, mend: about }];
  }
  const mend = issue.code === 'custom' && typeof issue.params?.['mend'] === 'string' ? issue.params['mend'] : about;
  return [{ place, path, message: issue.message, mend }];
}

/** An entry of a list of several kinds whose `type` is none of them, or missing. */
function explainKind(settings: unknown, path: readonly PropertyKey[], adapters: readonly AdapterSettings[]) {
  let given = settings;
  for (const key of path) given = typeof given === 'object' && given !== null ? Reflect.get(given, key) : undefined;
  const types = adapters.map(({ type }) => type);
  const known = `Known: ${adapters.map(({ type, title }) => `${type} (${title})`).join(', ')}`;
  if (given === undefined) return { message: 'is missing', mend: `Add it. ${known}` };
  const meant = typeof given === 'string' ? closest(given, types) : null;
  return { message: 'is no kind of connection', mend: meant === null ? known : `Did you mean ${meant}? ${known}` };
}

function article(wanted: string): string {
  return /^(whole|list|group)/.test(wanted) ? `a ${wanted}` : wanted;
}

function isPresent(value: unknown, path: readonly PropertyKey[]): boolean {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null || !(key in current)) return false;
    current = Reflect.get(current, key);
  }
  return true;
}

function completePbx(one: SettingsFile['pbx'][number], secret: string, folder: string): PbxSettings {
  const { secret: _, secretFile: __, ...rest } = one;
  return {
    ...rest,
    secret,
    ...(one.tlsCaFile === undefined ? {} : { tlsCaFile: resolve(folder, one.tlsCaFile) }),
    ...(one.recordings === undefined ? {} : { recordings: completeRecordings(one.recordings, folder) }),
    ...(one.cel === undefined ? {} : { cel: completePast(one.cel, folder) }),
    ...(one.cdr === undefined ? {} : { cdr: completePast(one.cdr, folder) }),
  };
}

/** Takes secrets out of the files that stand for them, and makes paths absolute, as the adapter has marked its settings. */
function completeConnection(
  one: CrmSettings,
  kind: SchemaNode | undefined,
  folder: string,
  unreadable: (key: string) => void,
): CrmSettings {
  const complete: { name: string; type: string; [key: string]: unknown } = { ...one };
  for (const [key, { file, insteadOf }] of Object.entries(kind?.properties ?? {})) {
    const given = complete[key];
    if (file !== true || typeof given !== 'string') continue;
    const path = resolve(folder, given);
    if (insteadOf === undefined) {
      complete[key] = path;
      continue;
    }
    delete complete[key];
    const secret = readSecret(path);
    if (secret === null) unreadable(key);
    else complete[insteadOf] = secret;
  }
  return complete;
}

function completeRecordings(recordings: PbxRecordingsSettings, folder: string): PbxRecordingsSettings {
  return {
    ...recordings,
    folders: recordings.folders.map((one) => ({ ...one, here: resolve(folder, one.here) })),
  };
}

function completePast(past: PastSettings, folder: string): PastSettings {
  return {
    ...past,
    ...(past.url === undefined ? {} : { url: absoluteSqlite(past.url, folder) }),
    ...(past.csv === undefined ? {} : { csv: resolve(folder, past.csv) }),
  };
}

function absoluteSqlite(url: string, folder: string): string {
  const path = /^sqlite:(?!:memory:)(.+)$/.exec(url)?.[1];
  return path === undefined ? url : `sqlite:${resolve(folder, path)}`;
}

function readSecret(file: string): string | null {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/)[0] || null;
  } catch {
    // The caller reports it with the place of the setting; the reason would only repeat the path.
    return null;
  }
}

function fileError(file: string, message: string, mend: string): SettingsError {
  return new SettingsError([{ file, line: null, column: null, path: '', message, mend }]);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
