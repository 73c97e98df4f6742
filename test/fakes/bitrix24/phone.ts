/** What `register` keeps of a number. */
export const strippedPhone = (text: string): string => text.replaceAll(/[^0-9#*+,;]/g, '');

/**
 * The code by which the CRM compares numbers: equality only, no suffixes. From ten digits on the prefixes go:
 * `8` becomes `7` unless it was written `+8` or starts a foreign code, and `00`, `011`, `0` are dropped.
 */
export function phoneCode(text: string): string {
  const main = text.split(/[;#]/, 1)[0]?.trim() ?? '';
  const digits = main.replaceAll(/\D/g, '');
  if (digits.length < 10) return digits;
  if (main.startsWith('+')) return digits;
  if (/^8[^012]/.test(digits)) return `7${digits.slice(1)}`;
  return digits.replace(/^(?:00|011|0)/, '');
}
