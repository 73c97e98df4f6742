// Events: the durable feed by cursor, with waiting; and the live feed over WebSocket.
import type { FastifyReply } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Store, StoredEvent } from '../store/store.ts';
import { ApiError } from './errors.ts';
import type { Feed } from './feed.ts';
import { wholeNumber } from './parameters.ts';
import { errorSchema, eventPageSchema, ticketSchema } from './schemas.ts';
import type { Tail } from './tail.ts';
import type { Tickets } from './tickets.ts';
import type { TokenEntry } from './tokens.ts';
import type { Waiters } from './waiters.ts';

interface Given {
  store: Pick<Store, 'events' | 'lastSeq'>;
  tail: Tail;
  waiters: Waiters;
  feed: Feed;
  tickets: Tickets;
  now: () => number;
}

const feedDescription = [
  'The live feed is a WebSocket at /api/v1/feed. Send `{"token": "…"}` or `{"ticket": "…"}` first, within 5 seconds.',
  'Then come `{"type": "snapshot", "seq", "calls"}` and, from there on, `{"type": "events", "events": […]}` with events as /events gives them.',
  'An event may tell once more what the snapshot already showed. A client that reads too slowly is cut;',
  'docs/generated/errors.md has the close codes.',
].join(' ');

export function eventRoutes({ store, tail, waiters, feed, tickets, now }: Given): FastifyPluginCallbackZod {
  /** Stored events after the cursor; an empty list means that the tail is at the cursor, so that waiting at the tail misses nothing. */
  async function stored(after: number, limit: number): Promise<StoredEvent[]> {
    const events = await store.events(after, limit);
    const [first] = events;
    if (first) {
      // Seq rises by one, so a step over numbers means that rows were removed by age. From 0 on is "whatever there is".
      if (after > 0 && first.seq > after + 1) {
        throw new ApiError(
          'cursor_expired',
          `after: events up to ${first.seq - 1} are gone; go on from ${first.seq - 1}`,
        );
      }
      return events;
    }
    if (tail.seq > after) return stored(after, limit);
    const lastSeq = tail.seq === after ? after : await store.lastSeq();
    if (after > lastSeq) throw new ApiError('cursor_ahead', `after: the last event is ${lastSeq}; go on from there`);
    return [];
  }

  return (app, _options, done) => {
    app.route({
      method: 'GET',
      url: '/events',
      schema: {
        summary: 'Events after a cursor, waiting for the next one if asked to',
        description:
          'Ask with `after` = `next` of the last answer. With `wait`, an answer comes as soon as there is an event, or empty after so many seconds.',
        tags: ['events'],
        querystring: z.strictObject({
          after: wholeNumber(
            0,
            Number.MAX_SAFE_INTEGER,
            'Events after this seq; 0 (from the oldest kept) unless told',
          ).optional(),
          wait: wholeNumber(0, 60, 'Seconds to wait when there is none; 0 unless told').optional(),
          limit: wholeNumber(1, 1000, 'Events in an answer; 100 unless told').optional(),
        }),
        response: { 200: eventPageSchema, default: errorSchema },
      },
      handler: async (request, reply) => {
        const { after = 0, wait = 0, limit = 100 } = request.query;
        const left = leaving(reply);
        const events = await stored(after, limit);
        if (events.length > 0 || wait === 0) return page(events, after);
        const news = await waiters.wait(after, wait * 1000, left);
        return page(news.slice(0, limit), after);
      },
    });

    app.route({
      method: 'POST',
      url: '/feed-ticket',
      schema: {
        summary: 'A one-time ticket for the live feed, good for 30 seconds',
        description: feedDescription,
        tags: ['events'],
        response: { 200: ticketSchema, default: errorSchema },
      },
      handler: (request) => {
        const { ticket, untilMs } = tickets.issue(request.tokenEntry as TokenEntry, now());
        return { ticket, expiresAt: new Date(untilMs).toISOString() };
      },
    });

    app.route({
      method: 'GET',
      url: '/feed',
      websocket: true,
      // Guarded by its first message: a browser cannot set a header here, and a token in the address would end up in logs.
      config: { public: true },
      preValidation: (request, _reply, next) => {
        if (!request.ws) throw new ApiError('upgrade_required', 'this is a WebSocket address');
        feed.requireRoom();
        next();
      },
      handler: (socket, request) => feed.accept(socket, request),
    });
    done();
  };
}

function page(events: readonly StoredEvent[], after: number) {
  return { events: [...events], next: events.at(-1)?.seq ?? after };
}

/** Aborted when the client goes away before its answer. */
function leaving(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}
