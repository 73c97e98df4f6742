// The imitated portal as the contract suite wants it: behind a server of its own that can be unkind in every mood.
import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { CuttableServer } from '../../fakes/cuttable-server.ts';
import type { FakeCrm, Mood } from '../../crm/fake.ts';
import { startFakePortal, type FakePortal } from '../../fakes/bitrix24/portal.ts';

export class Bitrix24Fake implements FakeCrm {
  readonly portal: FakePortal;
  #mood: Mood = 'kind';
  readonly #server = new CuttableServer((request, response) => void this.#answer(request, response));

  constructor(portal: FakePortal) {
    this.portal = portal;
  }

  static async start(): Promise<Bitrix24Fake> {
    const fake = new Bitrix24Fake(await startFakePortal({ rate: null }));
    await fake.#server.open();
    return fake;
  }

  get settings(): Record<string, unknown> {
    const webhook = `http://127.0.0.1:${this.#server.port}/rest/1/${this.portal.settings.webhooks[0]?.secret}/`;
    return { webhook, allowPrivate: true, allowHttp: true, requestsPerSec: 100 };
  }

  get wrongSettings(): Record<string, unknown> {
    return { ...this.settings, webhook: `http://127.0.0.1:${this.#server.port}/rest/1/canary-wrong-secret/` };
  }

  async be(mood: Mood): Promise<void> {
    this.#mood = mood;
    if (mood === 'down') await this.#server.close();
    else if (!this.#server.isOpen) await this.#server.open();
  }

  effects(): string[] {
    return this.portal.state.statistics.all().map(({ externalCallId }) => externalCallId);
  }

  received(): string {
    const leads = this.portal.state.entities.LEAD.all();
    return leads.flatMap(({ fields }) => Object.values(fields).map(String)).join('\n');
  }

  async stop(): Promise<void> {
    await this.#server.close();
    await this.portal.close();
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
