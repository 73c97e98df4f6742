// The commands about connections to CRMs.
import type { Command } from 'commander';
import { limit, withApi } from './api-options.ts';
import { terminal } from './terminal.ts';

/** `patchcord crm …` */
export function addCrm(root: Command): void {
  const crm = root
    .command('crm')
    .description('the connections to CRMs: authorise and check them, see what was asked of them');
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
  const authorize = crm
    .command('authorize')
    .argument('<name>', 'name of the connection')
    .description(
      'print the address at which an administrator of the CRM lets Patchcord in; it works once, for 10 minutes',
    )
    .option('--returned <address>', 'the address that the CRM sent the browser to, where the browser could not open it')
    .option('--json', 'print JSON: {"url", "returnUrl"}');
  withApi(authorize)
    .addHelpText(
      'after',
      "\nExamples:\n  patchcord crm authorize portal\n  patchcord crm authorize portal --returned 'http://pbx.lan/crm/portal/oauth?code=…&state=…'",
    )
    .action(async (name: string, _options, command: Command) =>
      (await import('./crm-authorize.ts')).crmAuthorize(name, command.optsWithGlobals(), terminal),
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
