// One request and its answer over a socket, knowing at every moment whether anything was sent.
import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Exchange {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: Buffer | null;
  agent: HttpAgent;
  lookup: LookupFunction;
  connectMs: number;
  /** Until the whole answer is here, everything included. */
  totalMs: number;
  answerBytesMax: number;
  signal: AbortSignal | undefined;
}

export interface Answered {
  status: number;
  headers: Headers;
  body: Buffer;
}

/** No whole answer came. */
export class ExchangeError extends Error {
  /** False only when it is certain that the server got nothing. */
  readonly wasSent: boolean;
  readonly reason: 'aborted' | 'connect-late' | 'late' | 'too-long' | 'failed';
  constructor(reason: ExchangeError['reason'], wasSent: boolean, cause: Error) {
    super(cause.message, { cause });
    this.name = 'ExchangeError';
    this.reason = reason;
    this.wasSent = wasSent;
  }
}

/** @throws ExchangeError */
export function exchange(given: Exchange): Promise<Answered> {
  return new Promise((resolve, reject) => {
    // Once the connection stands the request is on its way; a connection that was kept alive stands already, and whether the server read
    // from it before it closed it cannot be known.
    let wasSent = false;
    let isOver = false;
    const timers: NodeJS.Timeout[] = [];
    const finish = (): boolean => {
      if (isOver) return false;
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      given.signal?.removeEventListener('abort', onAbort);
      return true;
    };
    const fail = (reason: ExchangeError['reason'], cause: Error): void => {
      if (!finish()) return;
      reject(new ExchangeError(reason, wasSent, cause));
      request.destroy();
    };
    const onAbort = (): void => fail('aborted', new Error('taken back'));

    const request = begin(given);
    request.on('error', (error) => fail('failed', error));
    request.on('socket', (socket) => {
      if (request.reusedSocket || !socket.connecting) {
        wasSent = true;
        return;
      }
      const late = setTimeout(() => fail('connect-late', new Error('no connection in time')), given.connectMs);
      timers.push(late);
      socket.once(given.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        wasSent = true;
        clearTimeout(late);
      });
    });
    request.on('response', (response) => {
      wasSent = true;
      const take = async (): Promise<void> => {
        try {
          const body = await gather(response, given.answerBytesMax);
          if (finish()) resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body });
        } catch (error) {
          const cause = error instanceof Error ? error : new Error(String(error));
          fail(cause instanceof TooLong ? 'too-long' : 'failed', cause);
        }
      };
      void take();
    });
    timers.push(setTimeout(() => fail('late', new Error('no answer in time')), given.totalMs));
    given.signal?.addEventListener('abort', onAbort, { once: true });
    if (given.signal?.aborted) onAbort();
    if (!isOver) request.end(given.body ?? undefined);
  });
}

function begin({ url, method, headers, body, agent, lookup }: Exchange): ClientRequest {
  const options = {
    method,
    agent,
    lookup,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    headers: { ...headers, ...(body === null ? {} : { 'content-length': String(body.length) }) },
  };
  return url.protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
}

class TooLong extends Error {}

async function gather(response: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) throw new TooLong(`the answer is longer than ${bytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}

function headersOf(response: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    for (const value of values ?? []) {
      try {
        headers.append(name, value);
      } catch {
        // A header that no header may look like says nothing to us.
      }
    }
  }
  return headers;
}
