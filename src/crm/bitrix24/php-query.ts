// Parameters as PHP reads and writes them in a query string or a form: `fields[PHONE][0][VALUE]=…`. Inside a batch the portal knows no
// other form, and events arrive in it.
import type { Params, Value } from './portal.ts';

/** What PHP makes of a form: only strings, lists and objects. */
export type Parsed = string | Parsed[] | { [key: string]: Parsed };

/** PHP's own limits (max_input_vars, max_input_nesting_level): more is not read. */
const variablesMax = 1_000;
const depthMax = 64;

/**
 * Writes parameters. True and false become 1 and 0; null and undefined are left out, and so are empty lists and objects. Text that is no
 * valid Unicode is mended, since a caller's name can be anything.
 * @throws TypeError for a key that PHP cannot read back, and for a number that is none: faults of ours
 */
export function toQuery(params: Params): string {
  const pairs: string[] = [];
  for (const [key, value] of Object.entries(params)) {
    // PHP turns these into _ in the first part of a name, and cuts it at a bracket.
    if (/[ .]/.test(key)) throw new TypeError(`a parameter cannot be called ${JSON.stringify(key)}`);
    write(pairs, encodeKey(key), value, 1);
  }
  return pairs.join('&');
}

function write(pairs: string[], name: string, value: Value, depth: number): void {
  if (value === null || value === undefined) return;
  if (depth > depthMax) throw new TypeError('parameters are nested too deeply');
  if (typeof value === 'object') {
    const entries: [string, Value][] = isList(value)
      ? value.filter((item) => item !== null && item !== undefined).map((item, index) => [String(index), item])
      : Object.entries(value);
    for (const [key, item] of entries) write(pairs, `${name}%5B${encodeKey(key)}%5D`, item, depth + 1);
    return;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${name} is no number`);
  const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
  pairs.push(`${name}=${encodeURIComponent(text.toWellFormed())}`);
}

function isList(value: readonly Value[] | { readonly [key: string]: Value }): value is readonly Value[] {
  return Array.isArray(value);
}

function encodeKey(key: string): string {
  if (key === '' || /[[\]]/.test(key)) throw new TypeError(`a parameter cannot be called ${JSON.stringify(key)}`);
  return encodeURIComponent(key.toWellFormed());
}

/**
 * Reads a form or a query string. Values are strings; keys 0, 1, 2… make a list, as in PHP. What PHP would not read (the 1001st variable,
 * the 65th level) is not read here either. Objects have no prototype, so that no key is special.
 */
export function fromQuery(text: string): { [key: string]: Parsed } {
  const root = newBranch();
  let variables = 0;
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    if (++variables > variablesMax) break;
    const equals = pair.indexOf('=');
    const path = pathOf(decode(equals < 0 ? pair : pair.slice(0, equals)));
    if (path !== null) put(root, path, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return Object.assign(newBranch(), withLists(root, true));
}

interface Branch {
  [key: string]: string | Branch;
}

/** `a[b][]` is a, b and an empty key, which stands for the next free number. */
function pathOf(name: string): string[] | null {
  const open = name.indexOf('[');
  if (open <= 0) return name === '' || open === 0 ? null : [name];
  const path = [name.slice(0, open)];
  for (const [, key] of name.slice(open).matchAll(/\[([^\]]*)\]/g)) path.push(key ?? '');
  return path.length > depthMax ? null : path;
}

function put(root: Branch, path: readonly string[], value: string): void {
  let branch = root;
  for (const [index, part] of path.entries()) {
    const key = part === '' ? nextNumber(branch) : part;
    if (index === path.length - 1) {
      branch[key] = value;
      return;
    }
    const found = branch[key];
    const deeper = typeof found === 'object' ? found : newBranch();
    branch[key] = deeper;
    branch = deeper;
  }
}

function nextNumber(branch: Branch): string {
  const numbers = Object.keys(branch).filter((key) => /^\d{1,9}$/.test(key));
  return String(numbers.length === 0 ? 0 : Math.max(...numbers.map(Number)) + 1);
}

function withLists(branch: Branch, isRoot = false): Parsed {
  const keys = Object.keys(branch);
  if (!isRoot && keys.every((key, index) => key === String(index))) {
    return keys.map((key) => leafOrDeeper(branch[key]));
  }
  const read: { [key: string]: Parsed } = newBranch();
  for (const key of keys) read[key] = leafOrDeeper(branch[key]);
  return read;
}

function leafOrDeeper(value: string | Branch | undefined): Parsed {
  return typeof value === 'object' ? withLists(value) : (value ?? '');
}

function newBranch(): Branch {
  return Object.create(null) as Branch;
}

/** Unlike decodeURIComponent it never throws: a wrong percent sign stays as it is, wrong bytes become U+FFFD. */
function decode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  return spaced.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
