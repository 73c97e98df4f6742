// Text of callers on a terminal: an escape sequence in a name must not move the cursor, a bidi mark must not turn a number round.

/** Control and format characters (ESC, C1, bidi, zero-width, BOM), line separators, lone surrogates, private and unassigned ones. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;
/** More than two marks on one letter are there to draw over the lines above. */
const tooManyMarks = /(\p{M}{2})\p{M}+/gu;

/** The text on one line, safe to write to a terminal. */
export function printable(text: string): string {
  return text
    .replaceAll(/[\t\n\r]+/g, ' ')
    .replaceAll(unprintable, '')
    .replaceAll(tooManyMarks, '$1');
}

/** JSON that is safe to write to a terminal too: what `printable` would drop is escaped, so nothing is lost. */
export function printableJson(value: unknown, space?: number): string {
  return JSON.stringify(value, null, space).replaceAll(
    /[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}\u0080-\u009f\u007f]/gu,
    escapeUnits,
  );
}

function escapeUnits(character: string): string {
  return [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`)
    .join('');
}

/** Columns that a text takes on a terminal: none for marks, two for the wide East Asian forms and emoji. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** The text cut to so many columns; what was cut shows by the last sign. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width > columns - 1) break;
    kept += character;
  }
  return columns > 0 ? `${kept}…` : '';
}

function widthOfCharacter(character: string): number {
  if (character < '\u0300') return 1;
  if (/\p{M}/u.test(character)) return 0;
  return /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
    character,
  )
    ? 2
    : 1;
}
