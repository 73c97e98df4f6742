// An AMI event as text, as manager.c writes it.

/** The class that an event belongs to: what EventMask chooses by. */
export type EventClass = 'call' | 'dialplan' | 'agent' | 'dtmf' | 'system';

export interface DemoEvent {
  readonly name: string;
  readonly eventClass: EventClass;
  /** The whole block with its ending empty line. */
  readonly text: string;
}

/** An absent name or number in a channel event. */
export const unknown = '<unknown>';

const escapes: Record<string, string> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '?': '\\?',
};

/** A name as channel events carry it: escaped as in C, `<unknown>` when there is none (asterisk: ast_escape_c). */
export function shownName(name: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return name === '' ? unknown : name.replaceAll(/[\u0007-\r\\'"?]/g, (char) => escapes[char] ?? char);
}

/** Header lines from pairs. */
export function lines(headers: Readonly<Record<string, string | number>>): string {
  let text = '';
  for (const key in headers) text += `${key}: ${headers[key]}\r\n`;
  return text;
}

/** @param atMs adds the Timestamp header that `timestampevents=yes` gives; null leaves it out. */
export function demoEvent(name: string, eventClass: EventClass, atMs: number | null, body: string): DemoEvent {
  const stamp =
    atMs === null ? '' : `Timestamp: ${Math.floor(atMs / 1000)}.${String(atMs % 1000).padStart(3, '0')}000\r\n`;
  return { name, eventClass, text: `Event: ${name}\r\nPrivilege: ${eventClass},all\r\n${stamp}${body}\r\n` };
}
