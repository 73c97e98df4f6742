// One row of Asterisk's Channel Event Log, and the CSV file that cel_custom writes of them.

import { celColumns } from '../settings/cel-columns.ts';

export interface CelRow {
  /** Unix ms. */
  atMs: number;
  type: string;
  cidName: string;
  cidNum: string;
  dnid: string;
  exten: string;
  channel: string;
  app: string;
  appData: string;
  uniqueid: string;
  linkedid: string;
  peer: string;
  userDefType: string;
  /** Parsed `extra`; empty when the column is missing or is not JSON. */
  extra: Record<string, unknown>;
}

/** One CSV record after another, with the line that it begins on. Quotes are doubled inside quotes; a quoted value may span lines. */
export function* csvRecords(text: string): Generator<{ fields: string[]; line: number }> {
  let at = 0;
  let line = 1;
  while (at < text.length) {
    const begins = line;
    const fields: string[] = [];
    for (;;) {
      let value = '';
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const quote = text.indexOf('"', at);
          const end = quote < 0 ? text.length : quote;
          value += text.slice(at, end);
          at = end + 1;
          if (text[at] !== '"') break;
          value += '"';
          at += 1;
        }
        line += value.split('\n').length - 1;
      } else {
        let end = at;
        while (end < text.length && text[end] !== ',' && text[end] !== '\n') end += 1;
        value = text.slice(at, end).replace(/\r$/, '');
        at = end;
      }
      fields.push(value);
      if (text[at] === '\r') at += 1;
      if (text[at] === ',') {
        at += 1;
        continue;
      }
      at += 1;
      line += 1;
      break;
    }
    if (fields.length > 1 || fields[0] !== '') yield { fields, line: begins };
  }
}

/** `2026-11-20 18:20:12.179` as UTC, the same with an offset (PostgreSQL: `+03`), or seconds since 1970; null when it is none of them. */
function celTimeMs(text: string): number | null {
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000);
  const parts = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d+)?)(?:Z|([+-]\d\d)(?::?(\d\d))?)?$/.exec(text);
  if (!parts) return null;
  const [, day, time, hours = '+00', minutes = '00'] = parts;
  const ms = Date.parse(`${day}T${time}${hours}:${minutes}`);
  return Number.isNaN(ms) ? null : ms;
}

/** `extra` as an object; cel_custom and the databases write JSON, older versions nothing. */
export function parseExtra(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : {};
  } catch {
    // A row cut short by the width of its column is still a row.
    return {};
  }
}

export interface ReadCelRow {
  line: number;
  row: CelRow | null;
  problem?: string;
}

/** The rows of a CEL file, each with its line; a row that cannot be read has a problem instead. */
export function* celRowsOf(text: string): Generator<ReadCelRow> {
  for (const { fields, line } of csvRecords(text)) {
    const value = (name: (typeof celColumns)[number]): string => fields[celColumns.indexOf(name)] ?? '';
    const atMs = celTimeMs(value('eventtime'));
    if (fields.length < 16) {
      yield { line, row: null, problem: `${fields.length} columns where ${celColumns.length} are expected` };
    } else if (atMs === null) {
      yield { line, row: null, problem: `"${value('eventtime').slice(0, 40)}" in column eventtime is not a time` };
    } else {
      yield {
        line,
        row: {
          atMs,
          type: value('eventtype'),
          cidName: value('cid_name'),
          cidNum: value('cid_num'),
          dnid: value('cid_dnid'),
          exten: value('exten'),
          channel: value('channame'),
          app: value('appname'),
          appData: value('appdata'),
          uniqueid: value('uniqueid'),
          linkedid: value('linkedid'),
          peer: value('peer'),
          userDefType: value('userdeftype'),
          extra: parseExtra(value('extra')),
        },
      };
    }
  }
}
