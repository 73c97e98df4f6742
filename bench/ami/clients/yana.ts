import type { EventEmitter } from 'node:events';
import { objectReader, peers } from './client.ts';
import type { UpperCaseEvent } from './upper-case.ts';

export { readEight, readThree } from './upper-case.ts';

type Yana = new (options: object) => EventEmitter & { connect(): void };

export function connect(port: number, onEvent: (event: UpperCaseEvent) => void): void {
  // It calls util.isArray, which Node took away in release 23: without this it could not even log in.
  const util = peers('node:util') as Record<string, unknown>;
  util['isArray'] ??= Array.isArray;
  const Client = peers('yana') as Yana;
  const client = new Client({ host: '127.0.0.1', port, login: 'bench', password: 'bench' });
  client.on('error', () => {});
  client.on('event', onEvent);
  client.connect();
}

export const reader = (event: UpperCaseEvent) => objectReader(event, 'ChanVariable');
