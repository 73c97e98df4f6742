// Whether the folders that the settings name for recordings can be used on this machine.
import { access, constants } from 'node:fs/promises';
import type { PbxSettings } from '../settings/schema.ts';

export interface FolderTrouble {
  /** `recordings of main` for those of an Asterisk, `recordings` for our own. */
  part: string;
  /** Recordings wait until the folder can be used; calls go on. */
  level: 'warning';
  message: string;
  mend: string;
}

/** A network folder whose server is away never answers. */
const answerMs = 2000;

/** What is wrong with the folders that somebody named; empty when all is well. Asterisk's usual folder need not be there. */
export async function folderTroubles(settings: {
  pbx: readonly Pick<PbxSettings, 'name' | 'recordings'>[];
  recordings: { folder: string };
}): Promise<FolderTrouble[]> {
  const named = settings.pbx.flatMap(({ name, recordings }) =>
    (recordings?.folders ?? []).map(({ here }) => ({ part: `recordings of ${name}`, here })),
  );
  const found = await Promise.all([...named.map(troubleOf), ownTrouble(settings.recordings.folder)]);
  return found.filter((one) => one !== null);
}

async function troubleOf({ part, here }: { part: string; here: string }): Promise<FolderTrouble | null> {
  const code = await denied(here, constants.R_OK | constants.X_OK);
  if (code === null) return null;
  const message = code === 'ENOENT' ? `the folder ${here} is not there` : `the folder ${here} cannot be read (${code})`;
  const mend =
    code === 'ENOENT'
      ? 'mount it, or correct pbx[].recordings.folders: here is where this machine sees what Asterisk records'
      : 'let the user that runs Patchcord read the folders of pbx[].recordings.folders';
  return { part, level: 'warning', message, mend };
}

/** Ours is made when it is needed. */
async function ownTrouble(folder: string): Promise<FolderTrouble | null> {
  const code = await denied(folder, constants.W_OK | constants.X_OK);
  if (code === null || code === 'ENOENT') return null;
  return {
    part: 'recordings',
    level: 'warning',
    message: `the folder ${folder} cannot be written (${code})`,
    mend: 'let the user that runs Patchcord write into the folder of the setting recordings.folder, or name another one',
  };
}

/** Why it may not be used; null when it may. */
async function denied(folder: string, mode: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('no answer'), answerMs);
  });
  const asked = access(folder, mode).then(
    () => null,
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
  return Promise.race([asked, late]).finally(() => clearTimeout(timer));
}
