// Somebody's own program that takes our webhooks, as docs/connect-webhook.md tells to write it: a real server on a real socket.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { CuttableServer } from '../cuttable-server.ts';
import type { FakeCrm, Mood } from '../../crm/fake.ts';

/** Older messages are somebody's who recorded them. */
const ageSecMax = 300;

export interface Message {
  id: string;
  type: string;
  text: string;
}

export class WebhookReceiver implements FakeCrm {
  readonly secret = 'canary-shared-secret-0123456789';
  /** Every message that was taken, a repeated one once. */
  readonly taken: Message[] = [];
  /** How often anything came. */
  requests = 0;
  /** Answered instead of 204 when set. */
  status: { code: number; headers?: Record<string, string> } | null = null;
  /** Says for each request how it goes, instead of one mood for all. */
  drawMood: (() => Mood) | null = null;
  /** Repeated messages that differ from the first one, and those that came before an earlier one of their call. */
  readonly faults: string[] = [];
  readonly #byId = new Map<string, string>();
  readonly #lastOfCall = new Map<string, number>();
  #mood: Mood = 'kind';
  readonly #server = new CuttableServer((request, response) => void this.#take(request, response));

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await receiver.#server.open();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.port}/patchcord?token=canary-in-the-address`;
  }

  get settings(): Record<string, unknown> {
    return { url: this.url, secret: this.secret, allowPrivate: true, allowHttp: true };
  }

  get wrongSettings(): Record<string, unknown> {
    return { ...this.settings, secret: 'canary-wrong-secret-0123456789' };
  }

  secrets(): string[] {
    return ['canary-in-the-address'];
  }

  async be(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'down') await this.#server.close();
    else if (!this.#server.isOpen) await this.#server.open();
  }

  effects(): string[] {
    return this.taken.filter(({ type }) => type !== 'ping').map(({ id }) => id);
  }

  received(): string {
    return this.taken.map(({ text }) => stringsIn(JSON.parse(text)).join('\n')).join('\n');
  }

  stop(): Promise<void> {
    return this.#server.close();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    let body = '';
    for await (const part of request.setEncoding('utf8') as AsyncIterable<string>) body += part;
    const mood = this.drawMood?.() ?? this.#mood;
    if (mood === 'cut-before') return void request.socket.destroy();
    if (mood === 'busy') return void response.writeHead(503, { 'retry-after': '7' }).end();
    if (mood === 'limited') return void response.writeHead(429, { 'retry-after': '3' }).end();
    if (mood === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hello</h1>');
    if (mood === 'echo') {
      return void response
        .writeHead(500)
        .end(`${request.url} ${JSON.stringify(request.headers)} ${body} ${this.secret}`);
    }
    if (this.status !== null) return void response.writeHead(this.status.code, this.status.headers).end();
    if (!isGenuine(request, body, this.secret)) return void response.writeHead(401).end();
    const id = String(request.headers['patchcord-delivery']);
    this.#keep(id, body);
    if (mood === 'cut-after') return void request.socket.destroy();
    if (mood === 'slow') return;
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}');
  }

  #keep(id: string, body: string): void {
    const first = this.#byId.get(id);
    if (first !== undefined) {
      if (first !== body) this.faults.push(`${id} came again with another body`);
      return;
    }
    this.#byId.set(id, body);
    const { type, callId = '' } = JSON.parse(body) as { type: string; callId?: string };
    this.taken.push({ id, type, text: body });
    // Ids begin with the number of the delivery, which rises.
    const place = Number.parseInt(id, 10);
    if (place < (this.#lastOfCall.get(callId) ?? 0)) this.faults.push(`${id} of ${callId} came too late`);
    this.#lastOfCall.set(callId, place);
  }
}

function isGenuine(request: IncomingMessage, body: string, secret: string): boolean {
  const timestamp = String(request.headers['patchcord-timestamp']);
  const given = Buffer.from(String(request.headers['patchcord-signature']));
  const expected = Buffer.from(`v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`);
  const isFresh = Math.abs(Date.now() / 1000 - Number(timestamp)) <= ageSecMax;
  return isFresh && given.length === expected.length && timingSafeEqual(given, expected);
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}
