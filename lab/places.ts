import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Everything that the lab installs or writes lives here; git ignores it. */
export const labFolder = join(dirname(dirname(fileURLToPath(import.meta.url))), '.lab');

/** Which Asterisk: the newest long-term release, and the oldest one that customers still run. */
export type AsteriskVersion = 22 | 16;

/** The folder that holds a Debian system with Asterisk of this version (the newer one holds the databases too). */
export function systemFolder(version: AsteriskVersion): string {
  return join(labFolder, `asterisk${version}`);
}

/** Why the lab cannot be installed on this machine, in one line, is written here. */
export const unavailableFile = join(labFolder, 'unavailable');

/** The dynamic loader of an installed system: its programs run on our own kernel and C library without chroot. */
export function loaderOf(system: string): string {
  return join(system, 'lib64', 'ld-linux-x86-64.so.2');
}

/**
 * The words before a program's own arguments that run it out of an installed system with that system's libraries.
 * @param program path inside the system, e.g. `usr/sbin/asterisk`
 */
export function commandOf(system: string, program: string): [string, ...string[]] {
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu', 'usr/lib', 'lib'];
  return [
    loaderOf(system),
    '--library-path',
    libraries.map((folder) => join(system, folder)).join(':'),
    join(system, program),
  ];
}

/** Whether this Asterisk was installed by `lab/install.ts`. */
export function isInstalled(version: AsteriskVersion): boolean {
  return existsSync(join(systemFolder(version), 'installed'));
}
