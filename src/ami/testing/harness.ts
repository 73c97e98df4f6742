import { AmiClient } from '../client.ts';
import type { AmiClientEvents } from '../client.ts';
import type { AmiOptions } from '../options.ts';
import { FakeServer } from './fake-server.ts';
import type { FakeServerOptions } from './fake-server.ts';

/** A fake Asterisk and a client for it, both ended by `stop`. Errors are collected, not thrown. */
export interface Harness {
  fake: FakeServer;
  client: AmiClient;
  errors: string[];
  /** Resolves with what the next event of that kind brings. */
  next: <Name extends keyof AmiClientEvents>(event: Name) => Promise<AmiClientEvents[Name]>;
  stop: () => Promise<void>;
}

/** The client is not started. Its times are short: tests wait for facts, not for clocks. */
export async function harness(server: FakeServerOptions = {}, options: Partial<AmiOptions> = {}): Promise<Harness> {
  const fake = await FakeServer.start(server);
  const client = new AmiClient({ ...fake.address, reconnect: { minMs: 1, maxMs: 20 }, ...options });
  const errors: string[] = [];
  client.on('error', (error) => errors.push(error.code));
  return {
    fake,
    client,
    errors,
    next: (event) => new Promise((resolve) => client.once(event, resolve)),
    stop: async () => {
      await client.stop();
      await fake.close();
    },
  };
}
