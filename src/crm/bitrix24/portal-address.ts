// Where the portal is. A cloud portal that was renamed answers with a redirect, which has to be followed by hand: a redirected POST would
// become a GET without parameters.
import type { SecretStore } from '../secrets.ts';

const secretName = 'address';

export class PortalAddress {
  /** As in the settings: everything before `rest/`, with a slash at the end. */
  readonly #configured: string;
  /** `rest/`, or `rest/1/secret/`. */
  readonly #restPath: string;
  readonly #secrets: SecretStore;
  #now: string;
  #loaded: Promise<void> | undefined;

  /** @param given exactly one of the two is an address */
  constructor(given: { portal: string | undefined; webhook: string | undefined; secrets: SecretStore }) {
    const url = new URL(given.webhook ?? given.portal ?? '');
    const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
    const hook = given.webhook === undefined ? null : /^(.*\/)(rest\/\d+\/[^/]+\/)$/.exec(path);
    this.#configured = `${url.origin}${hook?.[1] ?? path}`;
    this.#restPath = hook?.[2] ?? 'rest/';
    this.#secrets = given.secrets;
    this.#now = this.#configured;
  }

  /** With a slash at the end. */
  get url(): string {
    return this.#now;
  }

  /** Remembers the new address of a renamed portal, as long as the settings still name the old one. */
  load(): Promise<void> {
    this.#loaded ??= this.#load().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
    return this.#loaded;
  }

  /** Of a method. */
  urlOf(method: string): string {
    return `${this.#now}${this.#restPath}${method}`;
  }

  /** Something that the portal gave an address for, always on the portal's own host: the address may be that of a proxy behind. */
  own(address: string): string {
    const { pathname, search } = new URL(address, this.#now);
    return `${new URL(this.#now).origin}${pathname}${search}`;
  }

  /**
   * The same request at the address that a redirect leads to; null when that is no renamed portal. Tokens go there, so only the cloud may move,
   * within itself; a portal of one's own may change scheme and port, but not lose TLS.
   */
  follow(location: string, from: string): string | null {
    if (!URL.canParse(location, from)) return null;
    const [old, fresh] = [new URL(from), new URL(location, from)];
    const isSameHost = fresh.hostname === old.hostname || (isThisMachine(old) && isThisMachine(fresh));
    const isCloud = cloud.test(old.hostname) && cloud.test(fresh.hostname);
    if (fresh.pathname !== old.pathname || fresh.origin === old.origin || !(isSameHost || isCloud)) return null;
    if (fresh.protocol !== 'https:' && (old.protocol === 'https:' || fresh.protocol !== 'http:')) return null;
    return fresh.href;
  }

  /** From now on the portal is where this request was answered; durably. @throws whatever the store does */
  async keep(answered: string): Promise<void> {
    const moved = this.#now.replace(new URL(this.#now).origin, new URL(answered).origin);
    if (moved === this.#now) return;
    await this.#secrets.put(secretName, JSON.stringify({ configured: this.#configured, now: moved }));
    this.#now = moved;
  }

  async #load(): Promise<void> {
    const stored = await this.#secrets.get(secretName);
    if (stored === null) return;
    const { configured, now } = JSON.parse(stored) as { configured: string; now: string };
    if (configured === this.#configured) this.#now = now;
  }
}

/** Hosts of Bitrix24's cloud: company.bitrix24.ru, .com, .com.br and so on. */
const cloud = /^[a-z0-9-]+\.bitrix24\.(?:[a-z]{2,6}|com?\.[a-z]{2})$/i;

function isThisMachine({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** All addresses that a portal of the cloud may be renamed to, as `https://*.bitrix24.ru`; null for another portal. */
export function cloudOf(address: string): string | null {
  const { hostname } = new URL(address);
  return cloud.test(hostname) ? `https://*${hostname.slice(hostname.indexOf('.'))}` : null;
}
