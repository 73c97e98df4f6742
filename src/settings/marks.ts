// What a setting's schema says besides its type; adapters of CRMs describe their own settings with the same words.
import { z } from 'zod';

/**
 * Marks of a setting that JSON Schema has no word for.
 *
 * - `secret: true`: never shown; `secret: 'password'`: a URL whose password is never shown, nor the query of a web address; `secret: 'path'`: a URL whose path is never shown.
 * - `sample`: what the sample shows where the default says nothing.
 * - `insteadOf`: the setting that it takes the place of; only one of the two may be given.
 * - `file`: the path of a file; a relative one starts from the folder of the settings file. Together with `insteadOf` (in `crm`): the file's
 *   first line becomes the value of that other setting.
 */
export interface Marks {
  secret?: true | 'password' | 'path';
  sample?: unknown;
  insteadOf?: string;
  file?: true;
}

/** A schema with its description for people, and its marks. */
export const marked = <T extends z.ZodType>(schema: T, description: string, marks: Marks = {}): T =>
  schema.meta({ description, ...marks });

/** Text of 1 to `max` characters. */
export const text = (max = 200) => z.string().min(1, 'must not be empty').max(max);

/** For `refine`: exactly one of two settings that stand for one another must be given. */
export function needsOneOf(one: string, other: string) {
  return {
    check: (value: unknown) => {
      const count = countOf(value, one, other);
      return count === null || count === 1;
    },
    told: {
      message: `needs either ${one} or ${other}`,
      params: { mend: 'Give one of the two, and only one' },
      when: always,
    },
  };
}

/** For `refine`: of two settings that stand for one another, at most one may be given. */
export function notBoth(one: string, other: string) {
  return {
    check: (value: unknown) => (countOf(value, one, other) ?? 0) < 2,
    told: { message: `has both ${one} and ${other}`, params: { mend: 'Keep one of the two' }, when: always },
  };
}

/** Null for what is not yet known to be an object; that it is none is told by another check. */
function countOf(value: unknown, ...keys: string[]): number | null {
  if (typeof value !== 'object' || value === null) return null;
  return keys.filter((key) => Reflect.get(value, key) !== undefined).length;
}

/** A check that runs even when the object has other problems, so that all of them are told at once. */
function always(): boolean {
  return true;
}
