// What the tests of failures share: Patchcord as a process that can be killed, its API, and what a history must say.
import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { stringify } from 'yaml';
import type { Asterisk } from '../../lab/asterisk.ts';
import { type Child, startChild } from '../../lab/child.ts';
import { type AsteriskVersion, isInstalled } from '../../lab/places.ts';
import type { SipCall } from '../../lab/sip/call.ts';
import { advisedUser } from './support/patchcord.ts';
import type { Call } from '../../src/calls/call.ts';
import type { FactType } from '../../src/calls/facts.ts';

const commandFile = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Load of other tests on the machine, RTP in packets of 20 ms, Asterisk's own time: talk is right within this. */
export const toleranceMs = 900;

/**
 * Why tests with this Asterisk cannot run, told once; null when they can.
 * @throws Error in CI, where nothing may be skipped
 */
export function labMissing(version: AsteriskVersion): string | null {
  if (isInstalled(version)) return null;
  const why = `Asterisk ${version} is not installed: node lab/install.ts`;
  if (process.env['CI'] === 'true') throw new Error(why);
  console.warn(`skipped: ${why}`);
  return why;
}

/**
 * Mounts a small file system, so that nothing else on the machine runs out of room when it is full; null where that is not allowed.
 * @throws Error in CI, where nothing may be skipped
 */
export function smallDisk(): { path: string; remove(): void } | null {
  const folder = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder.path], { stdio: 'pipe' });
  } catch (error) {
    folder.remove();
    const why = `a file system cannot be mounted here: ${String(error)}`;
    if (process.env['CI'] === 'true') throw new Error(why, { cause: error });
    console.warn(`skipped: ${why}`);
    return null;
  }
  return {
    path: folder.path,
    remove: () => {
      execFileSync('umount', ['--lazy', folder.path]);
      folder.remove();
    },
  };
}

/** Takes all the room that is left, while others write too; gives what frees it. */
export function fillDisk(folder: string): () => void {
  const filler = join(folder, 'filler');
  const file = openSync(filler, 'w');
  const block = Buffer.alloc(4096);
  try {
    for (;;) writeSync(file, block);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  } finally {
    closeSync(file);
  }
  return () => rmSync(filler);
}

/** A folder that is gone after `remove`. */
export function temporaryFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'patchcord-faults-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface EventOfLog {
  seq: number;
  type: FactType;
  callId: string;
  into: string | null;
  at: string;
}

export interface StatusAnswer {
  level: 'ok' | 'warning' | 'error';
  parts: { part: string; level: 'ok' | 'warning' | 'error'; message: string; mend: string | null }[];
}

/** What a settings file says of the lab's Asterisk, reached directly or through a proxy. The lab needs `advisedUser`. */
export function pbxOf(asterisk: Asterisk, through?: { host: string; port: number }): Record<string, unknown> {
  const { username, secret } = advisedUser;
  const { host, port } = through ?? { host: asterisk.amiHost, port: asterisk.amiPort };
  return { name: 'lab', host, port, username, secret };
}

/** Patchcord in a process of its own. It can be killed and started again with the same settings. */
export class Patchcord {
  readonly settingsFile: string;
  readonly #command: [string, ...string[]];
  #child: Child | null = null;
  #url = '';
  #token = '';
  readonly #folder: string;

  /** @param given.settings added to the ones of a folder of its own; `given.wrap` stands before the command */
  constructor(given: { folder: string; settings: Record<string, unknown>; wrap?: string[] }) {
    this.#folder = given.folder;
    this.settingsFile = join(given.folder, 'patchcord.yaml');
    const own = { listen: '127.0.0.1:0', data: join(given.folder, 'data'), database: this.database };
    writeFileSync(this.settingsFile, stringify({ ...own, ...given.settings }), { mode: 0o600 });
    this.#command = [process.execPath, commandFile, 'start', '--settings', this.settingsFile];
    if (given.wrap) this.#command = [...given.wrap, ...this.#command] as [string, ...string[]];
  }

