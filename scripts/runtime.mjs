// Plain JavaScript that an older Node understands: it finds or fetches the Node that the project runs on.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const NODE_VERSION = '24.21.0';
const NODE_FLOOR = [24, 11];

const systems = { linux: 'linux', darwin: 'darwin', win32: 'win' };
const runtimePackage = `node-${systems[process.platform]}-${process.arch}`;
const runtimeFolder = join(root, '.runtime');
const fetched = join(
  runtimeFolder,
  'node_modules',
  runtimePackage,
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
);

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
}

/** Whether the Node of this process can run the project. */
export const canRun = isNewEnough(process.versions.node);

/** Path of a Node that can run the project, or null when `npm run setup` has to fetch one first. */
export function findNode() {
  if (canRun) return process.execPath;
  return existsSync(fetched) ? fetched : null;
}

/** Fetches Node from the npm registry as a package; the machine's own Node is left as it is. */
export function fetchNode() {
  const done = spawnSync(
    'npm',
    ['install', '--prefix', runtimeFolder, '--no-save', `${runtimePackage}@${NODE_VERSION}`],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (done.status !== 0 || !existsSync(fetched)) {
    console.error(
      `patchcord: could not fetch Node ${NODE_VERSION} (package ${runtimePackage}).\n` +
        `Check that npm reaches its registry, or install Node ${NODE_FLOOR.join('.')} or newer yourself.`,
    );
    process.exit(1);
  }
  return fetched;
}

/**
 * Replaces this process, as far as Node allows it: runs `node args`, passes signals on, ends with its exit code.
 */
export function become(node, args) {
  // A small young generation: half the memory at rest, for a few per cent of speed that a PBX never asks for.
  // One place for small blocks of memory instead of one for each thread (glibc): some megabytes less at rest.
  const env = { MALLOC_ARENA_MAX: '2', ...process.env };
  const child = spawn(node, ['--max-semi-space-size=2', ...args], { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
