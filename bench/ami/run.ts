import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { median, printTable, writeResult } from '../report.ts';
import { PROBES } from './probes.ts';
import { STREAM_EVENTS } from './stream.ts';

const CLIENTS = ['patchcord', 'asterisk.io', 'yana', 'ami-io', 'asterisk-manager'] as const;
const KINDS = ['three', 'eight'] as const;
/** Runs of each client; the middle one counts. They take turns, so that a busy moment does not fall on one alone. */
const ROUNDS = 3;
const CLIENT_TIMEOUT_MS = 120_000;

const peersFolder = join(import.meta.dirname, '..', 'peers');
const run1 = promisify(execFile);

interface Measured {
  eventsPerSecond: number;
  cpuMicrosecondsPerEvent: number;
  memoryMb: number;
  checksum: number;
}

interface Ports {
  stream: number;
  probes: number;
}

/** Compares the AMI client with those of npm, on the same stream from one server. `args[0]`: events in the stream. */
export async function run(args: string[]): Promise<void> {
  const events = Number(args[0] ?? STREAM_EVENTS);
  installPeers();
  const server = spawn(process.execPath, [join(import.meta.dirname, 'server.ts'), String(events)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const { value } = await createInterface(server.stdout)[Symbol.asyncIterator]().next();
    const ports = JSON.parse(String(value)) as Ports;
    const speed = await measureSpeed(ports.stream, events);
    const probes = await measureProbes(ports.probes);
    printSpeed(speed, events);
    printProbes(probes);
    console.log('\nnot measured: amigo (Go), because it needs a Go toolchain, which this project does not install');
    writeResult('ami', { events, speed, probes });
  } finally {
    server.kill();
  }
}

/** The clients to compare with are no dependencies of Patchcord: they are installed here, when first needed. */
function installPeers(): void {
  if (existsSync(join(peersFolder, 'node_modules', 'yana'))) return;
  console.log('installing the clients to compare with into bench/peers (a few seconds, once)');
  const options = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = spawnSync('npm', options, { cwd: peersFolder, stdio: 'inherit', shell: process.platform === 'win32' });
  if (done.status !== 0) throw new Error('npm ci in bench/peers failed; what it said stands above');
}

async function measureSpeed(port: number, events: number): Promise<Record<string, Record<string, Measured | string>>> {
  const speed: Record<string, Record<string, Measured | string>> = {};
  for (const kind of KINDS) {
    const runs: Record<string, (Measured | string)[]> = {};
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const client of CLIENTS) {
        (runs[client] ??= []).push(await inChild<Measured>(client, kind, port, events));
      }
    }
    for (const client of CLIENTS) (speed[client] ??= {})[kind] = middle(runs[client]!);
  }
  return speed;
}

async function measureProbes(port: number): Promise<Record<string, Record<string, boolean> | string>> {
  const probes: Record<string, Record<string, boolean> | string> = {};
  for (const client of CLIENTS) probes[client] = await inChild<Record<string, boolean>>(client, 'probes', port, 0);
  return probes;
}

/** What the client did, or why there is no figure. */
async function inChild<Result>(client: string, kind: string, port: number, events: number): Promise<Result | string> {
  const file = join(import.meta.dirname, 'measure.ts');
  try {
    const options = { timeout: CLIENT_TIMEOUT_MS };
    const { stdout } = await run1(process.execPath, [file, client, kind, String(port), String(events)], options);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Result;
  } catch (error) {
    const { killed, stderr } = error as { killed?: boolean; stderr?: string };
    if (killed) return `not done in ${CLIENT_TIMEOUT_MS / 1000} s`;
    return `failed: ${stderr?.match(/^\w*Error.*$/m)?.[0] ?? String(error)}`;
  }
}

function middle(runs: (Measured | string)[]): Measured | string {
  const failed = runs.find((one) => typeof one === 'string');
  if (failed !== undefined) return failed;
  const done = runs.filter((one) => typeof one !== 'string');
  return {
    eventsPerSecond: median(done.map((one) => one.eventsPerSecond)),
    cpuMicrosecondsPerEvent: median(done.map((one) => one.cpuMicrosecondsPerEvent)),
    memoryMb: median(done.map((one) => one.memoryMb)),
    checksum: done[0]!.checksum,
  };
}

function printSpeed(speed: Record<string, Record<string, Measured | string>>, events: number): void {
  for (const [kind, title] of [
    ['three', 'name, Uniqueid and Channel of each event read'],
    ['eight', 'eight fields of each event read'],
  ] as const) {
    const ours = speed['patchcord']![kind]!;
    const rows = CLIENTS.map((client) => {
      const one = speed[client]![kind]!;
      if (typeof one === 'string') return [client, one, '', '', '', ''];
      const times = typeof ours === 'string' ? '' : `${(ours.eventsPerSecond / one.eventsPerSecond).toFixed(1)}×`;
      const right = typeof ours !== 'string' && one.checksum === ours.checksum ? 'yes' : 'NO';
      return [client, one.eventsPerSecond, times, one.cpuMicrosecondsPerEvent, one.memoryMb, right];
    });
    const columns = ['client', 'events/s', 'ours is', 'CPU µs/event', 'peak MB', 'same values'];
    printTable(`${events.toLocaleString('en-US')} events of 438 bytes over loopback, ${title}`, columns, rows);
  }
}

function printProbes(probes: Record<string, Record<string, boolean> | string>): void {
  const rows = PROBES.map(({ name }) => [
    name,
    ...CLIENTS.map((client) => {
      const one = probes[client]!;
      if (typeof one === 'string') return one;
      return one[name] ? 'right' : 'WRONG';
    }),
  ]);
  printTable('correctness', ['probe', ...CLIENTS], rows);
}
