import { compilePatterns } from './pattern.ts';

/** Internal numbers of nearly every PBX are that short; city numbers without a code begin at 7 digits in most countries. */
const digitsMax = 6;

/**
 * Tells whether a number is one of ours, dialled without leaving the PBX.
 * @param patterns which numbers are internal; with none, every number of up to 6 digits
 */
export function internalNumbers(patterns: readonly string[]): (number: string) => boolean {
  if (patterns.length === 0) return isShortNumber;
  return compilePatterns(patterns);
}

function isShortNumber(number: string): boolean {
  return number.length <= digitsMax && /^[0-9]+$/.test(number);
}
