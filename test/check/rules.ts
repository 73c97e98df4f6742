import { posix } from 'node:path';
import { importsOf, withoutComments, type Source } from './sources.ts';

/**
 * Folders of src, each of which may import itself and what stands before it. `main.ts` wires everything; of the commands only `start`
 * and its like reach for it, so it stands before them.
 */
const order = [
  'settings',
  'ami',
  'agi',
  'calls',
  'phones',
  'store',
  'pbx',
  'people',
  'rules',
  'recordings',
  'outbox',
  'crm',
  'routing',
  'hooks',
  'reports',
  'demo',
  'http',
  'wiring',
  'main.ts',
  'cli',
];

/** Folders that decide and do not act: no input, no output, no clock, no chance. */
const pure = new Set(['calls', 'phones', 'rules']);
/** What a pure folder may import besides our own files. */
const pureImports = new Set(['node:crypto', 'zod', 'libphonenumber-js/max']);
const impure =
  /\b(?:Date\.now\(|new Date\(\)|performance\.now\(|setTimeout\(|setInterval\(|setImmediate\(|queueMicrotask\(|Math\.random\(|randomUUID\(|randomBytes\(|console\.|process\.|fetch\()/;

const linesMax = 400;

/** Every rule that this source breaks, as sentences; empty when all is well. */
export function broken(source: Source): string[] {
  return [
    ...wrongEdges(source),
    ...impurities(source),
    ...defaultExports(source),
    ...leftOut(source),
    ...emptyMatches(source),
    ...tooLong(source),
  ];
}

function wrongEdges({ path, text }: Source): string[] {
  const from = unitOf(path);
  if (from === null) return [];
  const fromRank = order.indexOf(from);
  if (fromRank < 0) return [`${path}: src/${from} is not in the order of folders (test/check/rules.ts)`];
  return importsOf(text)
    .filter((name) => name.startsWith('.'))
    .flatMap((name) => {
      const target = posix.normalize(posix.join(posix.dirname(path), name));
      const to = unitOf(target);
      if (to === null) return isTest(path) ? [] : [`${path}: imports ${target}, which is outside src`];
      if (order.indexOf(to) < 0) return [`${path}: imports ${target}, which is not in the order of folders`];
      if (order.indexOf(to) > fromRank) return [`${path}: ${from} must not import ${to} (${name})`];
      return [];
    });
}

function impurities({ path, text }: Source): string[] {
  const folder = unitOf(path);
  if (folder === null || !pure.has(folder) || isTest(path)) return [];
  const packages = importsOf(text)
    .filter((name) => !name.startsWith('.') && !pureImports.has(name))
    .map((name) => `${path}: ${folder} is pure and must not import ${name}`);
  const act = impure.exec(withoutComments(text));
  return act ? [...packages, `${path}: ${folder} is pure and must not use ${act[0]}`] : packages;
}

function defaultExports({ path, text }: Source): string[] {
  return /^\s*export\s+default\b/m.test(withoutComments(text)) ? [`${path}: has a default export`] : [];
}

function leftOut({ path, text }: Source): string[] {
  if (!path.endsWith('.test.ts')) return [];
  // skipIf is let through: it needs a condition, and says so in the report.
  const found =
    /(?:^|[^\w.])(?:x(?:it|test|describe)|(?:it|test|describe)(?:\.\w+)*\.(?:skip|only|todo|fails))\s*[(.`]/m.exec(
      withoutComments(text),
    );
  return found ? [`${path}: leaves tests out (${found[0].trim()})`] : [];
}

/** Vitest takes every text for a regular expression that stands in an object: such an assertion cannot fail. */
function emptyMatches({ path, text }: Source): string[] {
  const found = isTest(path) && /toMatchObject\([^;]*?[{,]\s*\w+: \/[^/*]/.test(withoutComments(text));
  return found
    ? [`${path}: a regular expression within toMatchObject matches anything; use expect.stringMatching`]
    : [];
}

function tooLong({ path, text }: Source): string[] {
  const lines = text.split('\n').length - 1;
  return lines > linesMax ? [`${path}: has ${lines} lines, more than ${linesMax}`] : [];
}

/** The folder of src that a path belongs to (or the file in src itself); null outside src. */
function unitOf(path: string): string | null {
  const [top, unit] = path.split('/');
  return top === 'src' ? (unit ?? '') : null;
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts') || path.includes('/testing/');
}
