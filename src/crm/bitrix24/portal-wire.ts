// One request to the portal, and what its answer means; a renamed portal is followed once.
import type { Http, HttpRequest } from '../http.ts';
import { fromHttp, unreadable, type Access } from './errors.ts';
import { readAnswer, type Read } from './portal-answer.ts';
import type { PortalAddress } from './portal-address.ts';
import { PortalError } from './portal.ts';

/** The portal itself gives up after 60 s; earlier we would not know what became of it. */
const deadlineMs = 65_000;

/** An answer, or what was told instead of one. */
export type Spoken = Exclude<Read, { is: 'moved' }>;

interface AboutRequest {
  label?: string;
  deadlineMs?: number;
  deliveryId?: number | null;
}

/** What is sent to a method; `form` is a query as PHP writes it. */
export type Sent = { form: string } | { json: string } | { parts: FormData };

export class Wire {
  readonly #http: Http;
  readonly address: PortalAddress;
  readonly access: Access;

  constructor(given: { http: Http; address: PortalAddress; access: Access }) {
    this.#http = given.http;
    this.address = given.address;
    this.access = given.access;
  }

  /**
   * Calls a method of the portal's REST.
   * @throws PortalError `refused` or `uncertain` when there was no answer
   */
  method(method: string, sent: Sent, about: { label?: string; deliveryId?: number | null } = {}): Promise<Spoken> {
    return this.#post(() => this.address.urlOf(method), method, sent, about);
  }

  /**
   * Sends something to an address that the portal gave.
   * @throws PortalError
   */
  upload(url: string, sent: Sent, about: { deadlineMs: number; deliveryId?: number | null }): Promise<Spoken> {
    return this.#post(() => this.address.own(url), 'upload', sent, about);
  }

  async #post(url: () => string, method: string, sent: Sent, about: AboutRequest): Promise<Spoken> {
    await this.#located();
    const from = url();
    const read = await this.#read(from, method, sent, about);
    if (read.is !== 'moved') return read;
    const to = this.address.follow(read.location, from);
    const again = to === null ? null : await this.#followed(to, method, sent, about);
    if (to === null || again === null || again.is === 'moved')
      return { is: 'garbled', error: elsewhere(read.location, from) };
    await this.#kept(to);
    return again;
  }

  /** Null when we may not go there. */
  async #followed(to: string, method: string, sent: Sent, about: AboutRequest): Promise<Read | null> {
    try {
      return await this.#read(to, method, sent, about);
    } catch (error) {
      if (error instanceof PortalError && error.kind === 'refused') return null;
      throw error;
    }
  }

  async #kept(to: string): Promise<void> {
    try {
      await this.address.keep(to);
    } catch {
      // Without it the next request is redirected again: slower, but right.
    }
  }

  async #located(): Promise<void> {
    try {
      await this.address.load();
    } catch (error) {
      throw unreadable('The portal’s address', error);
    }
  }

  async #read(url: string, method: string, sent: Sent, about: AboutRequest): Promise<Read> {
    const request: HttpRequest = {
      method: 'POST',
      url,
      ...bodyOf(sent),
      label: about.label ?? method,
      deadlineMs: about.deadlineMs ?? deadlineMs,
      ...(typeof about.deliveryId === 'number' ? { deliveryId: about.deliveryId } : {}),
    };
    try {
      return readAnswer(await this.#http.send(request), method, this.access);
    } catch (error) {
      throw fromHttp(error);
    }
  }
}

function bodyOf(sent: Sent): Pick<HttpRequest, 'headers' | 'body'> {
  if ('parts' in sent) return { body: sent.parts };
  if ('json' in sent) return { headers: { 'content-type': 'application/json' }, body: sent.json };
  return { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: sent.form };
}

function elsewhere(location: string, from: string): PortalError {
  const host = URL.canParse(location, from) ? new URL(location, from).host : 'another place';
  return new PortalError('auth', 'MOVED', `The portal’s address leads to ${host.slice(0, 100)} instead of answering`, {
    mend: 'Put the portal’s present address into the settings (webhook or portal)',
  });
}
