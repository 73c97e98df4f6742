import type { EventEmitter } from 'node:events';
import { objectReader, peers } from './client.ts';
import type { LowerCaseEvent } from './lower-case.ts';

export { readEight, readThree } from './lower-case.ts';

interface AmiIo {
  Client: new (options: object) => EventEmitter & { connect(): void };
  SilentLogger: new () => object;
}

export function connect(port: number, onEvent: (event: LowerCaseEvent) => void): void {
  const { Client, SilentLogger } = peers('ami-io') as AmiIo;
  const options = { host: '127.0.0.1', port, login: 'bench', password: 'bench' };
  // Its default encoding is ASCII, with which no name outside English survives: the better choice is made for it.
  const client = new Client({ ...options, encoding: 'utf8', logger: new SilentLogger() });
  client.on('error', () => {});
  client.on('event', onEvent);
  client.connect();
}

export const reader = (event: LowerCaseEvent) => objectReader(event, 'chanvariable');
