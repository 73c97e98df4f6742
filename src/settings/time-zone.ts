import { text } from './marks.ts';

/** The name of a time zone, IANA's. */
export const timeZone = text().refine(isTimeZone, 'is no time zone such as Europe/Moscow or UTC');

function isTimeZone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    // RangeError is how Intl says that it knows no such zone.
    return false;
  }
}
