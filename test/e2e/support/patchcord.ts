import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { z } from 'zod';
import type { Asterisk } from '../../../lab/asterisk.ts';
import { companies } from '../../../lab/company.ts';
import type { ManagerUser } from '../../../lab/config/server.ts';
import { type Call, callSchema } from '../../../src/calls/call.ts';
import { callPageSchema, eventPageSchema, liveCallsSchema, statusSchema } from '../../../src/http/schemas.ts';
import { runPatchcord, type RunningPatchcord } from '../../../src/main.ts';
import { type Settings, settingsSchema } from '../../../src/settings/schema.ts';
import { readLocalToken } from '../../../src/settings/token.ts';

export type ApiEvent = z.infer<typeof eventPageSchema>['events'][number];

/** The manager user that the documentation tells people to make. */
export const advisedUser: ManagerUser = {
  username: 'advised',
  secret: 'advised-secret',
  read: 'system,call,dialplan,agent,dtmf',
  write: 'system,call,reporting',
};

/** A real Patchcord with a database of its own, asked over HTTP as any program would. Every answer is held to the schema. */
export class Patchcord {
  readonly address: string;
  readonly token: string;
  readonly #running: RunningPatchcord;

  private constructor(running: RunningPatchcord, token: string) {
    this.#running = running;
    this.address = running.address;
    this.token = token;
  }

  /** Starts on a free port; `folder` holds what outlives it. */
  static async start(settings: Settings): Promise<Patchcord> {
    const running = await runPatchcord(settings, { settingsFile: null });
    return new Patchcord(running, readLocalToken(settings.data) ?? '');
  }

  stop(): Promise<void> {
    return this.#running.stop();
  }

  live() {
    return this.#get('/calls/live', {}, liveCallsSchema);
  }

  call(id: string): Promise<Call> {
    return this.#get(`/calls/${encodeURIComponent(id)}`, {}, callSchema);
  }

  status() {
    return this.#get('/status', {}, statusSchema);
  }

  /** Events after the cursor; waits up to `waitSec` for the first. */
  events(after: number, waitSec = 0) {
    const query = { after: String(after), wait: String(waitSec), limit: '1000' };
    return this.#get('/events', query, eventPageSchema);
  }

  /** The history that fits the query, newest first, over all its pages. */
  async calls(query: Record<string, string> = {}): Promise<Call[]> {
    const all: Call[] = [];
    let page: Record<string, string> = {};
    for (;;) {
      const { calls, next } = await this.#get('/calls', { ...query, ...page }, callPageSchema);
      all.push(...calls);
      if (next === null) return all;
      page = { before: next };
    }
  }

  /** A number of /metrics, e.g. `patchcord_pbx_events`. */
  async metric(name: string): Promise<number> {
    const text = await (await this.#ask('/metrics')).text();
    const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`no metric ${name}`);
    return Number(value);
  }

  /** The answer as it is. */
  async get(path: string): Promise<unknown> {
    return (await this.#ask(path)).json();
  }

  async post(path: string, body: object): Promise<void> {
    await this.#ask(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async remove(path: string): Promise<void> {
    await this.#ask(path, { method: 'DELETE' });
  }

  async #get<T>(path: string, query: Record<string, string>, schema: z.ZodType<T>): Promise<T> {
    const response = await this.#ask(`${path}?${new URLSearchParams(query).toString()}`);
    return schema.parse(await response.json());
  }

  async #ask(path: string, request: { method: string; body?: string } | null = null): Promise<Response> {
    const response = await fetch(`http://${this.address}/api/v1${path}`, {
      ...request,
      headers: { authorization: `Bearer ${this.token}`, ...(request?.body && { 'content-type': 'application/json' }) },
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

/** A new folder for what a Patchcord keeps; `remove` when the test is over. */
export function dataFolder(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-e2e-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Settings as a person would write them for the lab's PBX: which device is a trunk must be found out. */
export function labSettings(asterisk: Asterisk, folder: string, user: ManagerUser = advisedUser): Settings {
  const { username, secret } = user;
  const pbx = { name: 'lab', host: asterisk.amiHost, port: asterisk.amiPort, username, secret };
  const file = {
    listen: '127.0.0.1:0',
    data: folder,
    database: `sqlite:${join(folder, 'patchcord.db')}`,
    pbx: [pbx],
    recordings: { folder: join(folder, 'recordings') },
    mobiles: companies.map((firm) => ({ number: firm.mobile(), extension: firm.extension(1) })),
    log: { level: 'error' },
  };
  const settings = settingsSchema.parse(file);
  return { ...settings, pbx: settings.pbx.map((one) => ({ ...one, secret })) };
}
