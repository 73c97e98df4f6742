// A child process that sends, to each client that logs in, what the client's run is about: the stream or the probes.
// The clients get the same bytes from the same process. Prints its ports as one line of JSON.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { PROBES } from './probes.ts';
import { CHUNK_EVENTS, STREAM_EVENTS, streamChunk } from './stream.ts';

/** Time that a client has after its login to be ready for events. */
const SETTLE_MS = 300;
const BETWEEN_PACKETS_MS = 1;

const events = Number(process.argv[2] ?? STREAM_EVENTS);
const chunk = streamChunk();

const ports = {
  stream: await serve((socket) => sendStream(socket)),
  probes: await serve((socket) => sendProbes(socket)),
};
console.log(JSON.stringify(ports));
// Ends with whoever started it.
process.stdin.resume().on('end', () => process.exit());

async function sendStream(socket: Socket): Promise<void> {
  for (let sent = 0; sent < events && !socket.destroyed; sent += CHUNK_EVENTS) {
    if (!socket.write(chunk)) await drained(socket);
  }
}

async function sendProbes(socket: Socket): Promise<void> {
  for (const packet of PROBES.flatMap((probe) => probe.packets)) {
    socket.write(packet);
    await wait(BETWEEN_PACKETS_MS);
  }
}

/** Speaks just enough of the manager's side for every client to log in. */
async function serve(send: (socket: Socket) => Promise<void>): Promise<number> {
  const server = createServer((socket) => {
    let unread = '';
    let open = false;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      unread += String(data);
      const blocks = unread.split('\r\n\r\n');
      unread = blocks.pop()!;
      for (const block of blocks) {
        socket.write(answer(block));
        if (open || !/^action: *login/im.test(block)) continue;
        open = true;
        void wait(SETTLE_MS).then(() => send(socket));
      }
    });
    socket.write('Asterisk Call Manager/11.0.0\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function answer(block: string): string {
  const id = /^actionid: *(.*)$/im.exec(block)?.[1] ?? '';
  return `Response: Success\r\nActionID: ${id}\r\nMessage: Authentication accepted\r\n\r\n`;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.once('drain', done);
    socket.once('close', done);
  });
}
