import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { type Child, freePort, isRoot, nobody, startChild } from './child.ts';
import { commandOf, installedVersion, isInstalled, labFolder, systemFolder } from './places.ts';
import { type PostgresPrograms, postgresPrograms } from './postgres.ts';

/** A database server of our own, empty, on loopback, gone after `stop`. */
export interface Database {
  /** `postgres://postgres@127.0.0.1:PORT/patchcord` or `mysql://patchcord:patchcord@127.0.0.1:PORT/patchcord` */
  url: string;
  /** Stops the server at once and removes its data. */
  stop(): Promise<void>;
}

/** A PostgreSQL that can die and come back at the same address. */
export interface Postgres extends Database {
  /** Dies at once, as in a power cut; the data stays for `start`. */
  kill9(): Promise<void>;
  /** Starts again after `kill9`. @throws Error when it is not ready within 30 s */
  start(): Promise<void>;
}

/**
 * Starts PostgreSQL in a temporary folder, as an unprivileged user, without durability (it is for tests).
 * The first start on a machine makes a template of the data folder; later ones copy it and take about 0.3 s.
 * @throws Error when neither the machine nor the lab has PostgreSQL
 */
export async function startPostgres(): Promise<Postgres> {
  const programs = postgresPrograms();
  const template = await templateOf(`postgres-${programs.version}`, programs.dataHome, async (data) => {
    run(programs.command('initdb', data, ...'-U postgres -A trust -E UTF8 --locale=C -N'.split(' ')));
    const port = await freePort();
    const server = await launchPostgres(programs, data, port);
    const client = new Client(`postgres://postgres@127.0.0.1:${port}/postgres`);
    await client.connect();
    await client.query('create database patchcord');
    await client.end();
    await server.stop('SIGINT');
  });
  return startOnCopy(template, programs.dataHome, async (data) => {
    const port = await freePort();
    let server = await launchPostgres(programs, data, port);
    return {
      url: `postgres://postgres@127.0.0.1:${port}/patchcord`,
      stop: () => server.stop('SIGQUIT'),
      kill9: () => server.stop('SIGKILL'),
      start: async () => {
        server = await relaunchPostgres(programs, data, port);
      },
    };
  });
}

/**
 * Starts MariaDB in a temporary folder, as an unprivileged user, without durability (it is for tests).
 * @throws Error when the lab is not installed
 */
export async function startMariaDb(): Promise<Database> {
  const system = systemFolder(22);
  if (!isInstalled(22)) throw new Error('MariaDB comes with the lab: run `node lab/install.ts` as root on Debian');
  const template = await templateOf(`mariadb-${installedVersion}`, tmpdir(), async (data) => {
    const scripts = ['system_tables', 'performance_tables', 'system_tables_data'].map((name) =>
      readFileSync(join(system, 'usr/share/mariadb', `mariadb_${name}.sql`), 'utf8'),
    );
    const own = [
      'create database patchcord character set utf8mb4;',
      "create user 'patchcord'@'%' identified by 'patchcord';",
      "grant all on *.* to 'patchcord'@'%';",
    ];
    const input = ['create database mysql;', 'use mysql;', ...scripts, 'flush privileges;', ...own].join('\n');
    run([...mariaDbCommand(system, data), '--bootstrap'], input);
  });
  return startOnCopy(template, tmpdir(), async (data) => {
    const port = await freePort();
    const server = await startChild({
      command: [
        ...mariaDbCommand(system, data),
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        `--socket=${join(data, 'socket')}`,
        '--innodb-flush-log-at-trx-commit=0',
        '--skip-name-resolve',
        '--max-connections=200',
      ],
      ready: /ready for connections/,
      timeoutMs: 30_000,
    });
    return {
      url: `mysql://patchcord:patchcord@127.0.0.1:${port}/patchcord`,
      stop: () => server.stop('SIGKILL'),
    };
  });
}

function launchPostgres(programs: PostgresPrograms, data: string, port: number): Promise<Child> {
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'unix_socket_directories='];
  const options = settings.flatMap((setting) => ['-c', setting]);
  return startChild({
    command: programs.command('postgres', data, '-h', '127.0.0.1', '-p', String(port), ...options),
    ready: /ready to accept connections/,
    timeoutMs: 30_000,
  });
}

/** Processes of a killed server hold its shared memory for a moment, and it does not start meanwhile. */
async function relaunchPostgres(programs: PostgresPrograms, data: string, port: number): Promise<Child> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await launchPostgres(programs, data, port);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(200);
    }
  }
}

function mariaDbCommand(system: string, data: string): [string, ...string[]] {
  const share = join(system, 'usr/share/mariadb');
  return [
    ...commandOf(system, 'usr/sbin/mariadbd'),
    '--no-defaults',
    `--datadir=${data}`,
    `--basedir=${join(system, 'usr')}`,
    `--tmpdir=${data}`,
    `--lc-messages-dir=${share}`,
    `--plugin-dir=${join(system, 'usr/lib/mysql/plugin')}`,
    // it may be root here: the lab may lie where nobody else can read
    `--user=${userInfo().username}`,
    '--innodb-buffer-pool-size=64M',
    '--innodb-use-native-aio=0',
  ];
}

/** Makes the data folder once per machine; two processes that come together both make it and one is kept. */
async function templateOf(name: string, home: string, make: (data: string) => Promise<void>): Promise<string> {
  const template = join(labFolder, 'databases', name);
  if (existsSync(template)) return template;
  const data = emptyFolder(home);
  const draft = `${template}.${process.pid}`;
  try {
    await make(data);
    mkdirSync(join(labFolder, 'databases'), { recursive: true });
    cpSync(data, draft, { recursive: true });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
  try {
    renameSync(draft, template);
  } catch {
    rmSync(draft, { recursive: true, force: true });
  }
  return template;
}

async function startOnCopy<T extends Database>(
  template: string,
  home: string,
  launch: (data: string) => Promise<T>,
): Promise<T> {
  const data = emptyFolder(home);
  cpSync(template, data, { recursive: true });
  giveToNobody(data);
  try {
    const database = await launch(data);
    return {
      ...database,
      stop: async () => {
        await database.stop();
        rmSync(data, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw error;
  }
}

function emptyFolder(home: string): string {
  const folder = mkdtempSync(join(home, 'patchcord-data-'));
  chmodSync(folder, 0o700);
  if (isRoot) chownSync(folder, nobody, nobody);
  return folder;
}

function giveToNobody(folder: string): void {
  if (!isRoot) return;
  chownSync(folder, nobody, nobody);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), nobody, nobody);
  }
  chmodSync(folder, 0o700);
}

function run(command: string[], input = ''): void {
  const [program = '', ...parameters] = command;
  execFileSync(program, parameters, { input, cwd: '/', stdio: 'pipe' });
}
