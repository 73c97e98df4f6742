// One client of the AMI: login, what it wants to hear, and its actions.
import { createHash, randomInt } from 'node:crypto';
import { answer, actionIdLine, refused, type Answer } from './actions.ts';
import { classesOf, Filters } from './filters.ts';
import { Requests, type Request } from './request.ts';
import { demoEvent, lines, type DemoEvent } from '../core/event.ts';
import type { Socket } from 'node:net';
import type { World } from '../world.ts';

export interface Account {
  readonly username: string;
  readonly secret: string;
}

/** A reader that lets so much pile up is cut off, as Asterisk does it; bytes. */
const mostUnsentBytes = 64 * 1024 * 1024;

export class Session {
  private readonly socket: Socket;
  private readonly world: World;
  private readonly account: Account;
  private readonly requests = new Requests();
  private readonly filters = new Filters();
  private classes = classesOf('on');
  private challenge: string | null = null;
  private authenticated = false;
  /** Called when the client has logged in and wants to hear of calls. */
  private readonly onListening: () => void;
  /** Called around actions, which happen at the present time and may change what happens next. */
  private readonly around: { before: () => void; after: () => void };

  constructor(
    socket: Socket,
    world: World,
    account: Account,
    on: { listening: () => void; before: () => void; after: () => void },
  ) {
    this.socket = socket;
    this.world = world;
    this.account = account;
    this.onListening = on.listening;
    this.around = on;
    socket.setEncoding('utf8');
    socket.write('Asterisk Call Manager/11.0.0\r\n');
    socket.on('data', (text: string) => {
      this.receive(text);
    });
  }

  private receive(text: string): void {
    this.around.before();
    try {
      for (const request of this.requests.push(text)) this.handle(request);
    } catch {
      this.socket.destroy();
      return;
    }
    this.around.after();
  }

  private handle(request: Request): void {
    if (request.action === 'challenge') this.offerChallenge(request);
    else if (request.action === 'login') this.login(request);
    else if (request.action === 'logoff') {
      this.respond(request, { response: 'Goodbye', headers: { Message: 'Thanks for all the fish.' } });
      this.socket.end();
    } else if (!this.authenticated) this.respond(request, refused('Permission denied'));
    else if (request.action === 'events') this.setMask(request);
    else if (request.action === 'filter') this.addFilter(request);
    else this.respond(request, answer(this.world, request));
  }

  private offerChallenge(request: Request): void {
    if (request.get('authtype').toLowerCase() !== 'md5') {
      this.respond(request, refused('Must specify AuthType'));
      return;
    }
    this.challenge ??= String(randomInt(100_000_000, 999_999_999));
    this.respond(request, { response: 'Success', headers: { Challenge: this.challenge } });
  }

  private login(request: Request): void {
    const { username, secret } = this.account;
    const key = request.get('key').toLowerCase();
    const expected =
      this.challenge === null
        ? null
        : createHash('md5')
            .update(this.challenge + secret)
            .digest('hex');
    const known = request.get('username') === username;
    if (!known || !(request.get('authtype') === '' ? request.get('secret') === secret : key === expected)) {
      this.respond(request, refused('Authentication failed'));
      this.socket.end();
      return;
    }
    this.authenticated = true;
    this.classes = classesOf(request.get('events') || 'on');
    this.respond(request, { response: 'Success', headers: { Message: 'Authentication accepted' } });
    const { core } = this.world;
    const uptime = Math.floor(core.nowMs / 1000) - core.company.bootSeconds;
    this.send([
      demoEvent('FullyBooted', 'system', null, lines({ Uptime: uptime, LastReload: uptime, Status: 'Fully Booted' })),
    ]);
    if (this.classes.has('call')) this.onListening();
  }

  private setMask(request: Request): void {
    this.classes = classesOf(request.get('eventmask'));
    this.respond(request, { response: 'Success', headers: { Events: this.classes.size > 0 ? 'On' : 'Off' } });
    if (this.classes.has('call')) this.onListening();
  }

  private addFilter(request: Request): void {
    const done =
      request.get('operation').toLowerCase() === 'add' &&
      this.filters.add(request.get('matchcriteria'), request.get('filter'));
    this.respond(
      request,
      done
        ? { response: 'Success', headers: { Message: 'Filter added successfully' } }
        : refused('Filter did not compile'),
    );
  }

  private respond(request: Request, given: Answer): void {
    const text = `Response: ${given.response}\r\n${actionIdLine(request)}${lines(given.headers)}\r\n`;
    this.socket.write(text + (given.follow ?? []).join(''));
  }

  /** @returns false when the reader is behind: `drained` tells when it has caught up. */
  send(events: readonly DemoEvent[]): boolean {
    if (!this.authenticated || this.socket.destroyed) return true;
    let text = '';
    for (const event of events)
      if (this.classes.has(event.eventClass) && this.filters.passes(event)) text += event.text;
    if (this.socket.writableLength > mostUnsentBytes) this.socket.destroy();
    return text === '' || this.socket.write(text);
  }

  async drained(): Promise<void> {
    if (this.socket.destroyed || !this.socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.socket.off('drain', done).off('close', done);
        resolve();
      };
      this.socket.on('drain', done).on('close', done);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
