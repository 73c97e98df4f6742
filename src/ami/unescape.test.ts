import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { unescapeC } from './unescape.ts';

const LETTERS: Record<string, string> = {
  '\u0007': 'a',
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
  '\v': 'v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '?': '?',
};

/** As Asterisk writes it. */
const escapeC = (text: string): string =>
  Array.from(text, (one) => (LETTERS[one] ? `\\${LETTERS[one]}` : one)).join('');

it('undoes what Asterisk escapes', () => {
  expect(unescapeC(String.raw`\"Ёлка\" \\ 7\?`)).toBe(String.raw`"Ёлка" \ 7?`);
  expect(unescapeC('plain')).toBe('plain');
});

it('leaves alone what Asterisk never writes', () => {
  expect(unescapeC(String.raw`\x \0`)).toBe(String.raw`\x \0`);
  expect(unescapeC('\\')).toBe('\\');
});

it('gives back any text', () => {
  const text = fc.array(
    fc.oneof(fc.constantFrom(...Object.keys(LETTERS)), fc.string({ unit: 'grapheme', maxLength: 3 })),
  );
  fc.assert(
    fc.property(text, (parts) => {
      expect(unescapeC(escapeC(parts.join('')))).toBe(parts.join(''));
    }),
  );
});
