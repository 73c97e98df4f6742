import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ProbeReader } from '../probes.ts';

/** One AMI client under measurement. Events are whatever the client gives; only the client's own functions read them. */
export interface BenchClient {
  /** Connects, logs in and gives each event on. */
  connect(port: number, onEvent: (event: never) => void): void;
  /** Reads three fields the way a user of this client does; the sum of their lengths. */
  readThree(event: never): number;
  readEight(event: never): number;
  reader(event: never): ProbeReader;
}

/** Loads a client from npm out of bench/peers. */
export const peers = createRequire(join(import.meta.dirname, '..', '..', 'peers', 'package.json'));

/** The usual way of the clients from npm: an event is an object with the headers as properties. */
export function objectReader(event: Record<string, unknown>, variables: string): ProbeReader {
  const get = (key: string): unknown => event[key] ?? event[key.toLowerCase()];
  return { get, all: get, variables: () => get(variables) };
}
