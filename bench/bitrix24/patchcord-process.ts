import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Child, startChild } from '../../lab/child.ts';
import { adminUser } from './clients.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'patchcord.mjs');
const settleMs = 30_000;

export interface PatchcordGiven {
  /** What it keeps. */
  folder: string;
  database: string;
  pbx: object[];
  crm: object[];
}

/** The connection to a portal on loopback. */
export function connectionTo(webhook: string, requestsPerSec: number): object {
  const open = { allowPrivate: true, allowHttp: true };
  return { name: 'portal', type: 'bitrix24', webhook, requestsPerSec, ...open, events: 'none', language: 'en' };
}

/** Patchcord in a process of its own, as in earnest. */
export class PatchcordProcess {
  readonly #child: Child;
  readonly #url: string;
  readonly #token: string;

  private constructor(child: Child, url: string, token: string) {
    this.#child = child;
    this.#url = url;
    this.#token = token;
  }

  static async start({ folder, ...settings }: PatchcordGiven): Promise<PatchcordProcess> {
    const file = join(folder, 'patchcord.yaml');
    const recordings = { folder: join(folder, 'recordings') };
    const whole = { listen: '127.0.0.1:0', data: folder, recordings, log: { level: 'error' }, ...settings };
    writeFileSync(file, JSON.stringify(whole), { mode: 0o600 });
    const child = await startChild({
      command: [process.execPath, program, '--settings', file, 'start'],
      ready: /Patchcord runs: \S+/,
      timeoutMs: 30_000,
    });
    const url = /Patchcord runs: (http\S+)/.exec(child.output())?.[1] ?? '';
    return new PatchcordProcess(child, url, readFileSync(join(folder, 'token'), 'utf8').trim());
  }

  /** Resolves when so many employees of the portal are operators. @throws Error when that is not so after 30 s */
  async knows(operators: number): Promise<void> {
    await this.post('/directory/import', {
      taskTemplates: [{ id: 'call-back', title: 'Call back {number}' }],
      policies: [{ id: '*', defaultUser: String(adminUser), missedOwner: 1, taskTemplate: 'call-back' }],
    });
    const deadline = performance.now() + settleMs;
    for (;;) {
      const { records } = await this.get<{ records: unknown[] }>('/directory/operators');
      if (records.length >= operators) return;
      if (performance.now() > deadline) throw new Error(`${records.length} operators\n${this.output}`);
      await wait(100);
    }
  }

  async get<T>(path: string): Promise<T> {
    return (await this.#ask(path, {})).json() as Promise<T>;
  }

  async post(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await (await this.#ask(path, { method: 'POST', body: JSON.stringify(body), headers })).arrayBuffer();
  }

  /** A number of `/metrics`, by its name with its labels. */
  async metric(name: string): Promise<number> {
    const text = await (await this.#ask('/metrics', {})).text();
    const line = text.split('\n').find((one) => one.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? 0);
  }

  /** Resident memory, MB, as the kernel has it. */
  rssMb(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1000;
  }

  get output(): string {
    return this.#child.output();
  }

  stop(): Promise<void> {
    return this.#child.stop('SIGTERM');
  }

  async #ask(path: string, request: { method?: string; body?: string; headers?: object }): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, ...request.headers };
    const response = await fetch(`${this.#url}/api/v1${path}`, { ...request, headers });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}
