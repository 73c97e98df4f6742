// Pieces of query schemas. A query is text: each piece says exactly which text it takes, and the message says so too.
import { z } from 'zod';

/** A whole number from `min` to `max` in decimal digits. */
export function wholeNumber(min: number, max: number, what: string) {
  const range = max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min}` : `a whole number from ${min} to ${max}`;
  return z
    .string({ error: `give it once, as ${range}` })
    .transform((text, context) => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
      if (value >= min && value <= max) return value;
      context.addIssue({ code: 'custom', message: `must be ${range}` });
      return z.NEVER;
    })
    .meta({
      description: what,
      type: 'integer',
      minimum: min,
      ...(max === Number.MAX_SAFE_INTEGER ? {} : { maximum: max }),
    });
}

/** `true` or `false`. */
export function flag(what: string) {
  return z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((text) => text === 'true')
    .meta({ description: what, type: 'boolean', enum: undefined });
}

/** Text of 1 to `maxLength` characters. */
export function words(what: string, maxLength = 100) {
  return z
    .string({ error: 'give it once' })
    .min(1, 'must not be empty')
    .max(maxLength, `must be at most ${maxLength} characters`)
    .meta({ description: what });
}

/** ISO-8601 with a zone; becomes UTC with milliseconds, as calls have it. */
export function time(what: string) {
  return z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-11-20T09:00:00Z or 2026-11-20T12:00:00+03:00' })
    .transform((text) => new Date(text).toISOString())
    .meta({ description: what });
}

/** Any part of a phone number; spaces, brackets and dashes are dropped. */
export function digits(what: string) {
  return z
    .string({ error: 'give it once' })
    .max(40, 'must be at most 40 characters')
    .regex(/^\+?[\d\s().-]*\d[\d\s().-]*$/, 'must be a phone number or a part of one')
    .transform((text) => text.replaceAll(/\D/g, ''))
    .meta({ description: what, pattern: undefined });
}
