// The live feed over WebSocket: a snapshot of the open calls, then every event. For the page and for panels; nothing is kept for a client
// that goes away (that is what /events is for).
import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import type { Call } from '../calls/call.ts';
import type { StoredEvent } from '../store/store.ts';
import { authenticate, requireScope } from './auth.ts';
import type { CountFailure } from './auth.ts';
import { ApiError, closeCodes } from './errors.ts';
import type { CloseReason } from './errors.ts';
import type { Tail } from './tail.ts';
import type { Tickets } from './tickets.ts';
import type { TokenEntry, Tokens } from './tokens.ts';

const maxFeedClients = 500;
const maxBufferedBytes = 1024 * 1024;
export const maxMessageBytes = 4096;
const helloMs = 5000;
const pingMs = 20_000;
/** For a client that does not even take the close frame. */
const cutMs = 2000;

const helloSchema = z.union([z.strictObject({ token: z.string() }), z.strictObject({ ticket: z.string() })]);

/** The calls in progress, as the tracker (or, where another instance owns a PBX, the store) knows them. */
export interface Live {
  openCalls(): Call[] | Promise<Call[]>;
}

interface FeedOptions {
  tail: Tail;
  live: Live;
  tokens: Tokens;
  tickets: Tickets;
  countFailure: CountFailure;
  now: () => number;
}

/** One WebSocket: waits for its first message, then (with an entry) for the snapshot, then is open. */
interface Client {
  socket: WebSocket;
  entry: TokenEntry | null;
  /** What came while the snapshot was being read; null before and after that. */
  held: string[] | null;
  open: boolean;
  alive: boolean;
}

export class Feed {
  readonly #options: FeedOptions;
  readonly #clients = new Set<Client>();
  readonly #stopListening: () => void;
  readonly #pinging: NodeJS.Timeout;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#stopListening = options.tail.listen((events) => this.#broadcast(events));
    this.#pinging = setInterval(() => this.#ping(), pingMs);
    this.#pinging.unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  /** @throws ApiError `too_many_clients`, before a connection is upgraded. */
  requireRoom(): void {
    if (this.#clients.size >= maxFeedClients) {
      throw new ApiError('too_many_clients', `${maxFeedClients} clients hold the feed already`, 5);
    }
  }

  accept(socket: WebSocket, request: FastifyRequest): void {
    const client: Client = { socket, entry: null, held: null, open: false, alive: true };
    this.#clients.add(client);
    const hello = setTimeout(() => cut(client, 'hello_late'), helloMs);
    let first = true;
    socket.on('message', (data: Buffer, isBinary) => {
      if (!first || isBinary) return cut(client, 'hello_expected');
      first = false;
      clearTimeout(hello);
      this.#begin(client, data.toString('utf8'), request).catch((error: unknown) => {
        if (error instanceof ApiError && error.code in closeCodes) return cut(client, error.code as CloseReason);
        request.log.error({ err: error }, 'the live feed could not begin');
        cut(client, 'feed_failed');
      });
    });
    socket.on('pong', () => {
      client.alive = true;
    });
    // A protocol error or a reset; `close` follows and cleans up.
    socket.on('error', (error) => request.log.debug({ err: error }, 'a feed client broke off'));
    socket.on('close', () => {
      clearTimeout(hello);
      this.#clients.delete(client);
    });
  }

  stop(): void {
    clearInterval(this.#pinging);
    this.#stopListening();
    for (const client of this.#clients) cut(client, 'stopping');
  }

  async #begin(client: Client, text: string, request: FastifyRequest): Promise<void> {
    const hello = parseHello(text);
    if (!hello) return cut(client, 'hello_expected');
    client.entry = await this.#entryFor(hello, request);
    // From here on events are held, and the snapshot says up to which of them it surely reaches: one may be told twice, none is missed.
    client.held = [];
    const seq = this.#options.tail.seq;
    const calls = await this.#options.live.openCalls();
    send(client, JSON.stringify({ type: 'snapshot', seq, calls }));
    for (const held of client.held) send(client, held);
    client.held = null;
    client.open = true;
  }

  async #entryFor(hello: z.infer<typeof helloSchema>, request: FastifyRequest): Promise<TokenEntry> {
    const { tokens, tickets, countFailure, now } = this.#options;
    if ('token' in hello) return authenticate(tokens, hello.token, 'read', request, countFailure);
    const entry = tickets.use(hello.ticket, now());
    if (entry && tokens.stands(entry)) {
      requireScope(entry, 'read');
      return entry;
    }
    const tooMany = (await countFailure(request)) !== null;
    throw new ApiError(tooMany ? 'too_many_failures' : 'token_unknown', 'the ticket is not known');
  }

  #broadcast(events: readonly StoredEvent[]): void {
    const text = JSON.stringify({ type: 'events', events });
    for (const client of this.#clients) {
      if (client.open) send(client, text);
      else client.held?.push(text);
    }
  }

  #ping(): void {
    for (const client of this.#clients) {
      if (!client.alive) client.socket.terminate();
      else if (client.entry && !this.#options.tokens.stands(client.entry)) cut(client, 'token_unknown');
      else {
        client.alive = false;
        client.socket.ping();
      }
    }
  }
}

function send(client: Client, text: string): void {
  if (client.socket.readyState !== client.socket.OPEN) return;
  client.socket.send(text);
  if (client.socket.bufferedAmount > maxBufferedBytes) cut(client, 'too_slow');
}

function cut(client: Client, reason: CloseReason): void {
  const { socket } = client;
  client.open = false;
  client.held = null;
  if (socket.readyState !== socket.OPEN) return;
  socket.close(closeCodes[reason].code, reason);
  // The close frame stands behind what is buffered, and a client may never read so far.
  const timer = setTimeout(() => socket.terminate(), cutMs);
  socket.once('close', () => clearTimeout(timer));
}

function parseHello(text: string): z.infer<typeof helloSchema> | null {
  try {
    return helloSchema.parse(JSON.parse(text));
  } catch {
    // Whatever else it was, it was no hello, and the client is told so by the close code.
    return null;
  }
}