  /** The database that it has unless the settings name another. */
  get database(): string {
    return `sqlite:${join(this.#folder, 'patchcord.db')}`;
  }

  /** @throws Error with what it printed, when it does not say within 20 s that it runs */
  async start(): Promise<void> {
    const child = await startChild({ command: this.#command, ready: /Patchcord runs: http\S+/, timeoutMs: 20_000 });
    this.#child = child;
    this.#url = /Patchcord runs: (http\S+)/.exec(child.output())?.[1] ?? '';
    this.#token = readFileSync(join(this.#folder, 'data', 'token'), 'utf8').trim();
  }

  get output(): string {
    return this.#child?.output() ?? '';
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async kill9(): Promise<void> {
    await this.#child?.stop('SIGKILL');
    this.#child = null;
  }

  async stop(): Promise<void> {
    await this.#child?.stop('SIGTERM');
    this.#child = null;
  }

  /** @throws Error when the answer is not 200 */
  async get<T>(path: string): Promise<T> {
    const response = await this.ask(path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  ask(path: string, sent: { method: 'POST'; body: string } | null = null): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}`, ...(sent && { 'content-type': 'application/json' }) };
    return fetch(`${this.#url}/api/v1${path}`, { ...sent, headers, signal: AbortSignal.timeout(30_000) });
  }

  /** @throws Error when it is refused */
  async post(path: string, body: object): Promise<void> {
    const response = await this.ask(path, { method: 'POST', body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  }

  /** Where it listens, `http://host:port`; at every start another one. */
  get url(): string {
    return this.#url;
  }

  status(): Promise<StatusAnswer> {
    return this.get('/status');
  }

  /** Waits for a status that fits. @throws Error with the last one after `timeoutMs` */
  async statusWhere(fits: (status: StatusAnswer) => boolean, timeoutMs: number): Promise<StatusAnswer> {
    return this.#until(() => this.status(), fits, timeoutMs);
  }

  /** Waits until the manager connection is up and the calls in progress are known. */
  async connected(timeoutMs = 15_000): Promise<void> {
    await this.statusWhere(
      ({ parts }) => parts.some(({ part, message }) => part === 'pbx lab' && message.startsWith('connected')),
      timeoutMs,
    );
  }

  async live(): Promise<Call[]> {
    return (await this.get<{ calls: Call[] }>('/calls/live')).calls;
  }

  /** Waits until calls in progress are as wanted. @throws Error with what there was after `timeoutMs` */
  async liveWhere(fits: (calls: Call[]) => boolean, timeoutMs = 10_000): Promise<Call[]> {
    return this.#until(() => this.live(), fits, timeoutMs);
  }

  /** The call in progress with this client. @throws Error when there is none within 10 s */
  async liveCall(client: string, fits: (call: Call) => boolean = () => true): Promise<Call> {
    const isIt = (call: Call): boolean => call.client?.number === client && fits(call);
    const calls = await this.liveWhere((all) => all.some(isIt));
    return calls.find(isIt)!;
  }

  /** Everything in the history, oldest first. */
  async history(): Promise<Call[]> {
    const all: Call[] = [];
    for (let before: string | null = ''; before !== null;) {
      const page: { calls: Call[]; next: string | null } = await this.get(
        `/calls?limit=200${before === '' ? '' : `&before=${encodeURIComponent(before)}`}`,
      );
      all.unshift(...page.calls.toReversed());
      before = page.next;
    }
    return all;
  }

  /** Waits until the history is as wanted. @throws Error with the last one after `timeoutMs` */
  async historyWhere(fits: (calls: Call[]) => boolean, timeoutMs = 20_000): Promise<Call[]> {
    return this.#until(() => this.history(), fits, timeoutMs);
  }

  /** Waits until so many calls of the history have ended and none is open. */
  async ended(count: number, timeoutMs = 20_000): Promise<Call[]> {
    return this.historyWhere((all) => all.length >= count && all.every((call) => call.endedAt !== null), timeoutMs);
  }

  async events(): Promise<EventOfLog[]> {
    const all: EventOfLog[] = [];
    for (;;) {
      const after = all.at(-1)?.seq ?? 0;
      const { events } = await this.get<{ events: EventOfLog[] }>(`/events?limit=1000&after=${after}`);
      if (events.length === 0) return all;
      all.push(...events);
    }
  }

  /** Facts have no push over plain HTTP that covers all of these, so the API is asked again after a moment. */
  async #until<T>(read: () => Promise<T>, fits: (value: T) => boolean, timeoutMs: number): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const value = await read();
      if (fits(value)) return value;
      if (Date.now() > deadline) {
        throw new Error(`not so within ${timeoutMs} ms; last: ${JSON.stringify(value, null, 1)}\n${this.output}`);
      }
      await wait(100);
    }
  }
}

/** Asks for the status again and again until `stop`, which gives the longest wait for an answer. */
export function watch(one: Patchcord): { stop(): Promise<{ longestMs: number }> } {
  let longestMs = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      const sinceMs = performance.now();
      await one.status();
      longestMs = Math.max(longestMs, performance.now() - sinceMs);
      await wait(200);
    }
  })();
  return {
    stop: async () => {
      over.abort();
      await asking;
      return { longestMs };
    },
  };
}

/** The event log: no number is missing, and every call that is asked about begins once and ends once, as the history has it. */
export function expectSoundLog(
  events: readonly EventOfLog[],
  calls: readonly Call[],
  isAsked: (id: string) => boolean = () => true,
): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  const merged = new Set(events.filter(({ type }) => type === 'call.merged').map(({ callId }) => callId));
  for (const id of new Set(events.map(({ callId }) => callId).filter(isAsked))) {
    const own = events.filter(({ callId }) => callId === id).map(({ type }) => type);
    const times = (type: FactType): number => own.filter((one) => one === type).length;
    expect({ id, started: times('call.started') }).toEqual({ id, started: 1 });
    expect({ id, ended: times('call.ended'), merged: times('call.merged') }).toEqual(
      merged.has(id) ? { id, ended: 0, merged: 1 } : { id, ended: 1, merged: 0 },
    );
  }
  const ended = events.filter(({ type, callId }) => type === 'call.ended' && isAsked(callId));
  expect(new Set(ended.map(({ callId }) => callId))).toEqual(new Set(calls.map(({ id }) => id)));
}

