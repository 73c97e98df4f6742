// Finds what a number belongs to, in whatever form either of the two was written.
import { numberForms, plainNumber } from '../phones/number.ts';
import { compilePattern, type Pattern } from '../phones/pattern.ts';

export type NumberIndex<Owner> = (number: string) => Owner | null;

/** Forms cost a parse, and the same numbers come again and again. */
const rememberedMax = 20_000;

/**
 * Makes the look-up. An entry `+7 999 000-11-22` and a trunk's `89990001122` are the same number. Exact entries come before patterns, and
 * among equals the first given wins.
 * @param region ISO 3166 code of the country whose numbers come without a country code
 * @throws RangeError when an entry is neither a number nor a pattern
 */
export function numberIndex<Owner>(entries: readonly (readonly [string, Owner])[], region: string): NumberIndex<Owner> {
  if (entries.length === 0) return () => null;
  const exact = new Map<string, Owner>();
  const patterns: [Pattern, Owner][] = [];
  for (const [entry, owner] of entries) {
    const forms = isNumber(entry) ? numberForms(entry, region) : [];
    if (forms.length === 0) patterns.push([compilePattern(entry), owner]);
    for (const form of forms) if (!exact.has(form)) exact.set(form, owner);
  }
  const find = (number: string): Owner | null => {
    const plain = plainNumber(number);
    // What is no number (a name of a trunk's) can still be meant by a pattern.
    const forms = plain === null ? [number] : numberForms(number, region);
    const own = forms.find((form) => exact.has(form));
    if (own !== undefined) return exact.get(own) ?? null;
    return patterns.find(([pattern]) => forms.some((form) => pattern.matches(form)))?.[1] ?? null;
  };
  const remembered = new Map<string, Owner | null>();
  return (number) => {
    const known = remembered.get(number);
    if (known !== undefined) return known;
    const found = find(number);
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(number, found);
    return found;
  };
}

/** Whether an entry is one number, and not a pattern. */
export function isNumber(entry: string): boolean {
  return /^\+?[0-9][0-9 ()./-]*$/.test(entry) && plainNumber(entry) !== null;
}
