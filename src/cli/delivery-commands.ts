// The commands about what is delivered to CRMs.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { deliveryKinds, deliveryStates } from '../store/delivery.ts';
import { limit, withApi } from './api-options.ts';
import { terminal } from './terminal.ts';

/** `patchcord deliveries …` */
export function addDeliveries(root: Command): void {
  const deliveries = root
    .command('deliveries')
    .description('what was delivered to the CRMs, what waits, and what was refused: look, send again, give up')
    .addHelpText('after', '\nExamples:\n  patchcord deliveries --state rejected\n  patchcord deliveries resend 1042');
  const list = deliveries
    .command('list', { isDefault: true })
    .description('deliveries, newest first')
    .option('--crm <name>', 'to this connection; recordings: work on the recordings themselves')
    .addOption(new Option('--state <state>', 'in this state').choices(deliveryStates))
    .addOption(new Option('--kind <kind>', 'of this kind').choices(deliveryKinds))
    .option('--call <id>', 'of this call')
    .option('--limit <count>', 'how many at most', limit, 50)
    .option('--json', 'print JSON: {"deliveries": [...]}');
  withApi(list)
    .addHelpText(
      'after',
      '\nExamples:\n  patchcord deliveries --state rejected\n  patchcord deliveries --crm portal --call main-1795213832.2 --json',
    )
    .action(async (_options, command: Command) =>
      (await import('./deliveries.ts')).listDeliveries(command.optsWithGlobals(), terminal),
    );
  const resend = deliveries
    .command('resend')
    .argument('[id]', 'the delivery', deliveryId)
    .description(
      'send a refused delivery again, or a waiting one at once; with --all every refused one of a connection',
    )
    .option('--all <crm>', 'every refused delivery of this connection');
  withApi(resend)
    .addHelpText('after', '\nExamples:\n  patchcord deliveries resend 1042\n  patchcord deliveries resend --all portal')
    .action(async (id: number | undefined, _options, command: Command) =>
      (await import('./deliveries.ts')).resendDeliveries(id, command.optsWithGlobals(), terminal),
    );
  const drop = deliveries
    .command('drop')
    .argument('<id>', 'the delivery', deliveryId)
    .description('give a waiting or refused delivery up; it is never sent, and what waits behind it goes on');
  withApi(drop)
    .addHelpText('after', '\nExamples:\n  patchcord deliveries drop 1042')
    .action(async (id: number, _options, command: Command) =>
      (await import('./deliveries.ts')).dropDelivery(id, command.optsWithGlobals(), terminal),
    );
}

function deliveryId(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new InvalidArgumentError('It must be a number, as patchcord deliveries shows it.');
}
