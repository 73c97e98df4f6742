// A connection that can be started again after it was stopped: another process may take it over, and be gone later.
import type { Connection } from './contract.ts';

/**
 * What was stopped has let go of what it held and is not used again: another one takes its place at once, for what comes in meanwhile.
 * @param open makes a connection that does nothing by itself yet
 */
export function renewedConnection(open: () => Connection): Connection {
  let inner = open();
  let ending: Promise<unknown> = Promise.resolve();
  const { name, capabilities } = inner;
  return {
    name,
    capabilities,
    get concurrency() {
      return inner.concurrency;
    },
    start: () => inner.start(),
    async stop() {
      const stopped = inner;
      inner = open();
      // Whoever asks last waits for all of them.
      ending = Promise.all([stopped.stop(), ending.catch(() => undefined)]);
      await ending;
    },
    status: () => inner.status(),
    check: () => inner.check(),
    work: (work) => inner.work(work),
    ...('authorize' in inner && { authorize: async () => (await inner.authorize?.()) ?? null }),
    ...('receive' in inner && { receive: async (request) => (await inner.receive?.(request)) ?? { status: 404 } }),
  };
}
