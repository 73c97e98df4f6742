import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything that the lab installs or writes lives here; git ignores it. */
export const labFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.lab');

/** Which Asterisk: the newest long-term release, and the oldest one that customers still run. */
export type AsteriskVersion = 22 | 16;

/** Raise this when what is installed changes: older installations are then made anew. */
export const installedVersion = '1';

/** The folder that holds a Debian system with Asterisk of this version (the newer one holds the databases too). */
export function systemFolder(version: AsteriskVersion): string {
  return join(labFolder, `asterisk${version}`);
}

/** Why the lab cannot be installed on this machine, in one line, is written here. */
export const unavailableFile = join(labFolder, 'unavailable');

/** Whether `lab/install.ts` finished this system, in the version that this code wants. */
export function isInstalled(version: AsteriskVersion): boolean {
  const stamp = join(systemFolder(version), 'installed');
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === installedVersion;
}

/**
 * The words that run a program out of an installed system with that system's libraries and no chroot: its own dynamic
 * loader starts it, so paths mean the same to it and to us.
 * @param program path inside the system, e.g. `usr/sbin/asterisk`
 */
export function commandOf(system: string, program: string): [string, ...string[]] {
  const folders = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib', 'lib'].map((name) =>
    join(system, name),
  );
  // glibc before 2.34 calls the file behind the well-known link by its own version
  const names = ['ld-linux-x86-64.so.2', 'ld-2.31.so'];
  const loader = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (loader === undefined) throw new Error(`no dynamic loader in ${system}`);
  return [loader, '--library-path', folders.join(':'), join(system, program)];
}
