// What the documentation names exists: files and headings behind links, commands and their options, npm scripts, code files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/program.ts';
import { eventClasses, eventFilters } from '../../src/pbx/live.ts';
import { root } from './sources.ts';

const pages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'src/ami/README.md', ...markdownBelow('docs')].filter(
  (page) => existsSync(join(root, page)),
);
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** As the page of settings has them, without the kind of a CRM: `crm[].portal`. */
const settings = new Set(
  [...readFileSync(join(root, 'docs/generated/settings.md'), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(
    ([, path = '']) => path.replace(/^crm\[\w+\]/, 'crm[]'),
  ),
);
/** Those that hold others. */
const groups = new Set([...settings].filter((path) => path.includes('.')).map((path) => path.split('.')[0] ?? ''));

function markdownBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return markdownBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** As the sites that show Markdown name headings: small letters, no punctuation, dashes for blanks. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#+ +(.+)$/gm);
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .trim()
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

/** Links of a page that lead nowhere. */
function brokenLinks(page: string): string[] {
  const targets = [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = '', anchor] = target.split('#', 2);
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (file.startsWith('..') || !existsSync(join(root, file))) return true;
    return anchor !== undefined && file.endsWith('.md') && !anchorsOf(textOf(file)).has(anchor);
  });
}

/** Words of every `patchcord …` that begins a line of code (or follows npx, sudo, `$(`), up to what ends a command. */
function commandLines(text: string): string[][] {
  const code = codeOf(text).replaceAll('sudo -u patchcord ', '');
  return [...code.matchAll(/(?:^|npx |\$\()patchcord ([a-z-][^\n#|;)&>]*)/gm)].map(([, line = '']) =>
    line.trim().split(/\s+/),
  );
}

/** Blocks that are to be typed, and code within sentences. */
function codeOf(text: string): string {
  const typed = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const inline = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...typed, ...inline].join('\n');
}

/** What of a command line the program does not know; null when it knows all. */
function unknownIn(words: readonly string[]): string | null {
  let command: Command = program('0');
  const top = command;
  let isAfterOption = false;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (!word.startsWith('-')) {
      if (next) command = next;
      // After an option it is the option's value.
      else if (command.commands.length > 0 && !isAfterOption) return words.join(' ');
      continue;
    }
    isAfterOption = true;
    const flag = word.split('=', 1)[0] ?? '';
    const known = [...command.options, ...defaultOf(command), ...top.options].some(
      (option) => option.short === flag || option.long === flag,
    );
    if (!known && flag !== '--help' && flag !== '-h') return `${words.join(' ')}: ${flag}`;
  }
  return null;
}

/** Options of the command that is meant when none below it is named. */
function defaultOf(command: Command): readonly Option[] {
  const name: unknown = Reflect.get(command, '_defaultCommandName');
  return command.commands.find((one) => one.name() === name)?.options ?? [];
}

describe.each(pages)('%s', (page) => {
  it('links to what is there', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  it('names commands and options that exist', () => {
    const lines = commandLines(textOf(page));
    expect(lines.map(unknownIn).filter((problem) => problem !== null)).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = [...codeOf(textOf(page)).matchAll(/npm (?:run ([a-z:0-9]+)|(start|test))\b/g)].map(
      ([, run, short]) => run ?? short ?? '',
    );
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it('names settings that exist', () => {
    const inline = [
      ...withoutBlocks(textOf(page)).matchAll(/`([a-zA-Z]+(?:\[\])?(?:\.[a-zA-Z]+(?:\[\])?)+)(?:: [^`]*)?`/g),
    ];
    const named = inline.map(([, path = '']) => path).filter((path) => groups.has(path.split('.')[0] ?? ''));
    expect(named.filter((path) => !settings.has(path))).toEqual([]);
  });

  it('names files of the code that exist', () => {
    const inline = [...withoutBlocks(textOf(page)).matchAll(/`((?:src|test|lab|bench|scripts|bin)\/[\w./-]+)`/g)];
    expect(inline.map(([, path = '']) => path).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '');
}

it('docs/install.md gives the read rights and the event filters that the program uses', () => {
  const given = (key: string) =>
    [...textOf('docs/install.md').matchAll(new RegExp(`^${key} = (.+)$`, 'gm'))].map(([, value]) => value);
  expect(new Set(given('read'))).toEqual(new Set([eventClasses]));
  expect(given('eventfilter')).toEqual(eventFilters);
});
