import type { Call } from '../calls/call.ts';
import type { Health } from '../crm/contract.ts';
import type { StoredEvent } from '../store/store.ts';
import { readLocalToken } from '../settings/token.ts';
import type { ApiOrder } from './call.ts';
import { CommandFailure } from './failure.ts';
import { printable } from './printable.ts';
import { findSettings } from './settings-file.ts';

/** How a command is told where the API is. */
export interface ApiOptions {
  settings?: string;
  url?: string;
  token?: string;
  tokenFile?: string;
}

/** A request to a CRM, as the API tells it. */
export interface CrmRequest {
  id: number;
  at: string;
  tookMs: number;
  label: string;
  method: string;
  url: string;
  request: string;
  status: number | null;
  answer: string;
  error: string | null;
  deliveryId: number | null;
}

/** A delivery, as the API tells it. */
export interface ApiDelivery {
  id: number;
  crm: string;
  kind: string;
  callId: string;
  state: string;
  live: boolean;
  attempts: number;
  createdAt: string;
  dueAt: string;
  endedAt: string | null;
  note: string | null;
  mend: string | null;
}

/** What became of the contacts of a file. */
export interface ImportedContacts {
  added: number;
  known: number;
  refused: { contact: string; reason: string }[];
}

/** How long a CRM may take to be checked. */
const checkMs = 30_000;
/** Over what an answer normally takes, and a waiting one waits. */
const answerMs = 15_000;
/** Each may have a hundred thousand rows to write. */
const [resendMs, importMs] = [60_000, 300_000];

interface Request {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** The API of a running Patchcord. Every method rejects with CommandFailure only. */
export class ApiClient {
  readonly url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
  }

  calls(query: Record<string, string>): Promise<{ calls: Call[]; next: string | null }> {
    return this.#get('/calls', query);
  }

  liveCalls(): Promise<{ seq: number; calls: Call[] }> {
    return this.#get('/calls/live', {});
  }

  /** Waits up to `waitSec` for an event after the cursor. */
  events(after: number, waitSec: number, signal: AbortSignal): Promise<{ events: StoredEvent[]; next: number }> {
    return this.#get('/events', { after: String(after), wait: String(waitSec), limit: '1000' }, waitSec * 1000, signal);
  }

  /** Has a number called for an operator. */
  placeCall(order: { extension: string; number: string; line?: string; pbx?: string }): Promise<ApiOrder> {
    return this.#post('/calls', order, answerMs);
  }

  order(id: string): Promise<ApiOrder> {
    return this.#get(`/orders/${encodeURIComponent(id)}`, {});
  }

  /** The connections to CRMs. */
  crm(): Promise<{ connections: { name: string; type: string; health: Health[] }[] }> {
    return this.#get('/crm', {});
  }

  /** Asks the CRM of a connection whether all is there. */
  crmCheck(name: string): Promise<{ health: Health[] }> {
    return this.#ask(`/crm/${encodeURIComponent(name)}/check`, { method: 'POST' }, answerMs + checkMs);
  }

  crmRequests(name: string, query: Record<string, string>): Promise<{ requests: CrmRequest[]; next: number | null }> {
    return this.#get(`/crm/${encodeURIComponent(name)}/requests`, query);
  }

  /** Where an administrator of the CRM lets us in. */
  crmAuthorize(name: string): Promise<{ url: string; returnUrl: string | null }> {
    return this.#ask(`/crm/${encodeURIComponent(name)}/authorize`, { method: 'POST' }, answerMs);
  }

  /** Does what the browser would have done that the CRM sent back to us. @param search the query, with `?` @returns what it would have shown */
  async crmReturned(name: string, search: string): Promise<{ ok: boolean; text: string }> {
    const { response, text } = await this.#fetch(`/crm/${encodeURIComponent(name)}/oauth${search}`, {}, answerMs);
    return { ok: response.ok, text: text.trim() };
  }

  deliveries(query: Record<string, string>): Promise<{ deliveries: ApiDelivery[]; next: number | null }> {
    return this.#get('/deliveries', query);
  }

  changeDelivery(id: number, change: 'resend' | 'drop'): Promise<ApiDelivery> {
    return this.#ask(`/deliveries/${id}/${change}`, { method: 'POST' }, answerMs);
  }

  /** Sends every rejected delivery of a connection again. */
  resendDeliveries(crm: string): Promise<{ count: number }> {
    return this.#post('/deliveries/resend', { crm }, resendMs);
  }

