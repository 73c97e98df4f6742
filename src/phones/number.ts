import { isSupportedCountry, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { isAnonymous } from './anonymous.ts';

/** E.164 allows 15 digits; the rest is room for an access prefix and for brackets, spaces and dashes. */
const lengthMax = 40;

/**
 * A number without its decoration: digits, with a leading `+` when there was one, and `*` and `#` where they stand.
 * Null for a withheld number and for anything that is no number (letters, control characters, digits of other scripts, endless text).
 */
export function plainNumber(raw: string | null | undefined): string | null {
  if (raw === null || raw === undefined || raw.length > lengthMax || isAnonymous(raw)) return null;
  if (!/^[ \u00a0]*\+?[0-9*#()./ \u00a0-]+$/.test(raw)) return null;
  const plain = raw.replaceAll(/[()./ \u00a0-]/g, '');
  return /[0-9]/.test(plain) ? plain : null;
}

/**
 * A number as the trunk gave it, in E.164 (`+79161234567`), or null where that cannot be told: withheld, short, not a real number.
 *
 * The region's own reading comes first (`89161234567`, `79161234567` and `9161234567` are one number in RU), then the number as
 * written with a country code but no `+`, as many trunks send foreign callers.
 * @param region ISO 3166 code of the country whose numbers come without a country code
 */
export function toE164(raw: string | null | undefined, region: string): string | null {
  return parseNumber(raw, region)?.number ?? null;
}

/** The forms in which one number is written: E.164 with and without `+`, national with and without the national prefix. */
export function numberForms(raw: string, region: string): string[] {
  const plain = plainNumber(raw);
  if (plain === null) return [];
  // Also a number outside every range in use, as long as it has the right length: both sides of a comparison have the same forms then.
  const parsed = parseNumber(raw, region) ?? parseOwn(plain, region);
  if (!parsed?.isPossible()) return [plain];
  const national = parsed.formatNational().replaceAll(/[^0-9]/g, '');
  return [...new Set([parsed.number, parsed.number.slice(1), national, parsed.nationalNumber, plain])];
}

/** Whether numbering rules of this country are known. */
export function isRegion(region: string): boolean {
  return isSupportedCountry(region);
}

function parseNumber(raw: string | null | undefined, region: string): PhoneNumber | null {
  const plain = plainNumber(raw);
  if (plain === null || /[*#]/.test(plain)) return null;
  const own = parseOwn(plain, region);
  if (own?.isValid()) return own;
  if (plain.startsWith('+')) {
    // The plus says that it is complete; a range newer than our metadata is still a number.
    return own?.isPossible() ? own : null;
  }
  const digits = plain.startsWith('00') ? plain.slice(2) : plain;
  if (digits.length < foreignDigitsMin) return null;
  const foreign = parsePhoneNumberFromString(`+${digits}`, { extract: false });
  return foreign?.isValid() ? foreign : null;
}

/** The number as the region reads it, real or not. */
function parseOwn(plain: string, region: string): PhoneNumber | undefined {
  return parsePhoneNumberFromString(
    plain,
    isSupportedCountry(region) ? { defaultCountry: region, extract: false } : { extract: false },
  );
}

/** With fewer digits a national number that lacks its area code would be taken for one of another country. */
const foreignDigitsMin = 11;
