/**
 * What stands in the place of a number that was withheld. Asterisk itself says `<unknown>` in AMI and nothing in CEL; trunks and other
 * PBXs send the words.
 */
const words = new Set([
  '',
  'unknown',
  'anonymous',
  'anonym',
  'private',
  'withheld',
  'restricted',
  'unavailable',
  'not available',
  'no number',
  'null',
  'none',
  'asterisk',
  'blocked',
  'id unavailable',
  'аноним',
  'анонимный',
  'номер скрыт',
  'скрытый номер',
  'скрыт',
  'неизвестный',
  'неизвестен',
]);

/** Longer than any of the words in any decoration; so that a megabyte of text costs nothing. */
const lengthMax = 64;

/** Whether a caller's number says that there is none: empty, `<unknown>`, `Anonymous` and the like, in any case. */
export function isAnonymous(number: string | null | undefined): boolean {
  if (number === null || number === undefined) return true;
  if (number.length > lengthMax) return false;
  const word = number
    .replaceAll(/[<>"'()[\]\p{Cc}\p{Cf}]/gu, '')
    .replaceAll(/[\s_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.has(word) || word.startsWith('anonymous@') || word.startsWith('sip:anonymous');
}
