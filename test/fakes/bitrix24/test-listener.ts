import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { readBody } from './body.ts';
import { parseQuery } from './php.ts';
import type { PhpMap } from './php.ts';

export interface Listener {
  url: string;
  events: PhpMap[];
  contentTypes: string[];
  /** What it answers with. */
  status: number;
}

/** A handler of events, closed after the test. */
export async function listen(): Promise<Listener> {
  const listener: Listener = { url: '', events: [], contentTypes: [], status: 200 };
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      listener.events.push(parseQuery(body.toString('utf8')));
      listener.contentTypes.push(request.headers['content-type'] ?? '');
      return response.writeHead(listener.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/handler`;
  return listener;
}
