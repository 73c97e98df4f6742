/** A SIP message (RFC 3261): the start line, the headers in order, the body. */
export interface SipMessage {
  start: string;
  headers: [name: string, value: string][];
  body: string;
}

const compactNames: Record<string, string> = {
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  f: 'from',
  t: 'to',
  v: 'via',
  r: 'refer-to',
  b: 'referred-by',
  s: 'subject',
  k: 'supported',
  o: 'event',
};

/**
 * Reads a datagram.
 * @throws Error when it has no start line or a header without a colon
 */
export function parseMessage(text: string): SipMessage {
  const end = text.indexOf('\r\n\r\n');
  const head = end < 0 ? text : text.slice(0, end);
  // a header may go on in the next line, which then begins with a blank
  const [start = '', ...lines] = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n');
  if (!/^SIP\/2\.0 \d{3}| SIP\/2\.0$/.test(start)) throw new Error(`no SIP message: ${start.slice(0, 80)}`);
  const headers = lines.filter(Boolean).map((line): [string, string] => {
    const colon = line.indexOf(':');
    if (colon < 0) throw new Error(`no SIP header: ${line.slice(0, 80)}`);
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { start, headers, body: end < 0 ? '' : text.slice(end + 4) };
}

/** The datagram of a message; Content-Length is set to what the body has. */
export function formatMessage(message: SipMessage): string {
  const lines = message.headers.filter(([name]) => fullName(name) !== 'content-length');
  const length = `Content-Length: ${Buffer.byteLength(message.body)}`;
  return [message.start, ...lines.map(([name, value]) => `${name}: ${value}`), length, '', message.body].join('\r\n');
}

/** First value of a header, or null. */
export function headerOf(message: SipMessage, name: string): string | null {
  return message.headers.find(([key]) => fullName(key) === name.toLowerCase())?.[1] ?? null;
}

/** All values of a header. */
export function headersOf(message: SipMessage, name: string): string[] {
  return message.headers.filter(([key]) => fullName(key) === name.toLowerCase()).map(([, value]) => value);
}

/** The method of a request; of a response, the method that it answers. */
export function methodOf(message: SipMessage): string {
  if (statusOf(message) === null) return message.start.slice(0, message.start.indexOf(' '));
  return headerOf(message, 'cseq')?.split(' ')[1] ?? '';
}

/** Status code of a response; null for a request. */
export function statusOf(message: SipMessage): number | null {
  const found = /^SIP\/2\.0 (\d{3})/.exec(message.start);
  return found === null ? null : Number(found[1]);
}

/** The URI of a request, or the one in the angle brackets of a From, To or Contact. */
export function uriOf(text: string): string {
  // a display name may hold anything, angle brackets too
  const bare = text.replace(/^\s*"(?:[^"\\]|\\.)*"/, '');
  return /<([^>]*)>/.exec(bare)?.[1] ?? bare.split(';')[0]?.trim() ?? '';
}

/** The user part of a URI, without its parameters. */
export function userOf(uri: string): string {
  return decodeURIComponent(/^sips?:([^@;]*)@/.exec(uri)?.[1] ?? '');
}

/** The tag of a From or To, or null. */
export function tagOf(text: string | null): string | null {
  return /;\s*tag=([^;>\s]+)/i.exec((text ?? '').replace(/^.*>/, ''))?.[1] ?? null;
}

/** A quoted display name, safe for any text without line ends. */
export function quoted(name: string): string {
  return `"${name
    .replaceAll(/[\r\n]/g, ' ')
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')}"`;
}

function fullName(name: string): string {
  const lower = name.toLowerCase();
  return compactNames[lower] ?? lower;
}
