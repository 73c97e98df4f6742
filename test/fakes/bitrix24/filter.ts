import { asMap, items, toInt, toText } from './php.ts';
import type { Php, PhpMap } from './php.ts';
import { parseDate } from './time.ts';

const OPERATORS = ['!><', '><', '>=', '<=', '!=', '!%', '!', '=', '<', '>', '?', '%'] as const;

const split = (key: string): { operator: string; field: string } => {
  const operator = OPERATORS.find((sign) => key.startsWith(sign)) ?? '';
  return { operator, field: key.slice(operator.length) };
};

const looksLikeDate = (text: string): boolean => /^\d{4}-\d{2}-\d{2}/.test(text);

function compare(left: string, right: string, offsetMinutes: number): number {
  if (looksLikeDate(left) && looksLikeDate(right)) {
    const [a, b] = [parseDate(left, offsetMinutes), parseDate(right, offsetMinutes)];
    if (a !== null && b !== null) return a - b;
  }
  if (left !== '' && right !== '' && !Number.isNaN(Number(left)) && !Number.isNaN(Number(right)))
    return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

function holds(operator: string, value: Php | undefined, wanted: Php, offsetMinutes: number): boolean {
  const lefts = Array.isArray(value) ? value.map(toText) : [toText(value)];
  const rights = typeof wanted === 'object' && wanted !== null ? items(wanted).map(toText) : [toText(wanted)];
  const some = (test: (left: string, right: string) => boolean): boolean =>
    lefts.some((left) => rights.some((right) => test(left, right)));
  const [low = '', high = ''] = rights;
  const between = (left: string): boolean =>
    compare(left, low, offsetMinutes) >= 0 && compare(left, high, offsetMinutes) <= 0;
  switch (operator) {
    case '!':
    case '!=':
      return !some((left, right) => left === right);
    case '<':
      return some((left, right) => compare(left, right, offsetMinutes) < 0);
    case '<=':
      return some((left, right) => compare(left, right, offsetMinutes) <= 0);
    case '>':
      return some((left, right) => compare(left, right, offsetMinutes) > 0);
    case '>=':
      return some((left, right) => compare(left, right, offsetMinutes) >= 0);
    case '><':
      return lefts.some(between);
    case '!><':
      return !lefts.some(between);
    case '?':
    case '%':
      return some((left, right) => left.toLowerCase().includes(right.toLowerCase()));
    case '!%':
      return !some((left, right) => left.toLowerCase().includes(right.toLowerCase()));
    default:
      return some((left, right) => (looksLikeDate(left) ? compare(left, right, offsetMinutes) === 0 : left === right));
  }
}

/**
 * A filter of the portal as a test of one row. Fields that `known` refuses are dropped without a word, as the
 * original does: a filter of misspelt fields lets everything through.
 */
export function rowTest(
  filter: Php | undefined,
  known: (field: string) => boolean,
  offsetMinutes: number,
): (row: PhpMap) => boolean {
  const tests = Object.entries(asMap(filter))
    .map(([key, wanted]) => ({ ...split(key), wanted }))
    .filter(({ field }) => known(field));
  return (row) => tests.every(({ operator, field, wanted }) => holds(operator, row[field], wanted, offsetMinutes));
}

/** The value that a filter demands of one field by equality, if it does. */
export function equalTo(filter: Php | undefined, field: string): string | undefined {
  const map = asMap(filter);
  const wanted = map[field] ?? map[`=${field}`];
  return wanted === undefined || typeof wanted === 'object' ? undefined : toText(wanted);
}

/** Sorts by `{FIELD: "DESC"}` or by the separate sort and order words. */
export function sortRows<T>(rows: T[], order: PhpMap, read: (row: T, field: string) => Php | undefined): T[] {
  const by = Object.entries(order);
  if (by.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const [field, direction] of by) {
      const found = compare(toText(read(a, field)), toText(read(b, field)), 0);
      if (found !== 0) return toText(direction).toUpperCase() === 'DESC' ? -found : found;
    }
    return 0;
  });
}

export const startOf = (params: PhpMap): number => toInt(params['start'] ?? params['START']);
