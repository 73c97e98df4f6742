import { createConnection, type Socket } from 'node:net';

/** One block of the manager protocol as it came, and when. */
export interface Block {
  /** Unix ms of arrival. */
  tMs: number;
  /** The text with its CRLFs and the empty line at the end; the banner is one line. */
  raw: string;
}

/** Value of a header in a block: the first of that name, or an empty string. */
export function header(block: string, name: string): string {
  const at = block.toLowerCase().indexOf(`\r\n${name.toLowerCase()}:`);
  const start = at >= 0 ? at + 2 : block.toLowerCase().startsWith(`${name.toLowerCase()}:`) ? 0 : -1;
  if (start < 0) return '';
  const end = block.indexOf('\r\n', start);
  return block.slice(start + name.length + 1, end < 0 ? undefined : end).trim();
}

/**
 * A bare manager connection that keeps every block byte for byte: the lab records with it and gives orders with it.
 * (The product's own client is not used, so that a fault in it cannot hide itself.)
 */
export class AmiTap {
  /** All that came so far, in order. */
  readonly blocks: Block[] = [];
  /** The actions that were sent, as `{tMs, raw}`, and the first block of the answer. */
  readonly actions: { tMs: number; action: string; response: string }[] = [];
  #socket: Socket;
  #rest = '';
  #nextId = 1;
  #listeners = new Set<(block: Block) => void>();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', () => undefined);
  }

  /**
   * Connects and logs in with all events.
   * @throws Error when the server refuses or does not answer within 5 s
   */
  static async open(address: { host: string; port: number; username: string; secret: string }): Promise<AmiTap> {
    const socket = createConnection(address.port, address.host);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const tap = new AmiTap(socket);
    const response = await tap.send({
      Action: 'Login',
      Username: address.username,
      Secret: address.secret,
      Events: 'on',
    });
    tap.actions.pop();
    if (header(response, 'Response') !== 'Success') {
      socket.destroy();
      throw new Error(`manager login: ${header(response, 'Message')}`);
    }
    return tap;
  }

  /** Sends an action and returns the response block. A header may be given several values. */
  async send(action: Record<string, string | string[]>): Promise<string> {
    const actionId = `lab-${this.#nextId++}`;
    const all: Record<string, string | string[]> = { ActionID: actionId, ...action };
    const id = String(all['ActionID']);
    const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
    const text = lines.sort((a, b) => Number(b.startsWith('Action:')) - Number(a.startsWith('Action:'))).join('');
    const tMs = Date.now();
    const answer = this.event((block) => header(block, 'Response') !== '' && header(block, 'ActionID') === id);
    this.#socket.write(`${text}\r\n`);
    const response = await answer;
    this.actions.push({ tMs, action: text, response });
    return response;
  }

  /**
   * Waits for the next block that fits.
   * @throws Error after `timeoutMs`
   */
  event(fits: (block: string) => boolean, timeoutMs = 5000): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(look);
        reject(new Error(`no such manager event within ${timeoutMs} ms`));
      }, timeoutMs);
      const look = (block: Block): void => {
        if (!fits(block.raw)) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(block.raw);
      };
      this.#listeners.add(look);
    });
  }

  /** Like `event`, but a block that has come already counts too. */
  seen(fits: (block: string) => boolean, timeoutMs = 5000): Promise<string> {
    const found = this.blocks.find((block) => fits(block.raw));
    return found === undefined ? this.event(fits, timeoutMs) : Promise.resolve(found.raw);
  }

  /** Ends the connection. */
  close(): void {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#rest += text;
    if (this.blocks.length === 0) {
      const end = this.#rest.indexOf('\r\n');
      if (end < 0) return;
      this.#take(end + 2);
    }
    for (;;) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#take(end + 4);
    }
  }

  #take(length: number): void {
    const block = { tMs: Date.now(), raw: this.#rest.slice(0, length) };
    this.#rest = this.#rest.slice(length);
    this.blocks.push(block);
    for (const listener of this.#listeners) listener(block);
  }
}