/** What must be true of every call of a history, whatever happened. */
export function expectSound(calls: readonly Call[]): void {
  expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
  for (const call of calls) {
    const { id } = call;
    expect({ id, endedAt: call.endedAt }).toEqual({ id, endedAt: expect.any(String) });
    expect({ id, openLegs: call.legs.filter((leg) => leg.endedAt === null || leg.outcome === null) }).toEqual({
      id,
      openLegs: [],
    });
    const lengthMs = Date.parse(call.endedAt ?? '') - Date.parse(call.startedAt);
    expect(call.talkMs).toBeLessThanOrEqual(lengthMs + 1);
    for (const leg of call.legs) expect(leg.talkMs).toBeLessThanOrEqual(lengthMs + 1);
  }
}

/** The one call with this client. */
export function callWith(calls: readonly Call[], client: string): Call {
  const own = calls.filter((call) => call.client?.number === client);
  expect({ client, ids: own.map(({ id }) => id) }).toEqual({ client, ids: [expect.any(String)] });
  return own[0]!;
}

/** Talk as long as the phones had it, within the tolerance; so much of it, more or less, may have begun or ended unseen. */
export function expectTalk(call: Call, talkMs: number, unseenMs = 0): void {
  const isRight = Math.abs(call.talkMs - talkMs) <= unseenMs + toleranceMs;
  const { id } = call;
  expect({ id, talkMs: call.talkMs, talkMsOfPhones: talkMs, isRight }).toMatchObject({ isRight: true });
}

/** How long a phone was in talk. */
export function talkOf(call: SipCall): number {
  return ((call.record.ended ?? NaN) - (call.record.answered ?? NaN)) * 1000;
}
