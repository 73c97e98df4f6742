import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';

/** A server program that we started and that will be stopped. */
export interface Child {
  readonly pid: number;
  /** What it has printed so far, the last 64 KiB. */
  output(): string;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<void>;
  /** Sends the signal and waits for the end; after 10 s kills. */
  stop(signal: NodeJS.Signals): Promise<void>;
}

/** The unprivileged user ("nobody") that database servers run as: they refuse to run as root. */
export const nobody = 65_534;

/** True when this process may change users. */
export const isRoot = process.getuid?.() === 0;

/**
 * Starts a server and waits until it prints that it is ready.
 * The server is killed by the kernel when we die (Linux), so that a killed test run leaves nothing behind.
 * @throws Error with the server's output when it ends or is not ready within `timeoutMs`
 */
export async function startChild(options: {
  command: [string, ...string[]];
  /** What it prints, or a question that resolves, when it is ready. */
  ready: RegExp | (() => Promise<void>);
  timeoutMs: number;
  env?: Record<string, string>;
}): Promise<Child> {
  const [program, ...parameters] = guarded(options.command);
  const child = spawn(program, parameters, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC', ...options.env },
    detached: true,
  });
  let text = '';
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${options.command.join(' ')}: ${why}\n${text}`));
    const timer = setTimeout(() => fail(`not ready after ${options.timeoutMs} ms`), options.timeoutMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const ask = async (question: () => Promise<void>): Promise<void> => {
      await question().catch((error: unknown) => fail(String(error)));
      done();
    };
    if (!(options.ready instanceof RegExp)) void ask(options.ready);
    const read = (chunk: Buffer): void => {
      text = (text + chunk.toString()).slice(-65_536);
      if (options.ready instanceof RegExp && options.ready.test(text)) done();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', () => {
      clearTimeout(timer);
      fail('ended before it was ready');
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await exited;
    throw error;
  });
  child.unref();
  return {
    pid: child.pid ?? 0,
    output: () => text,
    exited,
    stop: (signal) => stop(child, signal, exited),
  };
}

/** A TCP port of this loopback address that was free a moment ago. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals, exited: Promise<void>): Promise<void> {
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await exited;
  clearTimeout(timer);
}

/** Has the kernel kill the program when we die. */
function guarded(command: [string, ...string[]]): [string, ...string[]] {
  const setpriv = '/usr/bin/setpriv';
  if (!existsSync(setpriv) || command.includes('--pdeathsig')) return command;
  return [setpriv, '--pdeathsig', 'KILL', '--', ...command];
}
