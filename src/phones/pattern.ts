import { isBareDialplan, isPatternSyntax } from '../settings/pattern-syntax.ts';

/** A compiled pattern for numbers or device names. */
export interface Pattern {
  /** As it was written. */
  readonly text: string;
  matches(value: string): boolean;
}

/** Longer values match nothing: no number or device name is that long, so it is somebody's attempt. */
const valueLengthMax = 256;

/**
 * Compiles a pattern as `settings/pattern-syntax.ts` describes it. No regular expression is made of it, so that no pattern can
 * take more than (length of pattern x length of value) steps.
 * @throws RangeError when the text is no pattern
 */
export function compilePattern(text: string): Pattern {
  if (!isPatternSyntax(text))
    throw new RangeError(`"${text.slice(0, 80)}" is not a pattern such as 1XX, _8NXXXXXXXXX or trunk*`);
  const test = testOf(text);
  return { text, matches: (value) => value.length > 0 && value.length <= valueLengthMax && test(value) };
}

/** One pattern of many: true when any of them matches. */
export function compilePatterns(texts: readonly string[]): (value: string) => boolean {
  const patterns = texts.map(compilePattern);
  return (value) => patterns.some((pattern) => pattern.matches(value));
}

function testOf(text: string): (value: string) => boolean {
  if (text.startsWith('_')) return dialplanTest(text.slice(1).replaceAll(/[xzn]/g, (letter) => letter.toUpperCase()));
  if (text.includes('*')) return globTest(text);
  if (isBareDialplan(text)) return dialplanTest(text);
  return (value) => value === text;
}

type Place = (character: string) => boolean;

const classes: Record<string, Place> = {
  X: (c) => c >= '0' && c <= '9',
  Z: (c) => c >= '1' && c <= '9',
  N: (c) => c >= '2' && c <= '9',
};

/** The rest after the fixed places: none, at least one character (`.`), or any number (`!`). */
function dialplanTest(text: string): (value: string) => boolean {
  const last = text.at(-1);
  const open = last === '.' || last === '!';
  const places = placesOf(open ? text.slice(0, -1) : text);
  const lengthMin = places.length + (last === '.' ? 1 : 0);
  return (value) =>
    value.length >= lengthMin &&
    (open || value.length === places.length) &&
    places.every((place, at) => place(value.charAt(at)));
}

function placesOf(text: string): Place[] {
  const places: Place[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '[') {
      const end = text.indexOf(']', at);
      places.push(setOf(text.slice(at + 1, end)));
      at = end;
    } else if (character !== '-') {
      // Asterisk ignores a dash in a pattern: it is there for the reader.
      places.push(classes[character] ?? ((c) => c === character));
    }
  }
  return places;
}

function setOf(text: string): Place {
  const ranges: [string, string][] = [];
  for (let at = 0; at < text.length; at += 1) {
    const from = text.charAt(at);
    if (text.charAt(at + 1) === '-') {
      ranges.push([from, text.charAt(at + 2)]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return (c) => ranges.some(([from, to]) => c >= from && c <= to);
}

/** `*` is any run of characters. On a mismatch only the latest star grows, which is enough and keeps it quadratic at worst. */
function globTest(glob: string): (value: string) => boolean {
  return (value) => {
    let at = 0;
    let want = 0;
    let star = -1;
    let starAt = 0;
    while (at < value.length) {
      if (glob.charAt(want) === '*') {
        star = want;
        starAt = at;
        want += 1;
      } else if (want < glob.length && glob.charAt(want) === value.charAt(at)) {
        want += 1;
        at += 1;
      } else if (star >= 0) {
        starAt += 1;
        at = starAt;
        want = star + 1;
      } else {
        return false;
      }
    }
    while (glob.charAt(want) === '*') want += 1;
    return want === glob.length;
  };
}
