import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const limits = { timeout: 600_000, maxBuffer: 16 * 1024 * 1024 };

/** Installs the package `debootstrap` when the machine lacks it. */
export function ensureDebootstrap(say: (line: string) => void): void {
  if (existsSync('/usr/sbin/debootstrap')) return;
  say('installing the package debootstrap');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', 'debootstrap'];
  try {
    execFileSync('apt-get', install, { env, stdio: 'ignore' });
  } catch {
    execFileSync('apt-get', ['update'], { env, stdio: 'ignore' });
    execFileSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
}

/**
 * Puts the packages and all that they need, from the first mirror that has the suite, into the folder. Only unpacks: the
 * packages' installation scripts do not run, so nothing is started, no user is made, and it takes seconds.
 * debootstrap checks the signatures against Debian's keyring.
 * @throws Error with debootstrap's last words
 */
export async function bootstrap(wanted: {
  suite: string;
  packages: string[];
  folder: string;
  mirrors: string[];
}): Promise<void> {
  const { suite, packages, folder, mirrors } = wanted;
  const failures: string[] = [];
  for (const mirror of mirrors) {
    rmSync(folder, { recursive: true, force: true });
    const options = ['--variant=minbase', '--download-only', `--include=${packages.join(',')}`];
    // the script named last serves every release since; debootstrap itself may be older than the suite
    const script = '/usr/share/debootstrap/scripts/sid';
    try {
      await run('/usr/sbin/debootstrap', [...options, suite, folder, mirror, script], limits);
      await unpack(folder);
      return;
    } catch (error) {
      failures.push(`${mirror}: ${lastWords(error)}`);
    }
  }
  throw new Error(`Debian ${suite} could not be fetched: ${failures.join('; ')}`);
}

async function unpack(folder: string): Promise<void> {
  const archives = join(folder, 'var/cache/apt/archives');
  const packages = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  // since Debian 13 this one brings the links /lib -> usr/lib and so on: they must stand before the others come
  packages.sort((a, b) => Number(b.startsWith('base-files_')) - Number(a.startsWith('base-files_')));
  const unneeded = ['doc', 'man', 'locale', 'info', 'i18n', 'perl'].map((name) => `--exclude=./usr/share/${name}`);
  for (const name of packages) {
    const pipe = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink --no-same-owner "${@:3}"';
    await run('bash', ['-o', 'pipefail', '-c', pipe, 'unpack', join(archives, name), folder, ...unneeded], limits);
  }
  rmSync(archives, { recursive: true });
  rmSync(join(folder, 'var/lib/apt/lists'), { recursive: true, force: true });
}

function lastWords(error: unknown): string {
  const { stdout = '', stderr = '', message = '' } = error as { stdout?: string; stderr?: string; message?: string };
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => /^[EW]: /.test(line));
  return lines.at(-1) ?? message.slice(0, 200);
}
