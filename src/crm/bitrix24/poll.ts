// Asking the portal for clicks, where it cannot reach us.
import { recordOf, rowsOf, textOf } from './answers.ts';
import type { Clicks } from './clicks.ts';
import type { Context } from './context.ts';

/** While people click, and otherwise. Each poll is a request when nothing else is to be sent. */
const BUSY_MS = 1000;
const QUIET_MS = 2000;
const BUSY_FOR_MS = 60_000;

export class Poll {
  readonly #context: Context;
  readonly #clicks: Clicks;
  #lastEventMs = 0;
  #lastPollMs = 0;

  constructor(context: Context, clicks: Clicks) {
    this.#context = context;
    this.#clicks = clicks;
  }

  /**
   * Takes what waits. The portal forgets it by that: a click whose answer is lost is clicked again.
   * @returns after how long to ask again, ms
   * @throws PortalError
   */
  async once(): Promise<number> {
    const { portal, given } = this.#context;
    const startedMs = given.now();
    const { result } = await portal.call('event.offline.get', { clear: 1, limit: 50 }, { lane: 'usual' });
    const events = rowsOf(recordOf(result)['events']);
    const wereAway = startedMs - this.#lastPollMs > BUSY_FOR_MS;
    this.#lastPollMs = startedMs;
    for (const row of events) {
      const event = textOf(row['EVENT_NAME'])?.toUpperCase();
      if (event === undefined) continue;
      const userId = textOf(recordOf(row['EVENT_ADDITIONAL'])['user_id']);
      this.#clicks.take({ event, data: recordOf(row['EVENT_DATA']), atMs: null, userId }, wereAway);
    }
    if (events.length > 0) this.#lastEventMs = given.now();
    return given.now() - this.#lastEventMs < BUSY_FOR_MS ? BUSY_MS : QUIET_MS;
  }
}
