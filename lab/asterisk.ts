import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { AmiTap, header } from './ami.ts';
import { type Child, startChild } from './child.ts';
import { companies as allCompanies, type Company } from './company.ts';
import { pjsipFile } from './config/pjsip.ts';
import { plainFiles } from './config/plain.ts';
import { createRecordTables, odbcEnvironment, recordFiles } from './config/records.ts';
import { freepbxDatabase, freepbxFiles } from './config/freepbx.ts';
import { type Dialplan, type ManagerUser, managerUsers, type Plan, serverFiles } from './config/server.ts';
import { type AsteriskVersion, commandOf, isInstalled, systemFolder } from './places.ts';

/** A real Asterisk that runs on a loopback address of its own, out of a temporary folder. */
export interface Asterisk {
  readonly version: AsteriskVersion;
  readonly amiHost: string;
  readonly amiPort: number;
  /** `full` may do everything, `least` what Patchcord needs, `none` only log in. */
  readonly users: typeof managerUsers;
  readonly sipHost: string;
  readonly sipPort: number;
  /** Where the other end of the trunk must listen, port 5060. */
  readonly trunkHost: string;
  readonly companies: Company[];
  /** CEL in the columns that `patchcord replay --format cel-csv` takes. */
  readonly celFile: string;
  /** CDR as cdr_csv writes it, with linkedid and sequence. */
  readonly cdrFile: string;
  readonly monitorFolder: string;
  readonly folder: string;
  /** A manager connection with all rights and all events. */
  tap(): Promise<AmiTap>;
  /** `core stop now`, and removes the folder. */
  stop(): Promise<void>;
  /** Dies at once, as in a power cut; the folder stays for `start`. */
  kill9(): Promise<void>;
  /** Starts again after `kill9`, with the same configuration and files. */
  start(): Promise<void>;
  /** Stops in an orderly way and starts again. */
  restart(): Promise<void>;
}

/**
 * Starts an Asterisk and waits until it says FullyBooted.
 * @throws Error when the lab is not installed, or Asterisk is not ready within 30 s
 */
export async function startAsterisk(options: {
  version: AsteriskVersion;
  /** Default: `plain`. */
  dialplan?: Dialplan;
  companies?: Company[];
  /** A database (`postgres://…` or `mysql://…`) into whose tables `cel` and `cdr` it writes, besides the CSV files. */
  records?: string;
  /** More manager users, e.g. to try out what rights the product needs. */
  users?: ManagerUser[];
}): Promise<Asterisk> {
  const { version, companies = allCompanies } = options;
  if (!isInstalled(version)) throw new Error(`Asterisk ${version} is not installed: run \`node lab/install.ts\``);
  const network = await freeNetwork(version);
  const run = mkdtempSync(join(tmpdir(), `patchcord-asterisk${version}-`));
  const system = systemFolder(version);
  const plan: Plan = {
    version,
    dialplan: options.dialplan ?? 'plain',
    companies,
    host: `${network}.1`,
    trunkHost: `${network}.200`,
    folders: { run, etc: join(run, 'etc'), modules: modulesOf(system), data: join(run, 'data') },
    users: [...Object.values(managerUsers), ...(options.users ?? [])],
    records: options.records ?? null,
  };
  writeFolder(plan, system);
  if (plan.records !== null) await createRecordTables(plan.records);
  const command: [string, ...string[]] = [
    ...commandOf(system, 'usr/sbin/asterisk'),
    '-f',
    '-C',
    `${plan.folders.etc}/asterisk.conf`,
  ];
  let child: Child | null = null;
  const start = async (): Promise<void> => {
    child = await startChild({
      command,
      ready: () => booted(plan.host),
      timeoutMs: 30_000,
      env: odbcEnvironment(plan),
    });
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await child?.stop(signal);
    child = null;
  };
  await start();
  if (plan.dialplan === 'freepbx') await fillDatabase(plan);
  return {
    version,
    amiHost: plan.host,
    amiPort: 5038,
    users: managerUsers,
    sipHost: plan.host,
    sipPort: 5060,
    trunkHost: plan.trunkHost,
    companies,
    celFile: join(run, 'log/cel-custom/Master.csv'),
    cdrFile: join(run, 'log/cdr-csv/Master.csv'),
    monitorFolder: join(run, 'spool/monitor'),
    folder: run,
    tap: () => AmiTap.open({ host: plan.host, port: 5038, ...managerUsers.full }),
    stop: async () => {
      await end('SIGTERM');
      rmSync(run, { recursive: true, force: true });
    },
    kill9: () => end('SIGKILL'),
    start,
    restart: async () => {
      await end('SIGTERM');
      await start();
    },
  };
}

/** What FreePBX would have put into AstDB. */
async function fillDatabase(plan: Plan): Promise<void> {
  const tap = await AmiTap.open({ host: plan.host, port: 5038, ...managerUsers.full });
  for (const [family, key, value] of plan.companies.flatMap(freepbxDatabase)) {
    await tap.send({ Action: 'DBPut', Family: family, Key: key, Val: value });
  }
  tap.close();
}

/** The first three numbers of a loopback network that no other lab uses: 127.x.22 or 127.x.16. */
async function freeNetwork(version: AsteriskVersion): Promise<string> {
  const first = 1 + Math.floor(Math.random() * 250);
  for (let i = 0; i < 250; i++) {
    const network = `127.${1 + ((first + i) % 250)}.${version}`;
    if (await isFree(`${network}.1`, 5038)) return network;
  }
  throw new Error('no free loopback network');
}

function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

/** Waits until the manager interface answers and says that all modules are loaded. */
async function booted(host: string): Promise<void> {
  for (;;) {
    try {
      const tap = await AmiTap.open({ host, port: 5038, ...managerUsers.full });
      await tap.seen((block) => header(block, 'Event') === 'FullyBooted', 30_000);
      tap.close();
      return;
    } catch {
      await wait(50);
    }
  }
}

function modulesOf(system: string): string {
  const folders = ['usr/lib/x86_64-linux-gnu/asterisk/modules', 'usr/lib/asterisk/modules'].map((f) => join(system, f));
  return folders.find((folder) => existsSync(folder) && readdirSync(folder).length > 0) ?? join(system, 'usr/lib');
}

function writeFolder(plan: Plan, system: string): void {
  const { run, etc, data } = plan.folders;
  const folders = [
    'log/cel-custom',
    'log/cdr-csv',
    'spool/monitor',
    'spool/voicemail',
    'spool/tmp',
    'lib',
    'cache',
    'moh',
    'data/sounds',
  ];
  for (const folder of [etc, ...folders.map((name) => join(run, name))]) mkdirSync(folder, { recursive: true });
  const share = join(system, 'usr/share/asterisk');
  for (const name of ['documentation', 'static-http', 'rest-api', 'keys', 'agi-bin']) {
    if (existsSync(join(share, name))) symlinkSync(join(share, name), join(data, name));
  }
  const sounds = join(share, 'sounds/en_US_f_Allison');
  symlinkSync(sounds, join(data, 'sounds/en'));
  // music on hold does not start, and says nothing of it, when its folder is empty
  symlinkSync(join(sounds, 'demo-congrats.gsm'), join(run, 'moh/music.gsm'));
  const files = {
    ...serverFiles(plan),
    'pjsip.conf': pjsipFile(plan),
    ...(plan.dialplan === 'plain' ? plainFiles(plan.companies) : freepbxFiles(plan.version, plan.companies)),
    ...recordFiles(plan, join(system, 'usr/lib/x86_64-linux-gnu/odbc/libmaodbc.so')),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(etc, name), text);
}
