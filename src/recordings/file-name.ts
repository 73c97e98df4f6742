import { createHash } from 'node:crypto';
import type { Call } from '../calls/call.ts';
import { dayIn } from './day.ts';

/** A CRM may ask for names that are unique within a month (Bitrix24: in its Drive's folder), so the name holds the moment and the call. */
export interface FileName {
  /** The folder of the day, such as `2026/11/21`. */
  folder: string;
  /** Without extension; letters, digits and `.+_-` only. */
  base: string;
}

/**
 * The name of a call's recording.
 * @param template the setting `recordings.fileName`
 * @param timeZone null: that of this machine
 */
export function fileNameOf(call: Call, template: string, timeZone: string | null): FileName {
  const day = dayIn(timeZone, Date.parse(call.startedAt));
  const words: Record<string, string | null | undefined> = {
    date: `${day.year}${day.month}${day.day}`,
    time: day.time,
    operator: call.responsible?.extension ?? call.legs.find((leg) => leg.extension !== null)?.extension,
    number: call.client ? (call.client.e164?.slice(1) ?? call.client.number ?? 'anonymous') : otherNumber(call),
    line: call.line?.number ?? call.line?.trunk,
    direction: call.direction,
    id: createHash('sha256').update(call.id).digest('hex').slice(0, 8),
  };
  const name = template.replace(/\{(\w+)\}/g, (_, word: string) => safe(words[word] ?? 'none').slice(0, 40));
  // Only what stands in the template outside of braces can still be odd.
  return { folder: `${day.year}/${day.month}/${day.day}`, base: safe(name).slice(0, 150) };
}

/** In an internal call the one who was called. */
function otherNumber(call: Call): string | null {
  return call.legs.find((leg) => leg.extension !== call.responsible?.extension)?.extension ?? null;
}

/** What means nothing to a shell, a file system, a URL or a header; never hidden and never a way up. */
function safe(text: string): string {
  return text.replace(/[^A-Za-z0-9.+_-]+/g, '-').replace(/^\.+|\.(?=\.)/g, '') || 'none';
}
