// What the marks of a connection's settings mean for its traffic: which values are secret, which servers may be asked.
import { z } from 'zod';
import type { Marks } from '../settings/marks.ts';

/** In a secret path, what is shorter is a word such as `rest`, or a user's number. */
const pathSecretCharsMin = 8;

/** Values that must not be seen in any log. */
export function secretValues(schema: z.ZodObject, settings: Readonly<Record<string, unknown>>): string[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' }) as { properties?: Record<string, Marks> };
  return Object.entries(properties).flatMap(([key, { secret }]) => {
    const value = settings[key];
    if (secret === undefined || typeof value !== 'string') return [];
    const url = URL.parse(value);
    if (secret === 'password') return url ? [...passwordOf(url), ...queryOf(url)] : [];
    const inUrl = url && /^https?:$/.test(url.protocol) ? partsOf(url) : [];
    // Of a secret address, the server may be seen: it tells which of two portals was asked.
    return secret === 'path' && url ? inUrl : [value, ...inUrl];
  });
}

/** Every address in the settings, wherever it stands. */
export function urlsIn(settings: unknown): string[] {
  if (typeof settings === 'string') return /^https?:\/\//i.test(settings) && URL.canParse(settings) ? [settings] : [];
  if (typeof settings !== 'object' || settings === null) return [];
  return Object.values(settings).flatMap(urlsIn);
}

function partsOf(url: URL): string[] {
  const inPath = url.pathname.split('/').filter((part) => part.length >= pathSecretCharsMin);
  return [...inPath.flatMap(bothForms), ...queryOf(url), ...passwordOf(url)];
}

function queryOf(url: URL): string[] {
  return [...url.searchParams.values()].filter((value) => value.length >= pathSecretCharsMin);
}

function passwordOf(url: URL): string[] {
  return url.password === '' ? [] : bothForms(url.password);
}

function bothForms(part: string): string[] {
  try {
    return [part, decodeURIComponent(part)];
  } catch {
    // No encoded text, but one with a % in it.
    return [part];
  }
}
