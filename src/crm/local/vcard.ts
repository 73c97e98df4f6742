// Contacts out of a vCard file (RFC 6350 and the older 2.1 and 3.0 that phones write). Pure.
import type { ImportedContact } from './import.ts';

/** @returns one for each card that has a name or a number; what cannot be read of a card is left out */
export function readVcards(text: string): ImportedContact[] {
  const contacts: ImportedContact[] = [];
  let card: ImportedContact | null = null;
  for (const line of unfold(text)) {
    const at = line.indexOf(':');
    if (at < 0) continue;
    const value = line.slice(at + 1);
    const [name = '', ...parameters] = line.slice(0, at).split(';');
    const property = name.slice(name.indexOf('.') + 1).toUpperCase();
    const decoded = unescape(decode(value, parameters));
    if (property === 'BEGIN') card = { name: '', phones: [], company: null, note: '' };
    else if (card === null) continue;
    else if (property === 'FN') card.name = decoded.trim();
    else if (property === 'N' && card.name === '') card.name = fullName(decode(value, parameters));
    else if (property === 'TEL') card.phones.push(decoded.replace(/^tel:/i, '').trim());
    else if (property === 'ORG') card.company = unescape(decode(value, parameters).split(';')[0] ?? '').trim() || null;
    else if (property === 'NOTE') card.note = decoded.trim();
    else if (property === 'END') {
      if (card.name !== '' || card.phones.length > 0) contacts.push(card);
      card = null;
    }
  }
  return contacts;
}

/** Long lines go on in the next one: after a space (3.0, 4.0), or after a `=` at the end (2.1, quoted-printable). */
function unfold(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const last = lines.at(-1);
    if (last !== undefined && /^[ \t]/.test(line)) lines[lines.length - 1] = last + line.slice(1);
    else if (last !== undefined && last.endsWith('=') && /QUOTED-PRINTABLE/i.test(last.split(':')[0] ?? ''))
      lines[lines.length - 1] = last.slice(0, -1) + line;
    else lines.push(line);
  }
  return lines;
}

function decode(value: string, parameters: readonly string[]): string {
  if (!parameters.some((parameter) => /QUOTED-PRINTABLE/i.test(parameter))) return value;
  const bytes: number[] = [];
  for (let at = 0; at < value.length; at += 1) {
    const hex = value[at] === '=' ? /^[0-9A-Fa-f]{2}$/.exec(value.slice(at + 1, at + 3)) : null;
    if (hex) at += 2;
    if (hex) bytes.push(Number.parseInt(hex[0], 16));
    else bytes.push(...Buffer.from(value[at] ?? ''));
  }
  return Buffer.from(bytes).toString('utf8');
}

function unescape(value: string): string {
  return value.replaceAll(/\\([\\,;nN])/g, (_, sign: string) => (sign.toLowerCase() === 'n' ? '\n' : sign));
}

/** `Family;Given;Middle;…` as people say it. */
function fullName(value: string): string {
  const [family = '', given = '', middle = ''] = value.split(/(?<!\\);/).map(unescape);
  return [given, middle, family].filter((part) => part.trim() !== '').join(' ');
}
