// The commands with their options and help. What a command does is imported when it runs: `--help` must not load a database driver.
import { Command, InvalidArgumentError, Option } from 'commander';
import { isPatternSyntax } from '../settings/pattern-syntax.ts';
import { addContacts } from './contact-commands.ts';
import { addCrm } from './crm-commands.ts';
import { addDeliveries } from './delivery-commands.ts';
import { directionChoices, lostStageChoices } from './call-filter.ts';
import { timeHelp } from './period.ts';
import { terminal } from './terminal.ts';
import { untilSignal } from './signals.ts';

/** The whole command line. Every action rejects with what `main.ts` knows how to tell. */
export function program(version: string): Command {
  const root = new Command('patchcord')
    .description(
      'Joins an Asterisk PBX to a CRM: every client contact as one call, whatever transfers it went through.',
    )
    .version(version)
    .addOption(new Option('-s, --settings <file>', 'settings file (default: patchcord.yaml in this folder)'))
    .showHelpAfterError('(see patchcord --help)')
    .addHelpText('after', examples(['patchcord start', 'patchcord calls --missed --from today', 'patchcord doctor']));
  addStart(root);
  addCalls(root);
  addCall(root);
  addExport(root);
  addImport(root);
  addNumbers(root);
  addBackfill(root);
  addReplay(root);
  addConfig(root);
  addDoctor(root);
  addCrm(root);
  addDeliveries(root);
  addContacts(root);
  addToken(root);
  return root;
}

function addStart(root: Command): void {
  root
    .command('start')
    .description('run Patchcord until it is told to stop; without a settings file it plays a demo company')
    .addHelpText('after', examples(['patchcord start', 'patchcord start --settings /etc/patchcord/patchcord.yaml']))
    .action(async (_options, command: Command) => {
      const { start } = await import('./start.ts');
      const { runPatchcord } = await import('../main.ts');
      // Calls are personal data: what is made from here on is for this user only.
      process.umask(0o077);
      await start(command.optsWithGlobals(), terminal, untilSignal(), runPatchcord);
    });
}

function addCalls(root: Command): void {
  const calls = root
    .command('calls')
    .description('calls in progress as a live table; with any filter, the history')
    .option('--live', 'the calls in progress, whatever else is said')
    .option('--url <url>', 'where Patchcord answers (default: listen of the settings, on this machine)')
    .option('--token <token>', 'API token (better in a file: others see the command line)')
    .option('--token-file <file>', 'file that holds the API token (default: that of the Patchcord running here)')
    .option('--limit <count>', 'how many calls at most', count(1, 100_000), 50)
    .option('--json', 'print JSON: {"calls": [...]}');
  addFilters(calls);
  calls
    .addHelpText(
      'after',
      examples([
        'patchcord calls',
        'patchcord calls --missed --from today',
        'patchcord calls --number 1234 --limit 10 --json',
        'patchcord calls --extension 101 --from 2026-11-01 --to 2026-11-07 --min-talk 60',
      ]),
    )
    .action(async (_options, command: Command) => {
      const { calls } = await import('./calls.ts');
      await calls(command.optsWithGlobals(), terminal, untilSignal());
    });
}

function addCall(root: Command): void {
  root
    .command('call')
    .description('call a number for an operator, whose phone rings first; ends when that one is answered or not')
    .requiredOption('--from <extension>', 'extension of the operator')
    .requiredOption('--to <number>', 'the number to call then, in any form')
    .option('--line <line>', 'our number or trunk by which it goes out, as pbx[].dial.lines names it')
    .option('--pbx <name>', 'on this Asterisk (default: the one that has the extension)')
    .option('--url <url>', 'where Patchcord answers (default: listen of the settings, on this machine)')
    .option('--token <token>', 'API token with the scope control (better in a file: others see the command line)')
    .option('--token-file <file>', 'file that holds the API token (default: that of the Patchcord running here)')
    .option('--json', 'print JSON: the order')
    .addHelpText(
      'after',
      examples(['patchcord call --from 101 --to +79161234567', 'patchcord call --from 101 --to 102 --json']),
    )
    .action(async (_options, command: Command) => {
      const { call } = await import('./call.ts');
      await call(command.optsWithGlobals(), terminal, untilSignal());
    });
}

