import { numberForms, plainNumber } from './number.ts';
import { compilePattern, type Pattern } from './pattern.ts';

/** A mobile of ours: exact number or pattern, and whose it is (null: an employee's, but not known whose). */
export interface Mobile {
  readonly number: string;
  readonly extension: string | null;
}

/** Tells whose mobile a number is; null when it is nobody's of ours. */
export type MobileOwner = (number: string) => { readonly extension: string | null } | null;

/**
 * Makes the look-up of staff mobiles. A number is compared in every form in which it can be written, so an entry `+7 999 000-11-22` and a
 * trunk's `89990001122` are the same phone, and so are the pattern `8123456XXXX` and `+71234560000`. Exact entries come before patterns,
 * patterns in their order.
 * @param region ISO 3166 code of the country whose numbers come without a country code
 * @throws RangeError when an entry is neither a number nor a pattern
 */
export function mobileOwners(mobiles: readonly Mobile[], region: string): MobileOwner {
  const exact = new Map<string, Mobile>();
  const patterns: [Pattern, Mobile][] = [];
  for (const mobile of mobiles) {
    const forms = numberForms(mobile.number, region);
    const isExact = forms.length > 0 && !mobile.number.includes('*');
    if (!isExact) patterns.push([compilePattern(mobile.number), mobile]);
    for (const form of isExact ? forms : []) if (!exact.has(form)) exact.set(form, mobile);
  }
  if (mobiles.length === 0) return () => null;
  return (number) => {
    const plain = plainNumber(number);
    if (plain === null) return null;
    // Most numbers are met in the form in which they were entered or in none at all; forms cost a parse.
    const mobile = exact.get(plain) ?? byForms(numberForms(number, region), exact, patterns);
    return mobile ? { extension: mobile.extension } : null;
  };
}

function byForms(
  forms: readonly string[],
  exact: ReadonlyMap<string, Mobile>,
  patterns: readonly [Pattern, Mobile][],
): Mobile | undefined {
  for (const form of forms) {
    const mobile = exact.get(form);
    if (mobile) return mobile;
  }
  return patterns.find(([pattern]) => forms.some((form) => pattern.matches(form)))?.[1];
}
