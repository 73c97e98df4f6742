import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRoot, nobody } from './child.ts';
import { systemFolder } from './places.ts';

/** Where PostgreSQL's programs are and how they are started. */
export interface PostgresPrograms {
  /** For the name of the template: two versions cannot share a data folder. */
  version: string;
  /** Where data folders must be. */
  dataHome: string;
  /** The words that run a program on a data folder as an unprivileged user, the program's own arguments last. */
  command(program: string, data: string, ...parameters: string[]): [string, ...string[]];
}

/** Whether the machine itself has a PostgreSQL server; if not, the lab installs one. */
export function machineHasPostgres(): boolean {
  return newestIn('/') !== null;
}

/**
 * The machine's PostgreSQL, or else the lab's. PostgreSQL looks for its other programs by itself and refuses root, so the
 * lab's runs in a chroot.
 * @throws Error when there is neither
 */
export function postgresPrograms(): PostgresPrograms {
  const own = newestIn('/');
  if (own !== null) {
    return {
      version: own,
      dataHome: tmpdir(),
      command: (program, data, ...parameters) => [
        ...asNobody(`/usr/lib/postgresql/${own}/bin/${program}`),
        '-D',
        data,
        ...parameters,
      ],
    };
  }
  const system = systemFolder(22);
  const installed = newestIn(system);
  if (installed === null)
    throw new Error('no PostgreSQL server: install the package `postgresql`, or `node lab/install.ts`');
  furnish(system);
  return {
    version: installed,
    dataHome: join(system, 'tmp'),
    command: (program, data, ...parameters) => [
      '/usr/sbin/chroot',
      system,
      ...asNobody(`/usr/lib/postgresql/${installed}/bin/${program}`),
      '-D',
      data.slice(system.length),
      ...parameters,
    ],
  };
}

function newestIn(root: string): string | null {
  const home = join(root, 'usr/lib/postgresql');
  const versions = existsSync(home) ? readdirSync(home) : [];
  const usable = versions.filter((version) => existsSync(join(home, version, 'bin/initdb')));
  return usable.sort((a, b) => Number(b) - Number(a))[0] ?? null;
}

/** The words that run a program without rights, and have the kernel kill it when we die. */
function asNobody(program: string): [string, ...string[]] {
  const setpriv = '/usr/bin/setpriv';
  if (!existsSync(setpriv)) return [program];
  const rights = isRoot ? [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'] : [];
  return [setpriv, '--pdeathsig', 'KILL', ...rights, '--', program];
}

/** What PostgreSQL needs of a system that nobody set up: a user list, a null device, shared memory. Plain files do. */
function furnish(system: string): void {
  const user = `nobody:x:${nobody}:${nobody}:nobody:/:/bin/sh\n`;
  if (!existsSync(join(system, 'etc/passwd')))
    writeFileSync(join(system, 'etc/passwd'), `root:x:0:0:root:/:/bin/sh\n${user}`);
  for (const [path, mode] of [
    ['dev/shm', 0o1777],
    ['tmp', 0o1777],
  ] as const) {
    mkdirSync(join(system, path), { recursive: true });
    chmodSync(join(system, path), mode);
  }
  if (!existsSync(join(system, 'dev/null'))) {
    writeFileSync(join(system, 'dev/null'), '');
    chmodSync(join(system, 'dev/null'), 0o666);
  }
}
