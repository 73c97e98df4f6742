// The options of commands that ask a running Patchcord.
import { type Command, InvalidArgumentError } from 'commander';

/** Adds where the API is, and with which token it is asked. */
export function withApi(command: Command): Command {
  return command
    .option('--url <url>', 'where Patchcord answers (default: listen of the settings, on this machine)')
    .option('--token <token>', 'API token with the scope admin (better in a file: others see the command line)')
    .option('--token-file <file>', 'file that holds the API token (default: that of the Patchcord running here)');
}

/** How many rows are listed. */
export function limit(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}
