/** Longest pattern that is taken. A dial pattern is a dozen characters; more is a mistake. */
const patternLengthMax = 64;

/**
 * What a pattern for numbers or device names may look like; `phones/pattern.ts` gives it its meaning.
 *
 * - `_1XX`, `1XX`, `[2-4]X.`, `8123456XXXX`: as in an Asterisk dialplan (X is 0-9, Z is 1-9, N is 2-9, `[2-4]` one of a set,
 *   a last `.` one or more characters, a last `!` any number of them); the `_` may be left out when there are no other letters;
 * - `trunk*`: `*` stands for any characters;
 * - anything else is the name or number itself.
 */
export function isPatternSyntax(text: string): boolean {
  if (text.length === 0 || text.length > patternLengthMax) return false;
  if (/[\s\p{Cc}\p{Cf}]/u.test(text)) return false;
  if (!text.startsWith('_')) return !/[[\]]/.test(text) || bareDialplan.test(text);
  return dialplan.test(text);
}

const set = String.raw`\[(?:[0-9A-Za-z*#+](?:-[0-9A-Za-z])?)+\]`;
const dialplan = new RegExp(String.raw`^_(?:[0-9A-Za-z*#+-]|${set})+[.!]?$|^_[.!]$`);
const bareDialplan = new RegExp(String.raw`^(?:[0-9XZN#+-]|${set})+[.!]?$`);

/** Whether a pattern without `_` is still to be read as a dialplan pattern and not as a name. */
export function isBareDialplan(text: string): boolean {
  return bareDialplan.test(text);
}
