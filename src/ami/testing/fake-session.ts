import type { Socket } from 'node:net';

/** An action as it came over the wire. Read with `get`; headers that repeat with `all`. */
export class ReceivedAction {
  /** The block as it was sent, without its empty line. */
  readonly raw: string;
  readonly #headers: [key: string, value: string][];

  constructor(raw: string) {
    this.raw = raw;
    this.#headers = raw.split('\r\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
    });
  }

  get name(): string {
    return this.get('Action');
  }

  get(key: string): string {
    return this.all(key)[0] ?? '';
  }

  all(key: string): string[] {
    return this.#headers.filter(([name]) => name === key.toLowerCase()).map(([, value]) => value);
  }
}

/** One connection to the fake. */
export class FakeSession {
  loggedIn = false;
  /** The challenge given to this connection, '' before it asked for one. */
  challenge = '';
  readonly #socket: Socket;
  #budgetBytes: number;
  #silent = false;
  #unread = '';

  /** @param budgetBytes after so many bytes sent the connection ends */
  constructor(socket: Socket, budgetBytes: number, onAction: (action: ReceivedAction) => void) {
    this.#socket = socket;
    this.#budgetBytes = budgetBytes;
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('data', (text: string) => {
      this.#unread += text;
      for (let end = this.#unread.indexOf('\r\n\r\n'); end >= 0; end = this.#unread.indexOf('\r\n\r\n')) {
        const raw = this.#unread.slice(0, end);
        this.#unread = this.#unread.slice(end + 4);
        if (!this.#silent) onAction(new ReceivedAction(raw));
      }
    });
  }

  /** Bytes that were written and not yet taken by the kernel: grows while the client does not read. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Sends bytes as they are. Resolves when the kernel has taken them. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.#silent || !this.#socket.writable) return resolve();
      const whole = Buffer.from(bytes);
      const part = whole.subarray(0, this.#budgetBytes);
      this.#budgetBytes -= part.length;
      this.#socket.write(part, () => resolve());
      if (this.#budgetBytes === 0) this.#socket.end();
    });
  }

  /** Answers an action; give the headers after `Response` and `ActionID`. */
  respond(action: ReceivedAction, response: string, headers: Record<string, string> = {}): Promise<void> {
    return this.send(block({ Response: response, ActionID: action.get('ActionID'), ...headers }));
  }

  /** Ends the connection properly, after what was sent. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection as a dying process does: whatever was not delivered is lost. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  /** From now on as if the network were gone: nothing is answered or sent, and nothing is closed. */
  goSilent(): void {
    this.#silent = true;
  }
}

/** One block of the wire; a value that is a list repeats its header. */
export function block(headers: Record<string, string | readonly string[]>): string {
  const lines = Object.entries(headers).flatMap(([key, value]) =>
    (typeof value === 'string' ? [value] : value).map((item) => `${key}: ${item}`),
  );
  return `${lines.join('\r\n')}\r\n\r\n`;
}