  /** Puts contacts into the built-in CRM. @param file the text of a CSV table or a vCard file */
  importContacts(file: string, dryRun: boolean): Promise<ImportedContacts> {
    return this.#post(`/clients/import?dryRun=${dryRun}`, { file }, importMs);
  }

  #post<Answer>(path: string, body: object, waitMs: number): Promise<Answer> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, waitMs);
  }

  #get<Answer>(path: string, query: Record<string, string>, waitMs = 0, stop?: AbortSignal): Promise<Answer> {
    const address = `${path}?${new URLSearchParams(query).toString()}`;
    return this.#ask(address, { method: 'GET' }, answerMs + waitMs, stop);
  }

  async #ask<Answer>(path: string, request: Request, waitMs: number, stop?: AbortSignal): Promise<Answer> {
    const headers = { ...request.headers, authorization: `Bearer ${this.#token}` };
    const { response, text } = await this.#fetch(`/api/v1${path}`, { ...request, headers }, waitMs, stop);
    // The same version's API, or nearly: its own tests hold it to these types.
    return this.#read(response, text) as Answer;
  }

  async #fetch(path: string, request: Request, waitMs: number, stop?: AbortSignal) {
    const late = AbortSignal.timeout(waitMs);
    try {
      const signal = stop ? AbortSignal.any([late, stop]) : late;
      const response = await fetch(`${this.url}${path}`, { ...request, redirect: 'error', signal });
      return { response, text: await response.text() };
    } catch (error) {
      throw new CommandFailure(
        `no answer from ${this.url} (${reasonOf(error)})`,
        'Is Patchcord running there? Start it (patchcord start), or say where it is with --url',
      );
    }
  }

  #read(response: Response, text: string): unknown {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      // No JSON: something else answers there, which the next lines say.
      body = null;
    }
    if (response.ok && typeof body === 'object' && body !== null) return body;
    const { message, mend } = errorOf(body);
    if (message === null) {
      throw new CommandFailure(`${this.url} answered ${response.status}, but not as Patchcord does`, 'Check --url');
    }
    const tokenMend = 'Give a token with --token-file, or make one: patchcord token add NAME';
    throw new CommandFailure(`${this.url}: ${printable(message)}`, response.status === 401 ? tokenMend : mend);
  }
}

/**
 * The client for the options: address and token of the Patchcord of the settings file, unless they are given.
 * @throws CommandFailure when no token is known; SettingsError
 */
export function apiClient(options: ApiOptions, readFile: (path: string) => string): ApiClient {
  // With both given, the settings file need not be there, nor be right.
  const found =
    options.url !== undefined && (options.token ?? options.tokenFile) !== undefined
      ? null
      : findSettings(options.settings);
  const url = options.url ?? urlOf(found?.settings.listen ?? '');
  if (!/^https?:\/\/[^/]/.test(url))
    throw new CommandFailure(`--url ${printable(url)} is no address`, 'Give it as http://host:port', 2);
  const token = options.token ?? fileToken(options.tokenFile, readFile) ?? readLocalToken(found?.settings.data ?? '');
  if (token === null) {
    throw new CommandFailure(
      'no API token is known',
      'Start Patchcord here (patchcord start), or give one with --token-file',
    );
  }
  if (!/^[\x21-\x7e]{1,200}$/.test(token))
    throw new CommandFailure('the API token has characters that no token has', 'Check --token or --token-file', 2);
  return new ApiClient(url, token);
}

/** Where a listen address is reached from this machine. */
export function urlOf(listen: string): string {
  const at = listen.lastIndexOf(':');
  const host = listen.slice(0, at);
  const isAny = host === '' || host === '0.0.0.0' || host === '[::]';
  return `http://${isAny ? '127.0.0.1' : host}:${listen.slice(at + 1)}`;
}

function fileToken(path: string | undefined, readFile: (path: string) => string): string | null {
  if (path === undefined) return null;
  try {
    return readFile(path).trim();
  } catch (error) {
    throw new CommandFailure(`--token-file ${path} cannot be read (${reasonOf(error)})`, 'Check the path', 2);
  }
}

function errorOf(body: unknown): { message: string | null; mend: string | null } {
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : null;
  const field = (key: string): string | null => {
    const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : null;
    return typeof value === 'string' ? value : null;
  };
  return { message: field('message'), mend: field('mend') };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.message : String(cause);
}
