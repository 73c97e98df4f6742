// A host's addresses: looked up by ourselves, judged, and then connected to as they are, so that what was judged is what is asked.
import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { kindOfAddress } from './addresses.ts';
import { HttpError } from './http.ts';
import { explainFailure } from './http-errors.ts';

export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** Moves of a server to another address are followed after this long. */
const pinnedMs = 60_000;
const addressesMax = 16;

/** As the operating system resolves names: `/etc/hosts` counts. */
export const resolveHost: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

/** The hosts of one connection. */
export class PinnedHosts {
  readonly #connection: string;
  readonly #allowPrivate: boolean;
  readonly #resolve: Resolve;
  readonly #now: () => number;
  readonly #known = new Map<string, { atMs: number; addresses: Promise<LookupAddress[]> }>();

  constructor(given: { connection: string; allowPrivate: boolean; resolve: Resolve; now: () => number }) {
    this.#connection = given.connection;
    this.#allowPrivate = given.allowPrivate;
    this.#resolve = given.resolve;
    this.#now = given.now;
  }

  /**
   * What `net.connect` asks instead of the name service; gives the judged addresses only.
   * @param host a name or an address, without brackets
   * @throws HttpError `refused`
   */
  async pin(host: string): Promise<LookupFunction> {
    const addresses = await this.#addresses(host);
    return (_host, options, answer) => {
      const first = addresses[0];
      if (options.all || !first) answer(null, addresses);
      else answer(null, first.address, first.family);
    };
  }

  #addresses(host: string): Promise<LookupAddress[]> {
    const known = this.#known.get(host);
    if (known && this.#now() - known.atMs < pinnedMs) return known.addresses;
    const addresses = this.#look(host);
    this.#known.set(host, { atMs: this.#now(), addresses });
    // The next request asks again.
    addresses.catch(() => this.#known.delete(host));
    return addresses;
  }

  async #look(host: string): Promise<LookupAddress[]> {
    const family = isIP(host);
    let found: LookupAddress[];
    try {
      found = family > 0 ? [{ address: host, family }] : await this.#resolve(host);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      const { message, mend } = explainFailure(cause, host, this.#connection);
      throw new HttpError('refused', message, { cause, ...(mend === undefined ? {} : { mend }) });
    }
    // One refused address refuses the host: a name that is public and private at once is how inner servers are reached from outside.
    for (const { address } of found) this.#judge(host, address);
    if (found.length === 0) throw new HttpError('refused', `the host ${host} has no address`);
    return found.slice(0, addressesMax);
  }

  #judge(host: string, address: string): void {
    const kind = kindOfAddress(address);
    const what = host === address ? host : `${host} (${address})`;
    if (kind === 'never') {
      throw new HttpError('refused', `${what} is no address of a server`, {
        mend: `check the address of the connection ${this.#connection} in crm`,
      });
    }
    if (kind === 'private' && !this.#allowPrivate) {
      throw new HttpError('refused', `${what} is an address of the inner network, which this connection may not use`, {
        mend: `if the server is in your own network, set allowPrivate: true for the connection ${this.#connection} in crm`,
      });
    }
  }
}
