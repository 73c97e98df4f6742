import type { PastSettings } from '../../settings/schema.ts';
import { celColumns } from '../../settings/cel-columns.ts';
import { celWanted, cdrWanted, findColumns } from './columns.ts';
import { csvSource } from './csv-file.ts';
import { cdrCsvColumns } from './csv-records.ts';
import { openDatabase } from './database.ts';
import { PastError } from './past-error.ts';
import type { Source } from './source.ts';
import { tableSource } from './table.ts';
import { WallClock } from './wall-clock.ts';

export type What = 'cel' | 'cdr';

/** What an open source is, besides its rows. */
export interface OpenSource {
  source: Source;
  clock: WallClock;
  /** Usual names that the source has. */
  has: ReadonlySet<string>;
}

/**
 * Opens a table or a file of CEL or CDR rows.
 * @param setting such as `pbx main: cel`, for messages
 * @throws PastError
 */
export async function openSource(what: What, settings: PastSettings, setting: string): Promise<OpenSource> {
  const clock = new WallClock(settings.timeZone);
  if (settings.csv !== undefined) {
    const columns: readonly string[] = what === 'cel' ? celColumns : cdrCsvColumns;
    const format = { columns, time: what === 'cel' ? 'eventtime' : 'calldate' };
    return { source: await csvSource(settings.csv, format, clock, setting), clock, has: new Set(columns) };
  }
  const url = settings.url ?? '';
  const database = await openDatabase(url, setting);
  try {
    const there = await database.columnsOf(settings.table);
    if (there.length === 0) {
      throw new PastError(
        `${setting}.table: there is no table ${settings.table} in that database, or its user may not see it`,
        `Correct ${setting}.table (or the database in ${setting}.url); grant SELECT on it`,
      );
    }
    const columns = findColumns(there, what === 'cel' ? celWanted : cdrWanted, settings.columns, setting);
    const time = what === 'cel' ? 'eventtime' : 'calldate';
    const source = tableSource({ database, name: settings.table, there, columns, time, clock, whole: what === 'cdr' });
    return { source, clock, has: new Set(columns.keys()) };
  } catch (error) {
    await database.close();
    throw error;
  }
}
