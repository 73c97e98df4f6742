/** Values as PHP sees them after parsing a request. Form keys give maps, also where a list was meant. */
export type Php = string | number | boolean | null | Php[] | { [key: string]: Php };
export interface PhpMap {
  [key: string]: Php;
}

const emptyMap = (): PhpMap => Object.create(null) as PhpMap;

export const isMap = (value: unknown): value is PhpMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `urldecode` makes of a text: plus signs are spaces, broken percent signs stay. */
function urlDecode(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) =>
      Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
    );
  }
}

/** `a[b][][c]` as its path; null stands for `[]`. The first part has dots and spaces mangled, as PHP does. */
function pathOf(key: string): (string | null)[] {
  const open = key.indexOf('[');
  const name = (open > 0 ? key.slice(0, open) : key).trimStart().replaceAll(/[ .]/g, '_');
  const path: (string | null)[] = [name];
  if (open <= 0) return path;
  let at = open;
  while (key[at] === '[') {
    const close = key.indexOf(']', at);
    if (close < 0) break;
    const part = key.slice(at + 1, close);
    path.push(part === '' ? null : part);
    at = close + 1;
  }
  return path;
}

const nextIndex = (map: PhpMap): string =>
  String(Object.keys(map).reduce((next, key) => (/^\d+$/.test(key) ? Math.max(next, Number(key) + 1) : next), 0));

/** Puts one value where its bracketed key says. */
export function putByKey(target: PhpMap, key: string, value: Php): void {
  const path = pathOf(key);
  if (path[0] === '') return;
  let map = target;
  for (const [depth, part] of path.entries()) {
    const name = part ?? nextIndex(map);
    if (depth === path.length - 1) {
      map[name] = value;
      return;
    }
    const inner = map[name];
    if (isMap(inner)) map = inner;
    else map = map[name] = emptyMap();
  }
}

/** `parse_str`: a query or form body as nested maps of strings. */
export function parseQuery(text: string): PhpMap {
  const result = emptyMap();
  for (const pair of text.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const key = urlDecode(equals < 0 ? pair : pair.slice(0, equals));
    putByKey(result, key, equals < 0 ? '' : urlDecode(pair.slice(equals + 1)));
  }
  return result;
}

/** `http_build_query` as events use it: booleans are 1 and 0; nulls and empty arrays disappear. */
export function buildQuery(map: PhpMap): string {
  const pairs: string[] = [];
  const walk = (key: string, value: Php): void => {
    if (value === null) return;
    if (typeof value === 'object') {
      for (const [name, inner] of Object.entries(value)) walk(`${key}[${name}]`, inner);
      return;
    }
    const text = typeof value === 'boolean' ? (value ? '1' : '0') : String(value);
    pairs.push(`${encodeURIComponent(key)}=${encodeURIComponent(text)}`);
  };
  for (const [key, value] of Object.entries(map)) walk(key, value);
  return pairs.join('&');
}

/** PHP's truth: `"0"`, `""`, 0, null and the empty array are false; `"N"` and `"false"` are true. */
export function truthy(value: Php | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0) return false;
  if (typeof value === 'string') return value !== '' && value !== '0';
  return typeof value === 'object' ? Object.keys(value).length > 0 : true;
}

/** `(int)`: leading digits count, everything else is 0. */
export function toInt(value: Php | undefined): number {
  if (typeof value === 'number') return Math.trunc(value);
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return 0;
  return Number(/^\s*([+-]?\d+)/.exec(value)?.[1] ?? 0);
}

/** `(string)`: true is "1", false and null are "", arrays are the word "Array". */
export function toText(value: Php | undefined): string {
  if (value === undefined || value === null || value === false) return '';
  if (value === true) return '1';
  return typeof value === 'object' ? 'Array' : String(value);
}

/** The members of a PHP array, or the one scalar as a list of one. */
export function items(value: Php | undefined): Php[] {
  if (value === undefined || value === null || value === '') return [];
  return typeof value === 'object' ? Object.values(value) : [value];
}

/** A map for reading, whatever was sent; a list gives its indexes as keys. */
export function asMap(value: Php | undefined): PhpMap {
  if (isMap(value)) return value;
  return Array.isArray(value) ? Object.fromEntries(value.entries()) : {};
}

const rekey = (map: PhpMap, change: (key: string) => string): PhpMap =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [change(key), value]));
export const upperKeys = (map: PhpMap): PhpMap => rekey(map, (key) => key.toUpperCase());
export const lowerKeys = (map: PhpMap): PhpMap => rekey(map, (key) => key.toLowerCase());

/** How `json_encode` shows a PHP array: empty and 0..n keys are a JSON array, everything else an object. */
export function phpArray<T>(map: Record<string, T>): Record<string, T> | T[] {
  return Object.keys(map).every((key, index) => key === String(index)) ? Object.values(map) : map;
}
