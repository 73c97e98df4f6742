import { WebSocket } from 'ws';

/** The moments of a call that are measured, in their order. */
export const moments = ['ring', 'answer', 'end'] as const;
export type Moment = (typeof moments)[number];

/** As much of an event of the API as is needed here. */
interface ApiEvent {
  type: string;
  leg: number | null;
  call: { client: { number: string | null } | null } | null;
}

/** When a client of the API heard of each moment of the calls of one number; the number is used for one call at a time. */
export class Watcher {
  readonly #heard = new Map<string, Map<Moment, number>>();
  readonly #waiting = new Map<string, () => void>();

  /** Resolves when the end of the number's call has been heard, with the times (`performance.now()`) of all that was heard. */
  async whole(number: string): Promise<Map<Moment, number>> {
    const heard = this.#of(number);
    if (!heard.has('end')) await new Promise<void>((resolve) => this.#waiting.set(number, resolve));
    this.#heard.delete(number);
    return heard;
  }

  take(events: ApiEvent[]): void {
    const atMs = performance.now();
    for (const { type, leg, call } of events) {
      const number = call?.client?.number;
      const moment = momentOf(type, leg);
      if (number == null || moment === null) continue;
      const heard = this.#of(number);
      if (!heard.has(moment)) heard.set(moment, atMs);
      if (moment === 'end') this.#waiting.get(number)?.();
    }
  }

  #of(number: string): Map<Moment, number> {
    const heard = this.#heard.get(number) ?? new Map<Moment, number>();
    this.#heard.set(number, heard);
    return heard;
  }
}

function momentOf(type: string, leg: number | null): Moment | null {
  // that a phone rings is no fact of its own: the call changes at that leg
  if (type === 'call.changed' && leg !== null) return 'ring';
  if (type === 'call.answered') return 'answer';
  return type === 'call.ended' ? 'end' : null;
}

/** Follows the live feed over WebSocket. Resolves when the snapshot has come. */
export async function watchFeed(address: string, token: string, watcher: Watcher): Promise<() => void> {
  const socket = new WebSocket(`ws://${address}/api/v1/feed`);
  socket.on('open', () => socket.send(JSON.stringify({ token })));
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as { type: string; events?: ApiEvent[] };
      if (message.type === 'snapshot') resolve();
      else watcher.take(message.events ?? []);
    });
  });
  return () => socket.terminate();
}

/** Follows the durable events by asking again and again, each time waiting for the next one. */
export function watchByPolling(address: string, token: string, watcher: Watcher): () => Promise<void> {
  const stop = new AbortController();
  const poll = async (): Promise<void> => {
    for (let after = 0; ;) {
      const response = await fetch(`http://${address}/api/v1/events?after=${after}&wait=30&limit=1000`, {
        headers: { authorization: `Bearer ${token}` },
        signal: stop.signal,
      });
      const page = (await response.json()) as { events: ApiEvent[]; next: number };
      watcher.take(page.events);
      after = page.next;
    }
  };
  const done = poll().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error;
  });
  return async () => {
    stop.abort();
    await done;
  };
}
