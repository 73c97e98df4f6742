import type { EventEmitter } from 'node:events';
import { objectReader, peers } from './client.ts';
import type { UpperCaseEvent } from './upper-case.ts';

export { readEight, readThree } from './upper-case.ts';

interface AsteriskIo {
  ami: (host: string, port: number, username: string, password: string) => EventEmitter;
}

export function connect(port: number, onEvent: (event: UpperCaseEvent) => void): void {
  const asterisk = peers('asterisk.io') as AsteriskIo;
  const client = asterisk.ami('127.0.0.1', port, 'bench', 'bench');
  client.on('error', () => {});
  client.on('eventAny', onEvent);
}

export const reader = (event: UpperCaseEvent) => objectReader(event, 'ChanVariable');
