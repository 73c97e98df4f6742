import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRoot } from './child.ts';
import { bootstrap, ensureDebootstrap } from './debian.ts';
import { debianMirrors } from './mirrors.ts';
import {
  type AsteriskVersion,
  installedVersion,
  isInstalled,
  labFolder,
  systemFolder,
  unavailableFile,
} from './places.ts';
import { machineHasPostgres } from './postgres.ts';

const asterisk = ['asterisk', 'asterisk-modules', 'asterisk-core-sounds-en-gsm', 'odbc-mariadb'];
const postgres = machineHasPostgres() ? [] : ['postgresql'];
const systems: { version: AsteriskVersion; suite: string; packages: string[] }[] = [
  { version: 22, suite: 'forky', packages: [...asterisk, 'mariadb-server-core', ...postgres] },
  { version: 16, suite: 'bullseye', packages: [...asterisk, 'asterisk-voicemail'] },
];

/**
 * Installs both Asterisk, each as a folder of Debian packages under `.lab`, and MariaDB (PostgreSQL too, where the
 * machine has none) with the newer one. Nothing of the
 * machine is changed, except that the package `debootstrap` is installed when missing; no service is set up or started.
 * Does nothing when all is there.
 * @throws Error with the reason when this machine cannot have it
 */
export async function installLab(say: (line: string) => void): Promise<void> {
  const missing = systems.filter(({ version }) => !isInstalled(version));
  if (missing.length === 0) return;
  const started = performance.now();
  refuseStrangeMachine();
  mkdirSync(labFolder, { recursive: true });
  removeLeftovers();
  ensureDebootstrap(say);
  const mirrors = debianMirrors();
  if (mirrors.length === 0) throw new Error('the package sources of this machine name no Debian mirror');
  say(`fetching Asterisk ${missing.map(({ version }) => version).join(' and ')} into .lab (about a minute, once)`);
  await Promise.all(
    missing.map(async ({ version, suite, packages }) => {
      const draft = `${systemFolder(version)}.part-${process.pid}`;
      await bootstrap({ suite, packages, folder: draft, mirrors });
      writeFileSync(join(draft, 'installed'), installedVersion);
      rmSync(systemFolder(version), { recursive: true, force: true });
      renameSync(draft, systemFolder(version));
      say(`Asterisk ${version} is in .lab (${seconds(started)} s)`);
    }),
  );
}

function refuseStrangeMachine(): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('the lab needs Linux on x86-64');
  if (!existsSync('/etc/debian_version'))
    throw new Error('the lab needs Debian (or a relative of it) for its packages');
  if (!isRoot) throw new Error('debootstrap needs root: run `sudo node lab/install.ts` once');
}

/** What installations that were cut off left behind; one that still runs keeps its own. */
function removeLeftovers(): void {
  for (const name of readdirSync(labFolder)) {
    const pid = /\.part-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(join(labFolder, name), { recursive: true, force: true });
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(0);
}

async function main(): Promise<void> {
  const say = (line: string): void => console.error(`lab: ${line}`);
  try {
    await installLab(say);
    rmSync(unavailableFile, { force: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`not available here: ${reason}`);
    mkdirSync(labFolder, { recursive: true });
    writeFileSync(unavailableFile, `${reason}\n`);
    if (process.env['CI'] === 'true') process.exitCode = 1;
  }
}

if (import.meta.main) await main();
