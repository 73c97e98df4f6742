// Whether the portal works with leads (classic) or without (simple).
import type { About, Portal } from './portal.ts';

/** It is switched once in years. */
const KEEP_MS = 10 * 60_000;

export class CrmMode {
  #known: { isSimple: boolean; untilMs: number } | null = null;
  readonly #portal: Pick<Portal, 'call'>;
  readonly #now: () => number;

  constructor(portal: Pick<Portal, 'call'>, now: () => number) {
    this.#portal = portal;
    this.#now = now;
  }

  /** @throws PortalError */
  async isSimple(about: About): Promise<boolean> {
    if (this.#known === null || this.#known.untilMs < this.#now()) {
      const { result } = await this.#portal.call('crm.settings.mode.get', {}, about);
      this.#known = { isSimple: Number(result) === 2, untilMs: this.#now() + KEEP_MS };
    }
    return this.#known.isSimple;
  }
}
