// The commands about connections to CRMs.
import { type Command, InvalidArgumentError } from 'commander';
import { terminal } from './terminal.ts';

/** `patchcord crm …` */
export function addCrm(root: Command): void {
  const crm = root.command('crm').description('the connections to CRMs: check them, see what was asked of them');
  const check = crm
    .command('check')
    .argument('[name]', 'name of a connection (default: all of them)')
    .description('ask each CRM whether everything that is needed is there, and say the mend')
    .option('--json', 'print JSON: {"findings": [...]}');
  withApi(check)
    .addHelpText('after', '\nExamples:\n  patchcord crm check\n  patchcord crm check portal')
    .action(async (name: string | undefined, _options, command: Command) =>
      (await import('./crm.ts')).crmCheck(name, command.optsWithGlobals(), terminal),
    );
  const requests = crm
    .command('requests')
    .description('the last requests to CRMs with their answers, newest first; secrets are hidden')
    .option('--crm <name>', 'of this connection (default: of all of them)')
    .option('--failed', 'those without an answer, or with a status from 400 on')
    .option('--limit <count>', 'how many at most', limit, 50)
    .option('--json', 'print JSON with headers, bodies and answers: {"requests": [...]}');
  withApi(requests)
    .addHelpText(
      'after',
      '\nExamples:\n  patchcord crm requests --failed\n  patchcord crm requests --crm portal --limit 5 --json',
    )
    .action(async (_options, command: Command) =>
      (await import('./crm.ts')).crmRequests(command.optsWithGlobals(), terminal),
    );
}

function withApi(command: Command): Command {
  return command
    .option('--url <url>', 'where Patchcord answers (default: listen of the settings, on this machine)')
    .option('--token <token>', 'API token with the scope admin (better in a file: others see the command line)')
    .option('--token-file <file>', 'file that holds the API token (default: that of the Patchcord running here)');
}

function limit(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError('It must be a whole number from 1 to 1000.');
}
