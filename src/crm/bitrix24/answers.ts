// Reading what the portal answers: ids come as strings or numbers, empty objects as empty lists, nothing as null, false, "" or "0".

/** The object; empty for anything else, such as PHP's `[]` for an empty one. */
export function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** Objects of a list; PHP makes an object of a list with holes. */
export function rowsOf(value: unknown): Record<string, unknown>[] {
  const list: unknown[] = Array.isArray(value) ? value : Object.values(recordOf(value));
  return list.filter((row) => typeof row === 'object' && row !== null && !Array.isArray(row)).map(recordOf);
}

/** Text or a number as text; null when empty or anything else. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A positive whole number; null for anything else. */
export function idOf(value: unknown): number | null {
  const id = typeof value === 'string' && /^[0-9]+$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
}
