// Stands before a server and notes when what passes by, passes by. All taps of a process read one clock.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Heard {
  /** Told of every piece that the server sends. */
  fromServer?: (connection: Connection, piece: Buffer, atMs: number) => void;
  fromClient?: (connection: Connection, piece: Buffer, atMs: number) => void;
}

/** What a listener remembers of one connection. */
export interface Connection {
  text: string;
  /** When the first byte of what is in `text` came (`performance.now()`). */
  sinceMs: number;
}

export class Tap {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as AddressInfo).port;
  }

  static async before(host: string, port: number, heard: Heard): Promise<Tap> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (client) => {
      const upstream = connect({ host, port, noDelay: true });
      const connection: Connection = { text: '', sinceMs: 0 };
      for (const [from, to, note] of [
        [client, upstream, heard.fromClient],
        [upstream, client, heard.fromServer],
      ] as const) {
        sockets.add(from);
        from.on('data', (piece: Buffer) => {
          const atMs = performance.now();
          to.write(piece);
          note?.(connection, piece, atMs);
        });
        from.on('end', () => to.end());
        from.on('error', () => to.destroy());
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Tap(server, sockets);
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
