// The imitated portal as the contract suite wants it: behind a server of its own that can be unkind in every mood.
import { createServer, request as ask, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FakeCrm, Mood } from '../../crm/fake.ts';
import { startFakePortal, type FakePortal } from '../../fakes/bitrix24/portal.ts';

export class Bitrix24Fake implements FakeCrm {
  readonly portal: FakePortal;
  #mood: Mood = 'kind';
  #port = 0;
  #server: Server | null = null;
  readonly #sockets = new Set<Socket>();

  constructor(portal: FakePortal) {
    this.portal = portal;
  }

  static async start(): Promise<Bitrix24Fake> {
    const fake = new Bitrix24Fake(await startFakePortal({ rate: null }));
    await fake.#listen();
    return fake;
  }

  get settings(): Record<string, unknown> {
    const webhook = `http://127.0.0.1:${this.#port}/rest/1/${this.portal.settings.webhooks[0]?.secret}/`;
    return { webhook, allowPrivate: true, allowHttp: true, requestsPerSec: 100 };
  }

  get wrongSettings(): Record<string, unknown> {
    return { ...this.settings, webhook: `http://127.0.0.1:${this.#port}/rest/1/canary-wrong-secret/` };
  }

  async be(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'down') await this.#close();
    else if (this.#server === null) await this.#listen();
  }

  effects(): string[] {
    return this.portal.state.statistics.all().map(({ externalCallId }) => externalCallId);
  }

  received(): string {
    const leads = this.portal.state.entities.LEAD.all();
    return leads.flatMap(({ fields }) => Object.values(fields).map(String)).join('\n');
  }

  async stop(): Promise<void> {
    await this.#close();
    await this.portal.close();
  }

  async #listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const mood = this.#mood;
    const json = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
    if (mood === 'busy')
      return void json(503, { error: 'QUERY_LIMIT_EXCEEDED', error_description: 'Too many requests' });
    if (mood === 'limited')
      return void json(429, {
        error: 'OPERATION_TIME_LIMIT',
        error_description: 'Method is blocked due to operation time limit.',
      });
    if (mood === 'html')
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>');
    if (mood === 'echo')
      return void response.writeHead(500).end(`${request.url}\n${JSON.stringify(request.headers)}\n${body.toString()}`);
    if (mood === 'cut-before') return void response.destroy();
    const answer = await this.#forward(request, body);
    if (mood === 'cut-after') return void response.destroy();
    if (mood === 'slow') return;
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  }

  async #forward(request: IncomingMessage, body: Buffer): Promise<{ status: number; type: string; body: Buffer }> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const { method, url = '/', headers } = request;
    ask(`${this.portal.baseUrl()}${url}`, { method, headers }, resolve).on('error', reject).end(body);
    const answer = await promise;
    const chunks: Buffer[] = [];
    for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
    const type = answer.headers['content-type'] ?? '';
    return { status: answer.statusCode ?? 0, type, body: Buffer.concat(chunks) };
  }
}
