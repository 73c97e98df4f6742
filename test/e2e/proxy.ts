import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** Both ends of one connection through the proxy. */
interface Link {
  near: Socket;
  far: Socket;
  /** Bytes that may still go to the client before the link is cut. */
  left: number;
  held: boolean;
}

/** A TCP proxy that does to a connection what networks do: cuts it anywhere, swallows everything, delays. */
export class Proxy {
  readonly host = '127.0.0.1';
  readonly port: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #accepted = 0;
  #delayMs = 0;
  #waiting: (() => void)[] = [];

  private constructor(server: Server, port: number, target: { host: string; port: number }) {
    this.#server = server;
    this.port = port;
    server.on('connection', (near) => this.#join(near, target));
  }

  static async open(target: { host: string; port: number }): Promise<Proxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
    return new Proxy(server, address.port, target);
  }

  /** Connections that came so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Resolves when so many connections have come since the proxy was opened. @throws Error after `timeoutMs` */
  async connections(count: number, timeoutMs = 30_000): Promise<void> {
    const limit = AbortSignal.timeout(timeoutMs);
    while (this.#accepted < count) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        limit.addEventListener('abort', () => reject(new Error(`no connection ${count} within ${timeoutMs} ms`)));
      });
    }
  }

  /** Ends what is connected at this moment; the next connection gets through. */
  cut(): void {
    for (const link of this.#links) this.#end(link);
  }

  /** Ends what is connected as soon as exactly so many more bytes have gone to the client. */
  cutAfter(bytes: number): void {
    for (const link of this.#links) link.left = bytes;
  }

  /** What is connected now stays open and carries nothing any more, either way; the next connection gets through. */
  hold(): void {
    for (const link of this.#links) {
      link.held = true;
      link.near.pause();
      link.far.pause();
    }
  }

  /** What goes to the client comes so much later, in order. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #join(near: Socket, target: { host: string; port: number }): void {
    const far = connect(target.port, target.host);
    const link: Link = { near, far, left: Infinity, held: false };
    this.#links.add(link);
    this.#accepted += 1;
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => this.#end(link));
      // A paused socket does not see its peer leave; when it does, both ends go.
      socket.on('close', () => this.#end(link));
    }
    let sent = Promise.resolve();
    far.on('data', (chunk: Buffer) => {
      if (this.#delayMs === 0) return this.#give(link, chunk);
      const after = wait(this.#delayMs);
      sent = sent.then(() => after).then(() => this.#give(link, chunk));
    });
    near.on('data', (chunk: Buffer) => far.write(chunk));
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #give(link: Link, chunk: Buffer): void {
    if (link.held || link.near.destroyed) return;
    const part = chunk.subarray(0, link.left);
    link.left -= part.length;
    if (link.left > 0) link.near.write(part);
    else link.near.write(part, () => this.#end(link));
  }

  #end(link: Link): void {
    this.#links.delete(link);
    link.near.destroy();
    link.far.destroy();
  }
}
