const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
const CRLF = '\r\n';

/**
 * One block that Asterisk sent: an event or a response.
 *
 * Values are as they came: `<unknown>` is not turned into nothing, and C-escaped names stay escaped (see `unescapeC`).
 * A value shares the memory of its block (about half a kilobyte) for as long as it is kept.
 */
export interface AmiMessage {
  /** Value of `Event`, or `Response` for the answer to an action. */
  readonly name: string;
  /** The block as text, lines parted by CRLF, without the empty line at its end. */
  readonly raw: string;
  /** First value of the header, `''` when there is none. Compares keys without case; the case given is tried first. */
  get(key: string): string;
  /** Every value of a header that may repeat, in order. */
  all(key: string): string[];
  has(key: string): boolean;
  /** All headers in order, keys spelled as they came. */
  headers(): [key: string, value: string][];
  /**
   * Channel variables that came with the message: `ChanVariable: NAME=value` (one header for each), `Variable:
   * NAME=value`, and the pair `Variable: NAME` + `Value: value` of VarSet. For the other channel of an event that has
   * two, give the key: `variables('DestChanVariable')`.
   */
  variables(key?: string): Map<string, string>;
}

/** A message over the text of its block. Nothing is parsed before it is asked for: most consumers read few headers. */
export class AmiBlock implements AmiMessage {
  readonly name: string;
  readonly raw: string;

  constructor(raw: string) {
    this.raw = raw;
    this.name = raw.startsWith('Event: ') ? valueAt(raw, 6) : this.#slowName();
  }

  get(key: string): string {
    const at = findValue(this.raw, key);
    return at < 0 ? '' : valueAt(this.raw, at);
  }

  has(key: string): boolean {
    return findValue(this.raw, key) >= 0;
  }

  all(key: string): string[] {
    const wanted = key.toLowerCase();
    return this.headers()
      .filter(([name]) => name.toLowerCase() === wanted)
      .map(([, value]) => value);
  }

  headers(): [key: string, value: string][] {
    const headers: [string, string][] = [];
    for (const line of this.raw.split(CRLF)) {
      const colon = line.indexOf(':');
      if (colon > 0) headers.push([line.slice(0, colon), valueAt(line, colon + 1)]);
    }
    return headers;
  }

  variables(key = 'ChanVariable'): Map<string, string> {
    const variables = new Map<string, string>();
    const lists = key === 'ChanVariable' ? [...this.all(key), ...this.all('Variable')] : this.all(key);
    for (const item of lists) {
      const equals = item.indexOf('=');
      if (equals > 0) variables.set(item.slice(0, equals), item.slice(equals + 1));
      else if (equals < 0 && item !== '' && this.has('Value')) variables.set(item, this.get('Value'));
    }
    return variables;
  }

  #slowName(): string {
    if (this.raw.slice(0, 9).toLowerCase() === 'response:') return 'Response';
    return this.get('Event') || (this.has('Response') ? 'Response' : '');
  }
}

/** Where the value of the header begins (just after the colon), or -1. The spelling given is looked for first. */
function findValue(text: string, key: string): number {
  if (key === '') return -1;
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    const colon = at + key.length;
    if (text.charCodeAt(colon) === COLON && startsLine(text, at)) return colon + 1;
  }
  return findInAnyCase(text, key);
}

function findInAnyCase(text: string, key: string): number {
  const wanted = key.toLowerCase();
  for (let line = 0; line < text.length;) {
    const colon = line + key.length;
    if (text.charCodeAt(colon) === COLON && text.slice(line, colon).toLowerCase() === wanted) return colon + 1;
    const end = text.indexOf(CRLF, line);
    if (end < 0) break;
    line = end + 2;
  }
  return -1;
}

/** A bare LF inside a value (a caller may get one in) does not begin a header; only CRLF does. */
function startsLine(text: string, at: number): boolean {
  return at === 0 || (text.charCodeAt(at - 1) === LF && text.charCodeAt(at - 2) === CR);
}

/** The value that begins after the colon: one space is dropped, the rest is the value up to CRLF. */
function valueAt(text: string, afterColon: number): string {
  const start = text.charCodeAt(afterColon) === SPACE ? afterColon + 1 : afterColon;
  const end = text.indexOf(CRLF, start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}
