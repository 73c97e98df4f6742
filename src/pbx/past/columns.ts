// Which column of a foreign table is which: Asterisk's modules and people name them differently.
import { PastError } from './past-error.ts';

export interface TableColumn {
  name: string;
  /** As the database calls its type, in small letters. */
  type: string;
}

/** What a kind of table has, by Asterisk's own names. */
export interface Wanted {
  /** Names that must be there, each with what to do when it is not. */
  needed: Record<string, string>;
  optional: readonly string[];
  /** Other usual names. */
  aliases: Record<string, readonly string[]>;
}

export const celWanted: Wanted = {
  needed: {
    eventtype: '',
    eventtime: '',
    channame: '',
    uniqueid: '',
    linkedid: '',
  },
  optional: [
    'id',
    'cid_name',
    'cid_num',
    'cid_dnid',
    'exten',
    'context',
    'appname',
    'appdata',
    'peer',
    'userdeftype',
    'extra',
  ],
  aliases: {
    id: ['acctid', 'celid'],
    channame: ['channel'],
    appname: ['app'],
    extra: ['eventextra'],
    peer: ['bridgepeer'],
    exten: ['extension'],
  },
};

export const cdrWanted: Wanted = {
  needed: { calldate: '', uniqueid: 'Set loguniqueid=yes where Asterisk writes the CDR, and add the column' },
  optional: [
    'id',
    'src',
    'dst',
    'dcontext',
    'channel',
    'dstchannel',
    'lastapp',
    'lastdata',
    'duration',
    'billsec',
    'disposition',
    'linkedid',
    'sequence',
    'did',
    'cnum',
    'cnam',
    'recordingfile',
    'answer',
    'end',
  ],
  aliases: { id: ['acctid', 'cdrid'], calldate: ['start', 'starttime'] },
};

/** Usual name to the table's own. */
export type Columns = ReadonlyMap<string, string>;

/**
 * Finds the columns: as the settings name them, else by their usual names in any spelling (`cid_num`, `cidnum`, `CIDNum`).
 * @param setting such as `pbx main: cel`, for the message
 * @throws PastError when a configured or a needed column is not there
 */
export function findColumns(
  there: readonly TableColumn[],
  wanted: Wanted,
  configured: Record<string, string | undefined>,
  setting: string,
): Columns {
  const bySpelling = new Map(there.map(({ name }) => [spelling(name), name]));
  const has = there.map(({ name }) => name).join(', ');
  const found = new Map<string, string>();
  for (const [usual, own] of Object.entries(configured)) {
    if (own === undefined) continue;
    const name = there.find((column) => column.name === own)?.name ?? bySpelling.get(spelling(own));
    if (name === undefined) {
      throw new PastError(
        `${setting}: the table has no column ${own}, which columns.${usual} names`,
        `Correct ${setting}.columns.${usual}; the table has: ${has}`,
      );
    }
    found.set(usual, name);
  }
  for (const usual of [...Object.keys(wanted.needed), ...wanted.optional]) {
    const names = [usual, ...(wanted.aliases[usual] ?? [])];
    const name = found.get(usual) ?? names.map((one) => bySpelling.get(spelling(one))).find((one) => one !== undefined);
    if (name !== undefined) found.set(usual, name);
    else if (usual in wanted.needed) {
      const mend = wanted.needed[usual] || `Name it in ${setting}.columns.${usual}`;
      throw new PastError(`${setting}: the table has no column ${usual}`, `${mend}; the table has: ${has}`);
    }
  }
  return found;
}

function spelling(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

/** Whether a column counts rows: whole numbers that can be compared by size. */
export function countsRows(column: TableColumn | undefined): boolean {
  return column !== undefined && /^(?:big|small|medium)?(?:int|integer|serial)\b|^int[248]$/.test(column.type);
}
