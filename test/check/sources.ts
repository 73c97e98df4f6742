import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** A source file: its path from the root with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

const codeFolders = ['src', 'lab', 'test', 'bench', 'scripts', 'bin'];
/** What others wrote or recorded, and what was installed. */
const foreign = new Set(['node_modules', 'fixtures', 'peers', 'dist']);

/** Every source file of ours. */
export function sources(): Source[] {
  return codeFolders
    .flatMap((folder) => filesBelow(join(root, folder)))
    .map((path) => ({
      path: relative(root, path).split(sep).join('/'),
      text: readFileSync(path, 'utf8'),
    }));
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return foreign.has(entry.name) ? [] : filesBelow(path);
    return /\.(ts|mjs)$/.test(entry.name) ? [path] : [];
  });
}

/** What a text imports: static, side-effect, re-exported and dynamic; types too. Comments do not count. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const forms = [
    /^[ \t]*(?:import|export)\b[^'";]*?\bfrom\s*['"]([^'"\n]+)['"]/gm,
    /^[ \t]*import\s*['"]([^'"\n]+)['"]/gm,
    /\bimport\s*\(\s*['"]([^'"\n]+)['"]/g,
  ];
  return forms.flatMap((form) => [...code.matchAll(form)].map(([, name]) => name ?? ''));
}

/** The text without its comments, roughly: a `//` inside a string that stands after a quote on the same line is left alone. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^([^'"`\n]*?)\/\/.*$/gm, '$1');
}
