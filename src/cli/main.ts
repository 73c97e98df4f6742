// The command line: runs one command and turns its end into an exit code. 0 done, 1 failed, 2 bad input.
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { ListenError } from '../http/listen.ts';
import { SettingsError } from '../settings/problem.ts';
import { DataFolderError } from '../settings/token.ts';
import { StoreError } from '../store/store-error.ts';
import { CommandFailure, exitCodes } from './failure.ts';
import { printable } from './printable.ts';
import { program } from './program.ts';
import { terminal } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// `patchcord calls | head`: the reader has enough, which is no failure.
process.stdout.on('error', (error) => process.exit('code' in error && error.code === 'EPIPE' ? 0 : exitCodes.failure));

const root = program(version);
for (const command of [root, ...root.commands, ...root.commands.flatMap((one) => one.commands)]) command.exitOverride();
try {
  await root.parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}

/** Says on standard error what went wrong, and gives the exit code. */
function tell(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said it already. Help and version that were asked for are no failure.
    return error.exitCode === 0 ? 0 : exitCodes.badInput;
  }
  if (error instanceof SettingsError) {
    terminal.note(printableLines(error.message));
    return exitCodes.badInput;
  }
  if (
    error instanceof CommandFailure ||
    error instanceof StoreError ||
    error instanceof ListenError ||
    error instanceof DataFolderError
  ) {
    terminal.note(`patchcord: ${printable(error.message)}`);
    if (error.mend !== null) terminal.note(`  mend: ${printable(error.mend)}`);
    // The mend speaks of a Patchcord that runs; this one has not come so far.
    if (error instanceof StoreError && error.retryable) terminal.note('  This command has ended; run it again then.');
    return error instanceof CommandFailure ? error.exitCode : exitCodes.failure;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.note(`patchcord: a fault of its own; please report it with these lines\n${printableLines(text)}`);
  return exitCodes.failure;
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
