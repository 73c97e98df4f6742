// `patchcord import`, `patchcord export --directory`, `patchcord numbers test`: the directory and its rules without the panel.
import { closeSync, existsSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { diffLines, readDirectoryFile, toYaml, type DirectoryFile } from '../people/exchange.ts';
import type { Directory } from '../people/directory.ts';
import { emptyDirectory } from '../people/empty.ts';
import { openDirectory, type DirectoryStore } from '../people/open-directory.ts';
import { DirectoryError, formatDirectoryProblem } from '../people/problems.ts';
import { tryNumber, type NumberTrial } from '../rules/number-trial.ts';
import type { Settings } from '../settings/schema.ts';
import { openStore } from '../store/open-store.ts';
import { connectionsOf } from '../wiring/crm.ts';
import { CommandFailure, badInput } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { findSettings } from './settings-file.ts';
import { sqliteFile } from './store-of.ts';
import type { Terminal } from './terminal.ts';

/** As the API takes it. */
const bytesMax = 8 * 1024 * 1024;

export interface ImportOptions {
  settings?: string;
  dryRun?: true;
  prune?: true;
}

/**
 * `patchcord import`: records of the file are added and replaced, all or none. A Patchcord that runs knows them within a second.
 * @throws CommandFailure (exit code 2 for a file that is not right), SettingsError, StoreError
 */
export async function importDirectory(path: string, options: ImportOptions, terminal: Terminal): Promise<void> {
  const file = parsed(path, read(path));
  const { settings } = findSettings(options.settings);
  const { dryRun = false, prune = false } = options;
  await withDirectory(settings, terminal, async (directory) => {
    const changes = await directory
      .importAll(file.content, { dryRun, prune })
      .catch((error: unknown) => refused(error, path, file, terminal));
    for (const line of diffLines(changes)) terminal.line(printable(line));
    const count = changes.length === 1 ? '1 record' : `${changes.length} records`;
    terminal.note(dryRun ? `${count} would change; nothing was changed` : `${count} changed`);
  });
}

/** `patchcord export --directory`: YAML that `import` takes. @throws CommandFailure, SettingsError, StoreError */
export async function directoryText(options: { settings?: string }, terminal: Terminal): Promise<string> {
  const { settings } = findSettings(options.settings);
  refuseAbsent(settings);
  return withDirectory(settings, terminal, async (directory) => toYaml(directory.exportAll()));
}

/** `patchcord numbers test`. Works also before the first start, when there is no directory yet. */
export async function testNumber(
  number: string,
  options: { settings?: string; json?: true },
  terminal: Terminal,
): Promise<void> {
  if (number.length > 100) throw badInput('the number is longer than any', 'Give a phone number');
  const { settings } = findSettings(options.settings);
  const file = sqliteFile(settings.database);
  const isThere = file === null || existsSync(file);
  const directory: Directory = isThere
    ? await withDirectory(settings, terminal, async (open) => open.current())
    : emptyDirectory();
  const trial = tryNumber(number, directory, settings, namesOf(settings));
  if (options.json) terminal.line(printableJson(trial, 2));
  else for (const line of trialLines(trial)) terminal.line(printable(line));
}

function trialLines(trial: NumberTrial): string[] {
  const yes = (is: boolean): string => (is ? 'yes' : 'no');
  const named = (one: { id: string; name: string } | null): string => (one ? `${one.name} (${one.id})` : 'no');
  const { mobileOf, fromPbx, toPbx } = trial;
  const owner = mobileOf && (mobileOf.operator ? named(mobileOf.operator) : (mobileOf.extension ?? 'somebody of ours'));
  return [
    `as a client’s number    ${trial.withheld ? 'withheld' : fromPbx.number}`,
    ...stepLines('rewrite.fromPbx', fromPbx.steps),
    `  in E.164              ${trial.e164 ?? 'cannot be told'}`,
    `  CRMs get              ${trial.client ?? 'no number'}`,
    `internal                ${yes(trial.internal)}`,
    `extension of            ${named(trial.extensionOf)}`,
    `mobile of               ${mobileOf ? `${owner} (by the ${mobileOf.from})` : 'no'}`,
    `number of the line      ${named(trial.line)}`,
    `dialled as              ${toPbx.number}`,
    ...stepLines('rewrite.toPbx', toPbx.steps),
    ...trial.dial.map(({ pbx, allowed, problem, mend }) =>
      allowed ? `  on ${pbx}: may be dialled` : `  on ${pbx}: refused: ${problem} (mend: ${mend})`,
    ),
    ...trial.lists.map(({ crm, registered, rule, task }) => {
      const why = rule === null ? 'no list has a say' : `by the list ${rule}`;
      return `in ${crm}: ${registered ? 'registered' : 'not registered'}, ${why}; task when missed: ${task ?? 'none'}`;
    }),
  ];
}

function stepLines(setting: string, steps: NumberTrial['fromPbx']['steps']): string[] {
  return steps.map(
    ({ match, strip, add, outcome }, index) =>
      `  ${setting}[${index}]: ${match}, strip ${strip}, add "${add}": ${outcome}`,
  );
}

function namesOf(settings: Settings): string[] {
  return connectionsOf(settings).map(({ name }) => name);
}

async function withDirectory<Result>(
  settings: Settings,
  terminal: Terminal,
  work: (directory: DirectoryStore) => Promise<Result>,
): Promise<Result> {
  const store = await openStore(settings.database);
  try {
    const warn = (message: string): void => terminal.note(printable(message));
    const directory = await openDirectory(store, { connections: namesOf(settings), warn });
    try {
      return await work(directory);
    } finally {
      await directory.close();
    }
  } finally {
    await store.close();
  }
}

/** Who exports what is not there has mistaken the place. An import may come before the first start. */
function refuseAbsent({ database }: Settings): void {
  const file = sqliteFile(database);
  if (file === null || existsSync(file)) return;
  throw new CommandFailure(
    `there is no database ${file} yet`,
    'Start Patchcord first, or name the right settings file with --settings',
  );
}

function read(path: string): string {
  try {
    if (path === '-') return readFileSync(0, 'utf8');
    const descriptor = openSync(path, 'r');
    try {
      if (fstatSync(descriptor).size > bytesMax) throw badInput(`${path} is larger than 8 MiB`, 'Import it in parts');
      return readFileSync(descriptor, 'utf8');
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw badInput(`cannot read ${path}: ${(error as Error).message}`, 'Name a file, or - for standard input');
  }
}

function parsed(path: string, text: string): DirectoryFile {
  try {
    return readDirectoryFile(text);
  } catch (error) {
    if (error instanceof RangeError)
      throw badInput(`${path} is no YAML: ${error.message}`, 'Compare it with docs/people.md');
    throw error;
  }
}

/** Tells every problem with its place, then ends. */
function refused(error: unknown, path: string, file: DirectoryFile, terminal: Terminal): never {
  if (!(error instanceof DirectoryError)) throw error;
  for (const problem of error.problems) {
    const line = file.lineOf(problem.kind, problem.id);
    terminal.note(printable(`${path}${line === null ? '' : `:${line}`}: ${formatDirectoryProblem(problem)}`));
  }
  throw badInput(
    `${path} was not imported; nothing was changed`,
    'Correct what is told above; docs/people.md has an example',
  );
}
