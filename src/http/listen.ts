// The address of the setting `listen`.
import type { FastifyInstance } from 'fastify';

/** Nobody can be served at the address of the setting `listen`. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly mend: string;

  constructor(address: string, cause: NodeJS.ErrnoException) {
    super(`cannot listen on ${address}: ${cause.message}`, { cause });
    this.mend =
      cause.code === 'EADDRINUSE'
        ? 'another program (or another Patchcord) has this port: stop it, or choose another port in the setting listen'
        : 'give the setting listen an address of this machine, and a port from 1024 up unless you are root';
  }
}

/**
 * Opens the port.
 * @param address `host:port`; an empty host stands for every address of this machine
 * @returns `host:port` as it came out: with port 0, the port that was free
 * @throws ListenError
 */
export async function listen(app: FastifyInstance, address: string): Promise<string> {
  const [, host = '', port = '0'] = /^(.*):(\d+)$/.exec(address) ?? [];
  try {
    const url = await app.listen({ host: host.replace(/^\[|\]$/g, '') || '::', port: Number(port) });
    return url.replace(/^https?:\/\//, '');
  } catch (error) {
    throw new ListenError(address, error as NodeJS.ErrnoException);
  }
}
