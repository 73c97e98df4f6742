import type { AdapterSettings } from './crm.ts';
import { settingsJsonSchema, variantOf, type SchemaNode } from './json-schema.ts';

/** What stands where a secret was. */
export const hidden = '***';

/** Settings for display: what the schema marks as secret is replaced, passwords in URLs too. */
export function redactSettings(settings: object, adapters: readonly AdapterSettings[] = []): unknown {
  return redact(settings, settingsJsonSchema(adapters));
}

/** A URL without its password, and a web address without its query, where people put tokens; text that is no URL is given back as it is. */
export function redactUrl(url: string): string {
  // By hand: the URL class refuses some forms that database drivers take. The last @ before the path ends the password.
  return url
    .replace(/^([a-z]+:\/\/[^:/@]*):[^/]*@/i, `$1:${hidden}@`)
    .replace(/^(https?:\/\/[^?#]*)[?#].+$/i, `$1?${hidden}`);
}

/** A URL without what follows its host; text that is no URL is hidden whole. */
function redactPath(url: string): string {
  const origin = /^[a-z]+:\/\/[^/?#@]+(?=[/?#]|$)/i.exec(url)?.[0];
  return origin === undefined ? hidden : `${origin}/${hidden}`;
}

function redact(value: unknown, node: SchemaNode | undefined): unknown {
  if (node?.secret === true) return value === undefined ? undefined : hidden;
  if (node?.secret === 'password' && typeof value === 'string') return redactUrl(value);
  if (node?.secret === 'path' && typeof value === 'string') return redactPath(value);
  if (Array.isArray(value)) return value.map((one) => redact(one, variantOf(node?.items, one)));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, redact(one, node?.properties?.[key])]));
}
