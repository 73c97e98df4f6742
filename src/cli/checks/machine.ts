// What is checked on this machine: settings, database, disk, port.
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import { isRegion } from '../../phones/number.ts';
import { folderTroubles } from '../../recordings/folders.ts';
import type { Settings } from '../../settings/schema.ts';
import { openStore } from '../../store/open-store.ts';
import { StoreError } from '../../store/store-error.ts';
import { urlOf } from '../api-client.ts';
import { sqliteFile } from '../store-of.ts';
import { failed, ok, warning, type Finding } from './finding.ts';

const gib = 1024 ** 3;
const answerMs = 3000;

/** The settings are valid when this is asked; what is left is what is odd about them. */
export function checkSettings(settings: Settings, file: string | null): Finding[] {
  const name = 'settings';
  const findings: Finding[] = [];
  if (file === null) {
    findings.push(
      warning(
        name,
        'there is no patchcord.yaml here: a demo plays',
        'patchcord config sample > patchcord.yaml, and fill in pbx',
      ),
    );
  } else if (settings.pbx.length === 0) {
    findings.push(warning(name, `${file} names no Asterisk: a demo plays`, 'Fill in pbx'));
  } else {
    findings.push(ok(name, `${file} is right`));
  }
  if (!isRegion(settings.region)) {
    findings.push(
      warning(
        name,
        `nothing is known of the numbers of region ${settings.region}`,
        'Set region to a country with a numbering plan of its own',
      ),
    );
  }
  // eslint-disable-next-line no-bitwise -- the bits of a file mode
  if (file !== null && process.platform !== 'win32' && (statSync(file).mode & 0o004) !== 0 && settings.pbx.length > 0) {
    findings.push(
      warning(
        name,
        `${file} can be read by every user of this machine`,
        `chmod o-r ${file}, or keep secrets in secretFile or the environment`,
      ),
    );
  }
  return findings;
}

/** Opens the database and writes to it; one that is not there yet is not made. */
export async function checkDatabase(settings: Settings): Promise<Finding[]> {
  const name = 'database';
  const file = sqliteFile(settings.database);
  if (file !== null && !existsSync(file)) return [checkFolder(name, file)];
  try {
    const store = await openStore(settings.database);
    try {
      // A position of a source that nobody has: proves that a commit goes through and changes nothing that is looked at.
      await store.setPosition('doctor', new Date().toISOString());
      const { ok: isOk, message, mend } = await store.status();
      return [isOk ? ok(name, `${message} (written to)`) : failed(name, message, mend ?? 'See the log')];
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return [failed(name, error.message, error.mend)];
    throw error;
  }
}

function checkFolder(name: string, file: string): Finding {
  let folder = dirname(file);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return ok(name, `${file} will be made at the first start`);
  } catch {
    // The only thing that access tells is that it is not allowed.
    return failed(
      name,
      `${file} cannot be made: ${folder} may not be written`,
      `Let this user write ${folder}, or change database`,
    );
  }
}

/** Room on the disk of the data folder (and of a SQLite database). */
export async function checkDisk(settings: Settings): Promise<Finding[]> {
  const name = 'disk';
  let folder = dirname(sqliteFile(settings.database) ?? settings.data);
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  const said = `${(freeBytes / gib).toFixed(1)} GiB are free at ${folder}`;
  if (freeBytes < gib / 10) return [failed(name, said, 'Make room: without it no call can be stored')];
  return [freeBytes < gib ? warning(name, said, 'Make room soon') : ok(name, said)];
}

/** The folders of recordings can be used. */
export async function checkFolders(settings: Settings): Promise<Finding[]> {
  const troubles = await folderTroubles(settings);
  if (troubles.length === 0) return [ok('recordings', 'the folders of recordings can be used')];
  return troubles.map(({ part, level, message, mend }) => ({ name: part, level, message, mend }));
}

/** The port is free, or a Patchcord is there already. */
export async function checkPort(settings: Settings): Promise<Finding[]> {
  const name = 'port';
  const { listen } = settings;
  const colon = listen.lastIndexOf(':');
  const host = listen.slice(0, colon).replaceAll(/[[\]]/g, '');
  const code = await tryListen(host === '' ? undefined : host, Number(listen.slice(colon + 1)));
  if (code === null) return [ok(name, `${listen} is free`)];
  if (code === 'EADDRINUSE') {
    if (await isPatchcord(urlOf(listen))) return [ok(name, `Patchcord runs at ${listen}`)];
    return [
      failed(name, `${listen} is taken by another program`, `Stop that program (ss -ltnp shows it), or change listen`),
    ];
  }
  if (code === 'EACCES')
    return [failed(name, `${listen} may not be listened on by this user`, 'Choose a port over 1023 for listen')];
  return [failed(name, `${listen} cannot be listened on (${code})`, 'Set listen to an address of this machine')];
}

function tryListen(host: string | undefined, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ port, ...(host === undefined ? {} : { host }) }, () => server.close(() => resolve(null)));
  });
}

async function isPatchcord(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/v1/health`, { signal: AbortSignal.timeout(answerMs), redirect: 'error' });
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'ok' in body;
  } catch {
    // Whatever is there, it does not answer as we do.
    return false;
  }
}