function addExport(root: Command): void {
  const command = root
    .command('export')
    .description(
      'calls straight from the database as CSV or JSON lines, newest first; with --directory what people set up; Patchcord need not run',
    )
    .option('--directory', 'instead of calls: operators, lines, hours, lists and rules as YAML, which import takes')
    .addOption(
      new Option('--format <format>', 'csv: a record for each call; jsonl: the whole call object')
        .choices(['csv', 'jsonl'])
        .default('csv'),
    )
    .option('-o, --out <file>', 'file to write (default: standard output)');
  addFilters(command);
  command
    .addHelpText(
      'after',
      examples([
        'patchcord export --from 2026-11-01 --to 2026-11-30 -o november.csv',
        'patchcord export --missed --format jsonl',
        'patchcord export --directory -o people.yaml',
      ]),
    )
    .action(async (_options, command: Command) => {
      const { exportCalls } = await import('./export.ts');
      await exportCalls(command.optsWithGlobals(), terminal, process.stdout);
    });
}

function addImport(root: Command): void {
  root
    .command('import')
    .description('operators, lines, hours, lists and rules from a YAML file: added and replaced, all of them or none')
    .argument('<file>', 'the file, such as export --directory writes; - for standard input')
    .option('--dry-run', 'print what would change, and change nothing')
    .option('--prune', 'also remove what the file does not have, of the kinds that it names')
    .addHelpText('after', examples(['patchcord import people.yaml --dry-run', 'patchcord import people.yaml']))
    .action(async (file: string, _options, command: Command) => {
      const { importDirectory } = await import('./directory.ts');
      // It may make the database, which holds personal data.
      process.umask(0o077);
      await importDirectory(file, command.optsWithGlobals(), terminal);
    });
}

function addNumbers(root: Command): void {
  root
    .command('numbers')
    .description('phone numbers: try what the rules make of one')
    .command('test')
    .argument('<number>', 'as the PBX gives it, or as it is to be dialled')
    .description('rewriting both ways with every step, whose number it is, whether it may be dialled, lists')
    .option('--json', 'print JSON')
    .addHelpText('after', examples(['patchcord numbers test 89161234567', 'patchcord numbers test 101 --json']))
    .action(async (number: string, _options, command: Command) => {
      const { testNumber } = await import('./directory.ts');
      await testNumber(number, command.optsWithGlobals(), terminal);
    });
}

function addFilters(command: Command): void {
  command
    .option('--from <time>', `started at or after: ${timeHelp}`)
    .option('--to <time>', 'started before; a day counts with all of it')
    .option('--missed', 'inbound and not answered')
    .option('--answered', 'answered by a person')
    .option('--open', 'still going on')
    .addOption(new Option('--direction <direction>', 'which way').choices(directionChoices))
    .addOption(new Option('--lost-stage <stage>', 'where an unanswered inbound call ended').choices(lostStageChoices))
    .option('--number <digits>', 'any part of the client’s number')
    .option('--extension <extension>', 'rang there, talked there, or was responsible')
    .option('--responsible <extension>', 'was responsible')
    .option('--line <number>', 'our number that was called')
    .option('--trunk <name>', 'came or went by this trunk')
    .option('--queue <name>', 'was in this queue')
    .option('--pbx <name>', 'of this Asterisk')
    .option('--result <code>', 'with this result, such as 486', count(0, 999))
    .option('--min-talk <seconds>', 'talked at least so long', count(0, 1_000_000))
    .option('--transferred', 'was transferred')
    .option('--recorded', 'has a recording');
}

function addBackfill(root: Command): void {
  root
    .command('backfill')
    .description('process a period: its calls out of CEL and CDR; what is known already is not doubled')
    .option('--from <time>', `calls that began at or after: ${timeHelp}`)
    .option('--to <time>', 'calls that began before; a day counts with all of it (default: now)')
    .option('--pbx <name>', 'only this Asterisk (default: every one with cel or cdr in the settings)')
    .option('--dry-run', 'say what would be done, and store nothing')
    .option('--without-crm', 'store the calls, and tell no CRM of them')
    .option('--reset-position', 'the table was made anew and is the right one: go on in it by the time of its rows')
    .addHelpText(
      'after',
      examples([
        'patchcord backfill --from yesterday --to yesterday --dry-run',
        'patchcord backfill --from 3h',
        'patchcord backfill --reset-position --pbx main',
      ]),
    )
    .action(async (_options, command: Command) => {
      const { backfill } = await import('./backfill.ts');
      await backfill(command.optsWithGlobals(), terminal);
    });
}

