import { settingsJsonSchema, type SchemaNode } from './json-schema.ts';

/** What stands where a secret was. */
export const hidden = '***';

/** Settings for display: what the schema marks as secret is replaced, passwords in URLs too. */
export function redactSettings(settings: object): unknown {
  return redact(settings, settingsJsonSchema());
}

/** A URL without its password; text that is no URL is given back as it is. */
export function redactUrl(url: string): string {
  // By hand: the URL class refuses some forms that database drivers take. The last @ before the path ends the password.
  return url.replace(/^([a-z]+:\/\/[^:/@]*):[^/]*@/i, `$1:${hidden}@`);
}

function redact(value: unknown, node: SchemaNode | undefined): unknown {
  if (node?.secret === true) return value === undefined ? undefined : hidden;
  if (node?.secret === 'password' && typeof value === 'string') return redactUrl(value);
  if (Array.isArray(value)) return value.map((one) => redact(one, node?.items));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redact(one, node?.properties?.[key])]));
}
