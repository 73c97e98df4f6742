const quote = 34;
const lineEnd = 10;

/**
 * Where the records of a piece of CSV end (the byte after each line end). What follows the last one is not whole yet.
 * @param endIsEnd the piece is the last one: what follows counts as a record
 */
export function recordEnds(piece: Uint8Array, endIsEnd: boolean, most: number): number[] {
  const ends: number[] = [];
  let inQuotes = false;
  for (let at = 0; at < piece.length && ends.length < most; at += 1) {
    const byte = piece[at];
    // A doubled quote closes and opens again at once.
    if (byte === quote) inQuotes = !inQuotes;
    else if (byte === lineEnd && !inQuotes) ends.push(at + 1);
  }
  if (endIsEnd && ends.length < most && (ends.at(-1) ?? 0) < piece.length) ends.push(piece.length);
  return ends;
}

/** What `cdr_csv` writes, in order: the last three with newcdrcolumns=yes. */
export const cdrCsvColumns = [
  'accountcode',
  'src',
  'dst',
  'dcontext',
  'clid',
  'channel',
  'dstchannel',
  'lastapp',
  'lastdata',
  'calldate',
  'answer',
  'end',
  'duration',
  'billsec',
  'disposition',
  'amaflags',
  'uniqueid',
  'userfield',
  'peeraccount',
  'linkedid',
  'sequence',
] as const;
