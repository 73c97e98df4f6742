// The one way out: every request to a CRM is judged, timed, capped and logged here.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { mayAsk, type MayAsk } from './allowed-servers.ts';
import type { Logger } from './contract.ts';
import { exchange, ExchangeError, type Answered } from './exchange.ts';
import { HttpError, type Http, type HttpAnswer, type HttpRequest } from './http.ts';
import { explainFailure } from './http-errors.ts';
import { loggedRequest, loggedText, loggedUrl } from './logged-text.ts';
import type { Masker } from './masker.ts';
import { PinnedHosts, resolveHost, type Resolve } from './pinned-host.ts';
import type { RequestLog } from './request-log.ts';

/** What one connection may do on the network. */
export interface HttpOptions {
  /** Its name in `crm`. */
  connection: string;
  /** URLs whose scheme, host and port may be asked (allowed-servers.ts); nothing else may. */
  allowed: readonly string[];
  allowPrivate: boolean;
  allowHttp: boolean;
  /** Certificates (PEM) to trust besides the usual ones. */
  ca?: string;
  masker: Masker;
  log: Pick<RequestLog, 'add'>;
  logger: Logger;
  /** Unix ms. */
  now: () => number;
  /** The operating system's unless told. */
  resolve?: Resolve;
}

export interface OpenHttp extends Http {
  /** Closes the connections that are kept alive. */
  close(): void;
}

const deadlineMs = 30_000;
const connectMs = 10_000;
const answerBytesMax = 16 * 1024 * 1024;
/** Servers close idle connections after 5 s and more; ours go first, so that hardly a request meets a connection that is just being closed. */
const idleMs = 4000;
const socketsMax = 16;

/** The outgoing requests of one connection. */
export function openHttp(options: HttpOptions): OpenHttp {
  const { connection, masker, now } = options;
  const pooling = { keepAlive: true, maxSockets: socketsMax, maxFreeSockets: 4, timeout: idleMs };
  const ca = options.ca === undefined ? {} : { ca: [...getCACertificates('default'), options.ca] };
  const agents = { 'http:': new HttpAgent(pooling), 'https:': new HttpsAgent({ ...pooling, ...ca }) };
  const hosts = new PinnedHosts({
    connection,
    allowPrivate: options.allowPrivate,
    resolve: options.resolve ?? resolveHost,
    now,
  });
  const may = mayAsk(options.allowed);

  const attempt = async (request: HttpRequest, url: URL, body: Encoded, startedMs: number): Promise<Answered> => {
    const totalMs = request.deadlineMs ?? deadlineMs;
    const lookup = await inTime(hosts.pin(bareHost(url)), totalMs, request.signal, url.hostname);
    const leftMs = Math.max(1, totalMs - (performance.now() - startedMs));
    const { method, signal } = request;
    const agent = agents[url.protocol === 'https:' ? 'https:' : 'http:'];
    return exchange({
      url,
      method,
      agent,
      lookup,
      signal,
      answerBytesMax,
      headers: { 'user-agent': 'Patchcord', ...credentialsOf(url), ...body.headers, ...request.headers },
      body: body.bytes,
      connectMs: Math.min(connectMs, leftMs),
      totalMs: leftMs,
    });
  };

  const send = async (request: HttpRequest): Promise<HttpAnswer> => {
    const startedMs = performance.now();
    const at = now();
    let answered: Answered | null = null;
    let text = '';
    let failure: HttpError | null = null;
    try {
      const url = judged(request.url, options, may);
      answered = await attempt(request, url, await encode(request.body), startedMs);
      text = answered.body.toString('utf8');
    } catch (error) {
      failure = toHttpError(error, hostOf(request.url), request, connection, masker);
    }
    const tookMs = performance.now() - startedMs;
    const status = answered?.status ?? null;
    options.log.add({
      crm: connection,
      at,
      tookMs,
      method: request.method,
      url: loggedUrl(request.url, masker),
      request: loggedRequest(request.label, request.headers ?? {}, request.body, masker),
      status,
      answer: loggedText(text, masker),
      deliveryId: request.deliveryId ?? null,
      error: failure?.message ?? null,
    });
    options.logger.debug(
      {
        crm: connection,
        request: masker.mask(request.label),
        status,
        tookMs: Math.round(tookMs),
        error: failure?.message,
      },
      'asked the CRM',
    );
    if (answered === null) throw failure ?? new HttpError('uncertain', 'no answer');
    return { status: answered.status, headers: answered.headers, text, tookMs };
  };

  return {
    send,
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

/** @throws HttpError when it is no address that this connection may ask */
function judged(text: string, about: Pick<HttpOptions, 'allowHttp' | 'connection'>, may: MayAsk): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new HttpError('refused', 'the address is no http or https address', {
      mend: `check the addresses of the connection ${about.connection} in crm`,
    });
  }
  if (!may(url)) {
    throw new HttpError('refused', `${url.origin} is not among the servers that this connection may ask`, {
      mend: `only the servers that the settings of the connection ${about.connection} in crm name are asked`,
    });
  }
  if (url.protocol === 'http:' && !about.allowHttp) {
    throw new HttpError('refused', `${url.host} would be asked without TLS, which this connection may not do`, {
      mend: `write https:// or, if everybody between here and there may read it, set allowHttp: true for the connection ${about.connection} in crm`,
    });
  }
  return url;
}

