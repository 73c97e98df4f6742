// Finds what a number belongs to, in whatever form either of the two was written.
import { numberForms, plainNumber } from '../phones/number.ts';
import { compilePattern, type Pattern } from '../phones/pattern.ts';

export type NumberIndex<Owner> = (number: string) => Owner | null;

/** Of answers in all indices of one snapshot, and of forms: the numbers of a day or more of a large company. */
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
  return (number) => {
    const forms = formsOf(number, region);
    const own = forms.find((form) => exact.has(form));
    if (own !== undefined) return exact.get(own) ?? null;
    return patterns.find(([pattern]) => forms.some((form) => pattern.matches(form)))?.[1] ?? null;
  };
}

/** Gives the same answers without looking twice; the same numbers come again and again. */
export function remembering<Owner>(find: NumberIndex<Owner>): NumberIndex<Owner> {
  return memo(find);
}

/** Whether an entry is one number, and not a pattern. */
export function isNumber(entry: string): boolean {
  return /^\+?[0-9][0-9 ()./-]*$/.test(entry) && plainNumber(entry) !== null;
}

const formsIn = new Map<string, (number: string) => readonly string[]>();

/** Forms cost a parse, and one number is compared with every list of every connection. */
function formsOf(number: string, region: string): readonly string[] {
  let forms = formsIn.get(region);
  if (!forms) {
    // What is no number (a name of a trunk's) can still be meant by a pattern.
    forms = memo((one) => (plainNumber(one) === null ? [one] : numberForms(one, region)));
    formsIn.set(region, forms);
  }
  return forms(number);
}

function memo<Result>(find: (number: string) => Result): (number: string) => Result {
  const known = new Map<string, Result>();
  return (number) => {
    const before = known.get(number);
    if (before !== undefined) return before;
    const found = find(number);
    if (known.size >= rememberedMax) known.clear();
    // Text without end comes from outside too; it is not worth keeping.
    if (number.length <= 40) known.set(number, found);
    return found;
  };
}
