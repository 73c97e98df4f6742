import type { EventEmitter } from 'node:events';
import { objectReader, peers } from './client.ts';
import type { LowerCaseEvent } from './lower-case.ts';

export { readEight, readThree } from './lower-case.ts';

type Manager = (port: number, host: string, username: string, password: string, events: boolean) => EventEmitter;

export function connect(port: number, onEvent: (event: LowerCaseEvent) => void): void {
  const manager = peers('asterisk-manager') as Manager;
  const client = manager(port, '127.0.0.1', 'bench', 'bench', true);
  client.on('managerevent', onEvent);
}

export const reader = (event: LowerCaseEvent) => objectReader(event, 'chanvariable');
