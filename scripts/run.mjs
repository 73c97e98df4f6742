// What stands behind the npm scripts. Does whatever set-up is missing, says so, then runs the command on the right Node.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { become, fetchNode, findNode, NODE_VERSION, root } from './runtime.mjs';

const [command = 'help', ...rest] = process.argv.slice(2);
process.chdir(root);

function say(text) {
  console.error(`patchcord: ${text}`);
}

/** Dependencies as the lock file names them; skipped when they already are. */
function installDependencies(node) {
  const stamp = join(root, 'node_modules', '.patchcord-lock');
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing dependencies (about 20 s, once)');
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: withNode(node),
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    say(
      'npm ci failed; what it said stands above. Check that npm reaches its registry and that the disk has 1 GB free.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

/** The environment in which `node` means the project's Node, for npm and for every child. */
function withNode(node) {
  return { ...process.env, PATH: `${dirname(node)}:${process.env.PATH}` };
}

function setUp() {
  let node = findNode();
  if (!node) {
    say(`Node ${process.versions.node} is too old; fetching Node ${NODE_VERSION} into .runtime/ (about 5 s, once)`);
    node = fetchNode();
  }
  installDependencies(node);
  return node;
}

/** Runs the steps one after another and stops at the first that fails. */
function steps(node, list) {
  for (const [title, file, args] of list) {
    say(title);
    const done = spawnSync(node, [file, ...args], { stdio: 'inherit', env: withNode(node) });
    if (done.status !== 0) process.exit(done.status ?? 1);
  }
}

const bin = (name) => {
  const folder = join(root, 'node_modules', name);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const target = typeof manifest.bin === 'string' ? manifest.bin : Object.values(manifest.bin)[0];
  return join(folder, target);
};

const check = () => [
  ['check: formatting', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  ['check: lint (type-aware)', bin('oxlint'), ['--type-aware', '--deny-warnings']],
  ['check: types', bin('typescript'), ['--noEmit']],
  ['check: import boundaries and generated files', bin('vitest'), ['run', '--project', 'check']],
];

const commands = {
  setup() {
    setUp();
    say('ready: npx patchcord --help');
  },
  start() {
    become(setUp(), [join(root, 'bin/patchcord.mjs'), 'start', ...rest]);
  },
  check() {
    steps(setUp(), check());
  },
  format() {
    steps(setUp(), [['formatting', bin('prettier'), ['--write', '--log-level', 'warn', '.']]]);
  },
  test() {
    const node = setUp();
    const narrowed = rest.length > 0;
    steps(node, [
      ...(narrowed ? [] : check()),
      ['test machinery (a real Asterisk 22 and 16, PostgreSQL, MariaDB)', join(root, 'lab/install.ts'), []],
      // One after the other: what is played on the real Asterisk is to have the machine for itself.
      ...(narrowed
        ? [['tests', bin('vitest'), ['run', ...rest]]]
        : [
            ['tests', bin('vitest'), ['run', '--project', 'unit']],
            ['tests on the real Asterisk', bin('vitest'), ['run', '--project', 'e2e']],
          ]),
    ]);
  },
  bench() {
    become(setUp(), [join(root, 'bench/main.ts'), ...rest]);
  },
  lab() {
    become(setUp(), [join(root, 'lab/main.ts'), ...rest]);
  },
  'fake:bitrix24'() {
    become(setUp(), [join(root, 'test/fakes/bitrix24/main.ts'), ...rest]);
  },
  help() {
    console.log(
      'npm start | npm test | npm run check | npm run bench | npm run lab | npm run fake:bitrix24 | npm run format | npm run setup',
    );
  },
};

const run = commands[command];
if (!run) {
  say(`unknown command "${command}"; known: ${Object.keys(commands).join(', ')}`);
  process.exit(2);
}
run();
