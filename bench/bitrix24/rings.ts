// Two taps: when Asterisk's manager interface told that a phone is called, and when the first byte of the request with the card came.
import { header } from '../../lab/ami.ts';
import { type Connection, Tap } from './tap.ts';

export interface Ring {
  callId: string;
  /** `performance.now()`, as is the other. */
  rangAtMs: number;
  /** Null: the card never came. */
  cardAtMs: number | null;
}

export class Rings {
  readonly #rang = new Map<string, number>();
  readonly #cards = new Map<string, number>();

  /** Before a manager interface; `pbx` is its name in Patchcord. */
  beforePbx(pbx: string, { host, port }: { host: string; port: number }): Promise<Tap> {
    const fromServer = (connection: Connection, piece: Buffer, atMs: number): void => {
      connection.text += piece.toString('latin1');
      const blocks = connection.text.split('\r\n\r\n');
      connection.text = blocks.pop() ?? '';
      for (const block of blocks) {
        if (header(block, 'Event') !== 'DialBegin' || header(block, 'Linkedid') === '') continue;
        this.rang(`${pbx}-${header(block, 'Linkedid')}`, atMs);
      }
    };
    return Tap.before(host, port, { fromServer });
  }

  /** Before the portal. */
  beforePortal({ host, port }: { host: string; port: number }): Promise<Tap> {
    const fromClient = (connection: Connection, piece: Buffer, atMs: number): void => {
      if (connection.text === '') connection.sinceMs = atMs;
      connection.text += piece.toString('latin1');
      const body = bodyOf(connection.text);
      if (body === null) return;
      connection.text = '';
      for (const callId of cardsIn(body)) if (!this.#cards.has(callId)) this.#cards.set(callId, connection.sinceMs);
    };
    return Tap.before(host, port, { fromClient });
  }

  rang(callId: string, atMs: number): void {
    if (!this.#rang.has(callId)) this.#rang.set(callId, atMs);
  }

  get count(): number {
    return this.#rang.size;
  }

  /** The calls that rang within the period, in their order. */
  between(fromMs: number, toMs: number): Ring[] {
    return [...this.#rang]
      .filter(([, atMs]) => atMs >= fromMs && atMs < toMs)
      .map(([callId, rangAtMs]) => ({ callId, rangAtMs, cardAtMs: this.#cards.get(callId) ?? null }));
  }
}

/** The body of a request that is there whole; null while it is not. */
function bodyOf(text: string): string | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text.slice(0, end))?.[1] ?? 0);
  const body = text.slice(end + 4);
  return body.length < length ? null : body;
}

/** Calls that are registered with a card at once, by a request of their own or within a batch. */
function cardsIn(body: string): string[] {
  return body.split('"').flatMap((command) => {
    const id = /EXTERNAL_CALL_ID=([\w.-]+)/.exec(command)?.[1];
    return id !== undefined && /\bSHOW=1\b/.test(command) ? [id] : [];
  });
}