function addReplay(root: Command): void {
  root
    .command('replay')
    .description('run a recorded AMI or CEL stream through the tracker and print the calls')
    .argument('<file>', 'the recorded stream; - for standard input')
    .addOption(
      new Option(
        '--format <format>',
        'ami-jsonl: a line {"t_ms", "raw"} for each block; ami: a plain dump of the socket; cel-csv: CEL rows',
      ).choices(['ami-jsonl', 'ami', 'cel-csv']),
    )
    .option('--trunk <pattern>', 'a trunk’s name or pattern; may be given several times', gatherPatterns, [])
    .option('--extension <pattern>', 'an extension’s name or pattern; may be given several times', gatherPatterns, [])
    .option('--json', 'print JSON: {"calls": [...]}')
    .addHelpText(
      'after',
      examples([
        'patchcord replay ami.jsonl',
        "patchcord replay --format cel-csv --trunk 'trunk*' --extension 1XX --json cel.csv",
      ]),
    )
    .action(async (file: string, _options, command: Command) => {
      const { replay } = await import('./replay.ts');
      replay(file, command.optsWithGlobals(), terminal);
    });
}

function addConfig(root: Command): void {
  const config = root.command('config').description('the settings file: check it, or print a sample');
  config
    .command('check')
    .description('tell every problem of the settings with its line and its mend')
    .option('--show', 'print the settings as they are understood, without secrets')
    .addHelpText(
      'after',
      examples(['patchcord config check', 'patchcord config check -s /etc/patchcord/patchcord.yaml --show']),
    )
    .action(async (_options, command: Command) => {
      const { configCheck } = await import('./config.ts');
      configCheck(command.optsWithGlobals(), terminal);
    });
  config
    .command('sample')
    .description('print a settings file with every key, its meaning and its default')
    .addHelpText('after', examples(['patchcord config sample > patchcord.yaml']))
    .action(async () => {
      const { configSample } = await import('./config.ts');
      configSample(terminal);
    });
}

function addDoctor(root: Command): void {
  root
    .command('doctor')
    .description(
      'check settings, database, port, every Asterisk (login, rights, events, clock) and every CRM, and say the mend',
    )
    .option('--json', 'print JSON: {"findings": [...]}')
    .addHelpText('after', examples(['patchcord doctor', 'patchcord doctor --json']))
    .action(async (_options, command: Command) => {
      const { doctor } = await import('./doctor.ts');
      await doctor(command.optsWithGlobals(), terminal);
    });
}

function addToken(root: Command): void {
  const token = root
    .command('token')
    .description('API tokens: print that of the Patchcord running here, or keep more for others');
  token
    .command('show', { isDefault: true })
    .description('print the token of the running Patchcord; it changes at every start')
    .action(async (_options, command: Command) =>
      (await import('./token.ts')).tokenShow(command.optsWithGlobals(), terminal),
    );
  token
    .command('add')
    .argument('<name>', 'who it is for')
    .option(
      '--scope <scope>',
      'read (default), control (make and end calls) or admin; may be given several times',
      gather,
      [],
    )
    .description('make a token and print it: the only time that it can be seen')
    .addHelpText('after', examples(['patchcord token add 1c', 'patchcord token add panel --scope admin']))
    .action(async (name: string, _options, command: Command) =>
      (await import('./token.ts')).tokenAdd(name, command.optsWithGlobals(), terminal),
    );
  token
    .command('list')
    .description('names and scopes of the kept tokens')
    .action(async (_options, command: Command) =>
      (await import('./token.ts')).tokenList(command.optsWithGlobals(), terminal),
    );
  token
    .command('remove')
    .argument('<name>', 'name of the token')
    .description('take a token away: refused from the next request on')
    .action(async (name: string, _options, command: Command) =>
      (await import('./token.ts')).tokenRemove(name, command.optsWithGlobals(), terminal),
    );
}

function examples(lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function gather(value: string, before: string[]): string[] {
  return [...before, value];
}

function gatherPatterns(value: string, before: string[]): string[] {
  if (isPatternSyntax(value)) return [...before, value];
  throw new InvalidArgumentError('It is neither a name nor a pattern such as 1XX, [2-4]X. or trunk*.');
}

function count(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
