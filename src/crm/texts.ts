/**
 * Plain data with every text in it changed; errors become plain data too.
 * @param change gets the key under which the text stands, "" where it has none
 */
export function mapTexts(value: unknown, change: (text: string, key: string) => string, key = '', depth = 0): unknown {
  if (typeof value === 'string') return change(value, key);
  if (value instanceof Error) {
    return { type: value.name, message: change(value.message, ''), stack: change(value.stack ?? '', '') };
  }
  if (typeof value !== 'object' || value === null) return value;
  // Deeper than any log line needs; a ring would have no end.
  if (depth > 5) return '…';
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change, key, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapTexts(one, change, name, depth + 1)]));
}
