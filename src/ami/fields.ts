import { AmiError } from './errors.ts';
import { LINE_MAX_BYTES, LINES_MAX } from './limits.ts';

/** Fields of an action. A list becomes one line for each of its items. */
export type AmiFields = Record<string, string | number | boolean | readonly string[]>;

const KEY = /^[A-Za-z][A-Za-z0-9_-]{0,79}$/;
// C0, DEL and C1. CR and LF end a line for Asterisk, NUL ends a string; the rest has no business in a header.
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Keys that the client writes itself. */
const RESERVED = new Set(['action', 'actionid']);
/** Actions in which `Variable` is a list of NAME=value parted by commas (elsewhere it is a name). */
const TAKES_VARIABLES = new Set(['originate', 'messagesend', 'sipnotify', 'pjsipnotify']);

/**
 * One action as the bytes on the wire.
 *
 * Whatever a caller controls stays inside its value. Refused, never mended: control characters (CR, LF, NUL and all
 * others), keys that are no header names, lines longer than Asterisk reads. In `Variable` of Originate and its like
 * each item is exactly one variable: the characters that would part or quote it (`, " \ ( ) [ ]`) are escaped the way
 * Asterisk's argument parser takes them back.
 *
 * @throws AmiError `unsafe-field`, which names the field and never shows its value
 */
export function encodeAction(name: string, actionId: string, fields: AmiFields): string {
  const lines = [line('Action', name), line('ActionID', actionId)];
  const variables = TAKES_VARIABLES.has(name.toLowerCase());
  for (const [key, value] of Object.entries(fields)) {
    if (!KEY.test(key)) throw unsafe(printable(key), 'is not a header name');
    if (RESERVED.has(key.toLowerCase())) throw unsafe(key, 'is written by the client itself');
    for (const item of Array.isArray(value) ? value : [value]) {
      const text = asText(key, item);
      lines.push(line(key, variables && key.toLowerCase() === 'variable' ? oneVariable(key, text) : text));
    }
  }
  if (lines.length > LINES_MAX) throw unsafe('*', `the action has over ${LINES_MAX} lines`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function line(key: string, value: string): string {
  if (CONTROL.test(value)) throw unsafe(key, 'contains a control character');
  const text = `${key}: ${value}`;
  if (text.length > LINE_MAX_BYTES || Buffer.byteLength(text) > LINE_MAX_BYTES) {
    throw unsafe(key, `is longer than ${LINE_MAX_BYTES} bytes`);
  }
  return text;
}

function asText(key: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  throw unsafe(key, 'is not a text, a finite number or a boolean');
}

function oneVariable(key: string, text: string): string {
  if (text.indexOf('=') < 1) throw unsafe(key, 'is not NAME=value');
  return text.replaceAll(/[\\",()[\]]/g, String.raw`\$&`);
}

function unsafe(field: string, reason: string): AmiError {
  return new AmiError('unsafe-field', `field ${field} of the action was refused: ${reason}`, { field });
}

function printable(key: string): string {
  return JSON.stringify(key.slice(0, 80));
}
