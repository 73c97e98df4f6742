// What tests of outgoing requests need: a server whose every move is given, an own certificate, and a log that can be read.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Logger } from '../contract.ts';
import { openHttp, type HttpOptions, type OpenHttp } from '../http-client.ts';
import { Masker } from '../masker.ts';
import type { LoggedRequest } from '../request-log.ts';

export const silent: Logger = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} };

export interface Listening {
  port: number;
  /** Connections that were accepted so far. */
  connections: () => number;
}

/** A server for the time of one test. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

export async function serverThat(answer: RequestListener): Promise<Listening & { url: string }> {
  const { port, connections } = await listening(createServer(answer));
  return { port, connections, url: `http://127.0.0.1:${port}` };
}

/** A server that speaks TLS with a certificate that it signed itself, for the name `localhost`. */
export async function tlsServerThat(answer: RequestListener): Promise<Listening & { ca: string }> {
  const { key, cert } = ownCertificate();
  return { ...(await listening(createTlsServer({ key, cert }, answer))), ca: cert };
}

/** A server that is given the raw sockets. */
export async function tcpServerThat(take: (socket: Socket) => void): Promise<Listening> {
  return listening(createTcpServer(take));
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request as AsyncIterable<Buffer>) text += part.toString('utf8');
  return text;
}

export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

export interface TestHttp {
  http: OpenHttp;
  logged: LoggedRequest[];
}

/** Requests that may go to these URLs on this machine, unless told otherwise. */
export function testHttp(allowed: readonly string[], changes: Partial<HttpOptions> = {}): TestHttp {
  const logged: LoggedRequest[] = [];
  const http = openHttp({
    connection: 'portal',
    allowed,
    allowPrivate: true,
    allowHttp: true,
    masker: new Masker([]),
    log: { add: (entry) => void logged.push(entry) },
    logger: silent,
    now: Date.now,
    ...changes,
  });
  onTestFinished(() => http.close());
  return { http, logged };
}

function ownCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'patchcord-tls-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'].concat([
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        key,
        '-out',
        cert,
      ]),
      { stdio: 'pipe' },
    );
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
