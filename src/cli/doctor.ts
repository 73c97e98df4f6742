import { checkPast } from '../pbx/past/check.ts';
import { checkAmi } from './checks/ami.ts';
import { checkCrm } from './checks/crm.ts';
import { failed, type Check, type Finding } from './checks/finding.ts';
import { checkDatabase, checkDisk, checkFolders, checkPort, checkSettings } from './checks/machine.ts';
import { CommandFailure } from './failure.ts';
import { printable, printableJson } from './printable.ts';
import { findSettings, type FoundSettings } from './settings-file.ts';
import { paint, type Colour } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Longer than the slowest check that still makes sense; one that hangs must not keep the others from being told. */
const checkMs = 40_000;

const colours = { ok: 'green', warning: 'yellow', error: 'red' } as const satisfies Record<Finding['level'], Colour>;

/**
 * `patchcord doctor`: every finding with its mend.
 * @throws CommandFailure when a finding is an error; SettingsError
 */
export async function doctor(
  options: { settings?: string; json?: true },
  terminal: Terminal,
  checksFor: (found: FoundSettings) => readonly Check[] = checksOf,
): Promise<void> {
  const found = findSettings(options.settings);
  const findings: Finding[] = [];
  for (const check of checksFor(found)) {
    for (const finding of await inTime(check)) {
      findings.push(finding);
      if (!options.json) showFinding(finding, terminal);
    }
  }
  if (options.json) terminal.line(printableJson({ findings }, 2));
  const errors = findings.filter(({ level }) => level === 'error').length;
  if (errors > 0) throw new CommandFailure(`${errors} of ${findings.length} checks found an error`, null);
}

/** All checks for these settings, in the order in which they are told. */
export function checksOf({ settings, file }: FoundSettings): readonly Check[] {
  return [
    () => Promise.resolve(checkSettings(settings, file)),
    () => checkDatabase(settings),
    () => checkDisk(settings),
    () => checkFolders(settings),
    () => checkPort(settings),
    ...settings.pbx.flatMap((pbx): Check[] => [() => checkAmi(pbx), () => checkPast(pbx, Date.now())]),
    ...settings.crm.map(
      ({ name }) =>
        () =>
          checkCrm(settings, name),
    ),
  ];
}

/** A finding with its mend as lines. */
export function showFinding({ name, level, message, mend }: Finding, terminal: Terminal): void {
  terminal.line(
    `${paint(level.padEnd(8), colours[level], terminal.colours)} ${printable(name)}: ${printable(message)}`,
  );
  if (mend !== null) terminal.line(`         mend: ${printable(mend)}`);
}

async function inTime(check: Check): Promise<Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding[]>((resolve) => {
    timer = setTimeout(
      () =>
        resolve([
          failed('doctor', `a check took over ${checkMs / 1000} s`, 'Try again; look at the load of both machines'),
        ]),
      checkMs,
    );
  });
  try {
    return await Promise.race([check(), late]);
  } catch (error) {
    return [
      failed(
        'doctor',
        `a check could not be made: ${error instanceof Error ? error.message : String(error)}`,
        'Report it',
      ),
    ];
  } finally {
    clearTimeout(timer);
  }
}
