const pad = (value: number): string => String(value).padStart(2, '0');

/** ISO-8601 with the portal's offset, as the portal prints every time. */
export function isoAt(ms: number, offsetMinutes: number): string {
  const local = new Date(ms + offsetMinutes * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offsetMinutes);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

const NUMERIC = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** The moment a text names, in ms; without an offset it is the portal's local time. Null when it is no date. */
export function parseDate(text: string, offsetMinutes: number): number | null {
  const found = NUMERIC.exec(text.trim());
  if (!found) {
    const other = Date.parse(text);
    return Number.isNaN(other) ? null : other;
  }
  const time = found[2] ?? '00:00:00';
  const zone = found[3] ?? isoAt(0, offsetMinutes).slice(19);
  const ms = Date.parse(`${found[1]}T${time.length === 5 ? `${time}:00` : time}${zone}`);
  return Number.isNaN(ms) ? null : ms;
}
