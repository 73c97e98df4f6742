import type { Command } from 'commander';
import { program } from '../../src/cli/program.ts';

/** The page docs/generated/cli.md: what every command's --help says. */
export function commandsPage(): string {
  const root = program('');
  // The width of the page, not of whatever terminal it is made in.
  const all = [root, ...root.commands.flatMap(withChildren)].filter((command) => !isHidden(root, command));
  const sections = all.map((command) => {
    command.configureOutput({ getOutHelpWidth: () => 110, getOutHasColors: () => false });
    return `## ${nameOf(command)}\n\n\`\`\`text\n${helpText(command)}\n\`\`\`\n`;
  });
  return `# Commands

<!-- Made from src/cli/program.ts: npm test -- --project check -u -->

\`npx patchcord <command>\` in the checkout. Exit codes: 0 done, 1 failed, 2 bad input (options, settings, files). Results go to standard
output, everything else to standard error.

${sections.join('\n')}`;
}

function withChildren(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withChildren)];
}

function isHidden(root: Command, command: Command): boolean {
  return (
    command !== root &&
    !root
      .createHelp()
      .visibleCommands(command.parent ?? root)
      .includes(command)
  );
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** With the examples, which commander adds only when it writes the help out. */
function helpText(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text.trim();
}
