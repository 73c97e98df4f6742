// One-time tickets for the live feed: a page hands its frame or worker a ticket instead of its token.
import { randomBytes } from 'node:crypto';
import type { TokenEntry } from './tokens.ts';

const lifeMs = 30_000;
/** Unused tickets at once; the oldest goes first. */
const maxTickets = 1000;

export class Tickets {
  readonly #open = new Map<string, { entry: TokenEntry; untilMs: number }>();

  issue(entry: TokenEntry, nowMs: number): { ticket: string; untilMs: number } {
    const oldest = this.#open.keys().next();
    if (this.#open.size >= maxTickets && !oldest.done) this.#open.delete(oldest.value);
    const ticket = randomBytes(32).toString('base64url');
    const untilMs = nowMs + lifeMs;
    this.#open.set(ticket, { entry, untilMs });
    return { ticket, untilMs };
  }

  /** The entry of the token that ordered the ticket, or null; either way the ticket is used up. */
  use(ticket: string, nowMs: number): TokenEntry | null {
    const kept = this.#open.get(ticket);
    this.#open.delete(ticket);
    return kept && nowMs < kept.untilMs ? kept.entry : null;
  }
}
