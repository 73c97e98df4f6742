// What may be dialled for somebody who clicked: toll fraud begins with a program that dials whatever it is told.
import { parsePhoneNumberFromString, type NumberType } from 'libphonenumber-js/max';
import { numberForms, plainNumber, toE164 } from './number.ts';
import { compilePatterns } from './pattern.ts';

export interface DestinationRules {
  /** ISO 3166 code of the country whose numbers come without a country code. */
  readonly region: string;
  /** Other countries whose numbers may be dialled; `*` for all of them. */
  readonly countries: readonly string[];
  /** Patterns that may be dialled whatever the other rules say, short and internal numbers too. */
  readonly allow: readonly string[];
  /** Patterns that are never dialled. */
  readonly deny: readonly string[];
}

/** `number`: E.164 where it can be told, else as it was given, without decoration. */
export type Destination =
  | { readonly ok: true; readonly number: string }
  | { readonly ok: false; readonly problem: string; readonly mend: string };

/** Longer than any number with an access prefix. */
const digitsMax = 24;

/** Kinds of numbers for which the caller pays more than for a call, or which are no subscriber at all. */
const dearTypes: ReadonlySet<NumberType> = new Set(['PREMIUM_RATE', 'SHARED_COST', 'PAGER', 'UAN', 'VOICEMAIL']);

/**
 * Makes the judge of destinations. `deny` is asked first, then `allow`; both are compared with every form in which the number can be
 * written, so that no other spelling gets past them. What no pattern names may be dialled when it is a subscriber's number of the region or of a named
 * country: emergency and other short numbers, service codes, premium rates and satellites are refused.
 * @throws RangeError when a pattern is none
 */
export function destinations(rules: DestinationRules): (raw: string) => Destination {
  const isDenied = compilePatterns(rules.deny);
  const isAllowed = compilePatterns(rules.allow);
  return (raw) => {
    const plain = plainNumber(raw);
    if (plain === null || !/^\+?[0-9*#]+$/.test(plain) || plain.length > digitsMax) {
      return refused('this is not a phone number', 'Dial digits, with a + in front for another country');
    }
    const e164 = toE164(plain, rules.region);
    const forms = [plain, ...numberForms(plain, rules.region)];
    if (forms.some(isDenied)) {
      return refused('calls to this number are forbidden', 'It is in pbx[].dial.deny');
    }
    if (forms.some(isAllowed)) return { ok: true, number: e164 ?? plain };
    return e164 === null ? refusedShort(plain) : subscriber(e164, rules);
  };
}

function subscriber(e164: string, rules: DestinationRules): Destination {
  const parsed = parsePhoneNumberFromString(e164);
  const type = parsed?.getType();
  if (type !== undefined && dearTypes.has(type)) {
    return refused(
      'this number costs more than a call',
      'If it is to be dialled all the same, add it to pbx[].dial.allow',
    );
  }
  const country = parsed?.country;
  if (country === undefined) {
    return refused(
      'this number belongs to no country (satellite or international service)',
      'If it is to be dialled all the same, add it to pbx[].dial.allow',
    );
  }
  if (country === rules.region || rules.countries.includes('*') || rules.countries.includes(country)) {
    return { ok: true, number: e164 };
  }
  return refused(`calls to ${country} are not allowed`, `Add ${country} to pbx[].dial.countries`);
}

function refusedShort(plain: string): Destination {
  const what = plain.length <= 6 ? 'this is a short number' : 'this is no number of a subscriber';
  return refused(what, 'If it is to be dialled all the same, add it to pbx[].dial.allow');
}

function refused(problem: string, mend: string): Destination {
  return { ok: false, problem, mend };
}
