/**
 * One field of CSV (RFC 4180), safe to open in a spreadsheet: text that a spreadsheet would run as a formula gets an apostrophe in front.
 * A plain number with its sign, such as +79161234567, is let be.
 */
export function csvField(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // Quotes and blanks before the sign do not stop a spreadsheet from seeing the formula.
  const isFormula = /^[\s"'\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/u.test(value) || /^[\t\r\n]/.test(value);
  const safe = isFormula && !/^\+?[0-9]+$/.test(value) ? `'${value}` : value;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record with its line end. */
export function csvLine(values: readonly (string | number | boolean | null)[]): string {
  return `${values.map(csvField).join(',')}\r\n`;
}
