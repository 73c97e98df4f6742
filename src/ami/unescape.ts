// The escapes that Asterisk's ast_escape_c writes (main/utils.c).
const ESCAPES: Record<string, string> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/**
 * Undoes the C escaping of `CallerIDName` and `ConnectedLineName` in channel events and of `CallerID` in Cdr; names in
 * CEL events are not escaped. An escape that Asterisk never writes is left as it is.
 *
 * The result is what the caller sent, line ends included: text of a stranger.
 */
export function unescapeC(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\(.)/gs, (whole, letter: string) => ESCAPES[letter] ?? whole);
}
