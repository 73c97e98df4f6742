import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as wait } from 'node:timers/promises';

const frameMs = 20;
const samplesPerFrame = 160;
const alawSilence = Buffer.alloc(samplesPerFrame, 0xd5);
const digits = '0123456789*#ABCD';

/** Streams that are open; one timer serves them all, so that thirty phones cost next to nothing. */
const streams = new Set<AudioStream>();
let timer: NodeJS.Timeout | null = null;

/**
 * The audio of one call: silence at 20 ms, and digits as telephone events (RFC 4733). Asterisk moves a call out of a Local
 * channel only when audio flows, so a phone that sends none would not show what real ones do.
 */
export class AudioStream {
  readonly port: number;
  #socket: Socket;
  #target: { host: string; port: number; eventType: number } | null = null;
  #sequence = 1;
  #time = 0;
  #dialling = false;
  #received = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', () => this.#received++);
    socket.on('error', () => undefined);
  }

  /** Opens a stream on any free port of the address. */
  static async open(host: string): Promise<AudioStream> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, host, resolve);
    });
    return new AudioStream(socket);
  }

  /** Packets that came from the other side. */
  get received(): number {
    return this.#received;
  }

  /** Starts sending there; null stops (hold). */
  sendTo(target: { host: string; port: number; eventType: number } | null): void {
    this.#target = target;
    streams.add(this);
    timer ??= setInterval(() => {
      for (const stream of streams) stream.#frame();
    }, frameMs);
  }

  /** Presses the keys: 80 ms each, 60 ms between. Resolves when the last is over. */
  async dial(keys: string): Promise<void> {
    this.#dialling = true;
    for (const key of keys) {
      const code = digits.indexOf(key.toUpperCase());
      if (code < 0) throw new Error(`no telephone key: ${key}`);
      const time = this.#time;
      for (let frame = 1; frame <= 4; frame++) {
        this.#event(code, false, frame * samplesPerFrame, time, frame === 1);
        await wait(frameMs);
      }
      for (let i = 0; i < 3; i++) this.#event(code, true, 5 * samplesPerFrame, time, false);
      this.#time += 8 * samplesPerFrame;
      await wait(60);
    }
    this.#dialling = false;
  }

  close(): void {
    if (!streams.delete(this) && this.#target === null) return this.#end();
    this.#target = null;
    this.#end();
    if (streams.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  }

  #end(): void {
    try {
      this.#socket.close();
    } catch {
      // closed already: a call that fails may end twice
    }
  }

  #frame(): void {
    this.#time += samplesPerFrame;
    if (!this.#dialling) this.#send(8, this.#time, alawSilence, false);
  }

  #event(code: number, end: boolean, duration: number, time: number, marker: boolean): void {
    const body = Buffer.from([code, (end ? 0x80 : 0) | 10, duration >> 8, duration & 0xff]);
    this.#send(this.#target?.eventType ?? 101, time, body, marker);
  }

  #send(type: number, time: number, body: Buffer, marker: boolean): void {
    if (this.#target === null) return;
    const head = Buffer.alloc(12);
    head[0] = 0x80;
    head[1] = (marker ? 0x80 : 0) | type;
    head.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    head.writeUInt32BE(time >>> 0, 4);
    head.writeUInt32BE(this.port, 8);
    this.#socket.send(Buffer.concat([head, body]), this.#target.port, this.#target.host, () => undefined);
  }
}
