// The commands about the clients of the built-in CRM.
import type { Command } from 'commander';
import { withApi } from './api-options.ts';
import { terminal } from './terminal.ts';

/** `patchcord contacts …` */
export function addContacts(root: Command): void {
  const command = root
    .command('contacts')
    .description('the clients of the built-in CRM: import them')
    .command('import')
    .argument(
      '<file>',
      'CSV (its first row names the columns: name, phone, company, note) or vCard; - for standard input',
    )
    .description('contacts out of a file; a number that is known already is left out, so it may be imported again')
    .option('--dry-run', 'only say what would be done');
  withApi(command)
    .addHelpText(
      'after',
      '\nExamples:\n  patchcord contacts import clients.csv --dry-run\n  patchcord contacts import phone.vcf',
    )
    .action(async (file: string, _options, self: Command) =>
      (await import('./contacts.ts')).importContacts(file, self.optsWithGlobals(), terminal),
    );
}
