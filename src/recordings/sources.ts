import type { PbxSettings } from '../settings/schema.ts';
import type { Source } from './find.ts';

/** Where a stock Asterisk records (asterisk.conf, astspooldir). */
const usualFolder = '/var/spool/asterisk/monitor';
/** FreePBX: a folder for each day, and the uniqueid of the first recorded channel at the end of the name. */
const usualNames = ['{yyyy}/{mm}/{dd}/*-{linkedid}.*'];

/** Where each Asterisk leaves its recordings, by its name. */
export function sourcesOf(pbxs: readonly PbxSettings[]): Map<string, Source> {
  return new Map(
    pbxs.map(({ name, recordings, cdr }) => [
      name,
      {
        folders: recordings?.folders ?? [{ asterisk: usualFolder, here: usualFolder }],
        names: recordings?.names ?? usualNames,
        timeZone: recordings?.timeZone ?? null,
        configured: recordings !== undefined,
        cdrColumn: cdr?.columns['recordingfile'] ?? 'recordingfile',
      },
    ]),
  );
}