interface Encoded {
  bytes: Buffer | null;
  headers: Record<string, string>;
}

async function encode(body: HttpRequest['body']): Promise<Encoded> {
  if (body === undefined) return { bytes: null, headers: {} };
  if (!(body instanceof FormData)) return { bytes: Buffer.from(body), headers: {} };
  const multipart = new Response(body);
  const type = multipart.headers.get('content-type');
  return { bytes: Buffer.from(await multipart.arrayBuffer()), headers: type === null ? {} : { 'content-type': type } };
}

/** A user and a password in the address, as the header that they stand for. */
function credentialsOf(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {};
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Looking up a name cannot be taken back, but nobody needs to wait for it. */
async function inTime<T>(work: Promise<T>, ms: number, signal: AbortSignal | undefined, host: string): Promise<T> {
  if (signal?.aborted) throw takenBack();
  let stop: (error: HttpError) => void = () => {};
  const stopped = new Promise<never>((_, reject) => (stop = reject));
  const onAbort = (): void => stop(takenBack());
  const late = (): void =>
    stop(
      new HttpError('refused', `the name service does not answer for ${host} in time`, {
        mend: 'check the name service of this machine',
      }),
    );
  const timer = setTimeout(late, Math.min(ms, connectMs));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function takenBack(): HttpError {
  return new HttpError('refused', 'the request was taken back before it was sent');
}

function toHttpError(
  error: unknown,
  host: string,
  request: HttpRequest,
  connection: string,
  masker: Masker,
): HttpError {
  if (error instanceof HttpError) return error;
  if (!(error instanceof ExchangeError)) {
    // Headers that no request may have, refused before anything is sent.
    const cause = error instanceof Error ? error : new Error(String(error));
    return new HttpError('refused', masker.mask(`the request to ${host} cannot be made: ${cause.message}`));
  }
  const kind = error.wasSent ? 'uncertain' : 'refused';
  if (error.reason === 'aborted') return new HttpError(kind, `the request to ${host} was taken back`);
  if (error.reason === 'too-long') {
    return new HttpError(kind, `${host} answers with more than ${answerBytesMax / 1024 / 1024} MiB`);
  }
  if (error.reason === 'connect-late' || (error.reason === 'late' && !error.wasSent)) {
    return new HttpError(kind, `no connection to ${host} in time`, {
      mend: 'check the network and the firewall between here and there',
    });
  }
  if (error.reason === 'late') {
    return new HttpError(kind, `${host} did not answer within ${(request.deadlineMs ?? deadlineMs) / 1000} s`);
  }
  const cause = error.cause instanceof Error ? error.cause : error;
  const { message, mend } = explainFailure(cause, host, connection);
  return new HttpError(kind, masker.mask(message), mend === undefined ? {} : { mend });
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the server';
}
