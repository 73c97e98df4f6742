import { createSocket, type Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import {
  formatMessage,
  headerOf,
  headersOf,
  methodOf,
  parseMessage,
  type SipMessage,
  statusOf,
  tagOf,
} from './message.ts';

/** What an agent hands over to whoever owns the dialog. */
export interface Dialog {
  readonly callId: string;
  /** A request inside the dialog (or the CANCEL of its INVITE). */
  request(message: SipMessage): void;
  /** A success response to INVITE that came again because our ACK was late. */
  repeated(message: SipMessage): void;
}

/** A random token that fits into SIP headers. */
export function token(): string {
  return randomBytes(8).toString('hex');
}

const reasons: Record<number, string> = {
  100: 'Trying',
  180: 'Ringing',
  183: 'Session Progress',
  200: 'OK',
  202: 'Accepted',
  302: 'Moved Temporarily',
  404: 'Not Found',
  480: 'Temporarily Unavailable',
  481: 'Call Does Not Exist',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  503: 'Service Unavailable',
  603: 'Decline',
};

/**
 * One UDP socket that speaks SIP: matches responses to requests and requests to dialogs, and repeats an answer when the
 * request comes again. Datagrams on loopback are not lost, so it does not repeat its own requests.
 */
export class SipAgent {
  readonly host: string;
  readonly port: number;
  /** Called for every INVITE that begins a call. */
  onInvite: (message: SipMessage) => void = () => undefined;
  #socket: Socket;
  #server: { host: string; port: number };
  #pending = new Map<string, (response: SipMessage) => void>();
  #dialogs = new Map<string, Dialog>();
  #answers = new Map<string, string>();

  private constructor(socket: Socket, server: { host: string; port: number }) {
    this.#socket = socket;
    this.#server = server;
    const address = socket.address();
    this.host = address.address;
    this.port = address.port;
    socket.on('message', (data) => this.#receive(data.toString('utf8')));
    socket.on('error', () => undefined);
  }

  /** Binds the address; `server` is where every message goes. */
  static async open(bind: { host: string; port: number }, server: { host: string; port: number }): Promise<SipAgent> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(bind.port, bind.host, resolve);
    });
    return new SipAgent(socket, server);
  }

  close(): void {
    this.#socket.close();
  }

  /** The Via line of a new request, and the branch by which its answers come back. */
  newVia(): { via: string; branch: string } {
    const branch = `z9hG4bK${token()}`;
    return { via: `SIP/2.0/UDP ${this.host}:${this.port};branch=${branch}`, branch };
  }

  /** Sends a request that begins with its own Via; every response goes to `onResponse`. */
  request(message: SipMessage, branch: string, onResponse: (response: SipMessage) => void): void {
    this.#pending.set(`${branch} ${methodOf(message)}`, onResponse);
    this.send(message);
  }

  /** Sends as it is (ACK needs no answer). */
  send(message: SipMessage): void {
    this.#sendText(formatMessage(message));
  }

  /** Answers a request. `toTag` makes the dialog. */
  respond(
    request: SipMessage,
    code: number,
    more: { toTag?: string; headers?: [string, string][]; body?: string } = {},
  ): void {
    const copy = (name: string): [string, string][] => headersOf(request, name).map((value) => [name, value]);
    const to = headerOf(request, 'to') ?? '';
    const tagged = tagOf(to) === null && more.toTag !== undefined ? `${to};tag=${more.toTag}` : to;
    const text = formatMessage({
      start: `SIP/2.0 ${code} ${reasons[code] ?? 'Answer'}`,
      headers: [
        ...copy('Via'),
        ...copy('Record-Route'),
        ...copy('From'),
        ['To', tagged],
        ...copy('Call-ID'),
        ...copy('CSeq'),
        ...(more.headers ?? []),
      ],
      body: more.body ?? '',
    });
    this.#answers.set(identity(request), text);
    this.#sendText(text);
  }

  adopt(dialog: Dialog): void {
    this.#dialogs.set(dialog.callId, dialog);
  }

  forget(dialog: Dialog): void {
    this.#dialogs.delete(dialog.callId);
  }

  #sendText(text: string): void {
    this.#socket.send(text, this.#server.port, this.#server.host, () => undefined);
  }

  #receive(text: string): void {
    if (text.trim() === '') return;
    const message = parseMessage(text);
    if (statusOf(message) === null) this.#receiveRequest(message);
    else this.#receiveResponse(message);
  }

  #receiveResponse(message: SipMessage): void {
    const key = `${branchOf(message)} ${methodOf(message)}`;
    const waiting = this.#pending.get(key);
    if (waiting === undefined) {
      const dialog = this.#dialogs.get(headerOf(message, 'call-id') ?? '');
      if (methodOf(message) === 'INVITE' && (statusOf(message) ?? 0) >= 200) dialog?.repeated(message);
      return;
    }
    if ((statusOf(message) ?? 0) >= 200) this.#pending.delete(key);
    waiting(message);
  }

  #receiveRequest(message: SipMessage): void {
    const method = methodOf(message);
    const answer = this.#answers.get(identity(message));
    if (answer !== undefined && method !== 'ACK') return this.#sendText(answer);
    const dialog = this.#dialogs.get(headerOf(message, 'call-id') ?? '');
    if (dialog !== undefined) dialog.request(message);
    else if (method === 'INVITE') this.onInvite(message);
    // what Asterisk sends outside of calls (voicemail lamps, keep-alive) needs no more than a yes
    else if (method === 'OPTIONS' || method === 'NOTIFY') this.respond(message, 200);
    else if (method !== 'ACK') this.respond(message, 481);
  }
}

function branchOf(message: SipMessage): string {
  return /branch=([^;,\s]+)/.exec(headerOf(message, 'via') ?? '')?.[1] ?? '';
}

/** What is the same in a request and its repetition, and differs in every other request. */
function identity(message: SipMessage): string {
  return `${branchOf(message)} ${methodOf(message)} ${headerOf(message, 'cseq')}`;
}
