import { AudioStream } from './audio.ts';
import { type Dialog, type SipAgent, token } from './agent.ts';
import { authorization, parseChallenge } from './digest.ts';
import { headerOf, methodOf, type SipMessage, statusOf, tagOf, uriOf, userOf } from './message.ts';
import { type AudioDirection, audioTarget, describeAudio } from './sdp.ts';
import { beginRecord, now, type TruthRecord } from './truth.ts';

/** Who a phone is. */
export interface Identity {
  /** Name in the truth log. */
  name: string;
  /** From header without tag. */
  from: string;
  credentials: { username: string; password: string } | null;
}

/** One call at one phone, from either side. Every wait has a limit: a scenario that goes wrong must not hang. */
export class SipCall implements Dialog {
  readonly callId: string;
  readonly record: TruthRecord;
  #agent: SipAgent;
  #identity: Identity;
  #audio: AudioStream;
  #localTag = token();
  #remoteTag: string | null = null;
  #local: string;
  #remote: string;
  #target: string;
  #sequence = 1;
  #invite: SipMessage;
  #inviteVia = '';
  #sdpVersion = 1;
  #watchers = new Set<() => void>();

  private constructor(agent: SipAgent, identity: Identity, audio: AudioStream, invite: SipMessage, dir: 'in' | 'out') {
    this.#agent = agent;
    this.#identity = identity;
    this.#audio = audio;
    this.#invite = invite;
    this.callId = headerOf(invite, 'call-id') ?? '';
    const from = headerOf(invite, 'from') ?? '';
    const to = headerOf(invite, 'to') ?? '';
    this.#local = (dir === 'in' ? to : from).replace(/;tag=.*$/, '');
    this.#remote = dir === 'in' ? from : to;
    this.#target = dir === 'in' ? uriOf(headerOf(invite, 'contact') ?? from) : uriOf(to);
    this.#remoteTag = dir === 'in' ? tagOf(from) : null;
    this.record = beginRecord(identity.name, dir, userOf(uriOf(dir === 'in' ? from : to)), this.callId);
    if (dir === 'in') this.record.caller_shown = from.replace(/;tag=.*$/, '');
    agent.adopt(this);
  }

  /** Takes an INVITE that came. */
  static async incoming(agent: SipAgent, identity: Identity, invite: SipMessage): Promise<SipCall> {
    agent.respond(invite, 100);
    const call = new SipCall(agent, identity, await AudioStream.open(agent.host), invite, 'in');
    call.#audio.sendTo(null);
    return call;
  }

  /** Dials a SIP address. `headers` are added to the INVITE (P-Asserted-Identity, Replaces). */
  static async outgoing(
    agent: SipAgent,
    identity: Identity,
    uri: string,
    headers: [string, string][] = [],
  ): Promise<SipCall> {
    const audio = await AudioStream.open(agent.host);
    const invite: SipMessage = {
      start: `INVITE ${uri} SIP/2.0`,
      headers: [['From', identity.from], ['To', `<${uri}>`], ['Call-ID', `${token()}@${agent.host}`], ...headers],
      body: '',
    };
    const call = new SipCall(agent, identity, audio, invite, 'out');
    call.#sendInvite('sendrecv', headers, (response) => call.#progress(response));
    return call;
  }

  /** A header of the INVITE that began the call; null when it has none. */
  header(name: string): string | null {
    return headerOf(this.#invite, name.toLowerCase());
  }

  get isEnded(): boolean {
    return this.record.ended !== null;
  }

  get isAnswered(): boolean {
    return this.record.answered !== null;
  }

  /** The Replaces value that names this call, as the other end of it knows it (RFC 3891). */
  get replaces(): string {
    return `${this.callId};to-tag=${this.#remoteTag ?? ''};from-tag=${this.#localTag}`;
  }

  /** Waits until it rings. @throws Error after `timeoutMs`, or when it ended first */
  ringing(timeoutMs = 8000): Promise<void> {
    return this.#until(() => this.record.ringing !== null || this.isAnswered, 'ringing', timeoutMs);
  }

  /** Waits for the answer. @throws Error after `timeoutMs`, or when it ended first */
  answered(timeoutMs = 12_000): Promise<void> {
    return this.#until(() => this.isAnswered, 'answered', timeoutMs);
  }

  /** Waits for the end, however it comes. @throws Error after `timeoutMs` */
  ended(timeoutMs = 20_000): Promise<void> {
    return this.#until(() => this.isEnded, 'ended', timeoutMs);
  }

  /** 180. */
  ring(): void {
    if (this.isEnded || this.isAnswered) return;
    this.#agent.respond(this.#invite, 180, { toTag: this.#localTag, headers: [this.#contact()] });
    this.#change(() => (this.record.ringing ??= now()));
  }

  /** 200 with our audio. Does nothing when the caller has left meanwhile. */
  answer(): void {
    if (this.isEnded || this.isAnswered) return;
    this.#agent.respond(this.#invite, 200, this.#withAudio('sendrecv'));
    this.#audio.sendTo(audioTarget(this.#invite.body));
    this.#change(() => (this.record.answered = now()));
  }

  /** Refuses an incoming call: 486, 603, 404, 503, or 302 with a `Contact`. */
  reject(code: number, headers: [string, string][] = []): void {
    if (this.isEnded || this.isAnswered) return;
    this.#agent.respond(this.#invite, code, { toTag: this.#localTag, headers });
    this.#end(code, 'self', null);
  }

  /** Ends the call in whatever state it is: BYE, CANCEL, or 603. */
  hangup(): void {
    if (this.isEnded) return;
    if (this.isAnswered) {
      this.#request('BYE', [], () => undefined);
      this.#end(200, 'self', 'BYE');
    } else if (this.record.dir === 'in') {
      this.reject(603);
    } else {
      const via = this.#inviteVia;
      this.#agent.request(this.#message('CANCEL', via, []), /branch=([^;]+)/.exec(via)?.[1] ?? '', () => undefined);
      this.#note('CANCEL');
    }
  }

  /** Presses keys in the talk. */
  async dtmf(keys: string): Promise<void> {
    this.#note(`DTMF ${keys}`);
    await this.#audio.dial(keys);
  }

  /** Puts the other side on hold, or takes it back. */
  async hold(on = true): Promise<void> {
    this.#note(on ? 'hold' : 'unhold');
    await new Promise<void>((resolve) => {
      this.#sendInvite(on ? 'sendonly' : 'sendrecv', [], (response) => {
        if ((statusOf(response) ?? 0) < 200) return;
        this.#acknowledge(response);
        resolve();
      });
    });
  }

  /** Transfers blind by REFER. Resolves when Asterisk has taken the order. */
  async refer(extension: string): Promise<void> {
    this.#note(`REFER ${extension}`);
    await this.#refer(`<sip:${extension}@${hostOf(this.#target)}>`);
  }

  /** Transfers to the other call of this phone (REFER with Replaces). Resolves when Asterisk has taken the order. */
  async referTo(other: SipCall): Promise<void> {
    this.#note('REFER with Replaces');
    const uri = `sip:${userOf(uriOf(other.#remote))}@${hostOf(this.#target)}`;
    await this.#refer(`<${uri}?Replaces=${encodeURIComponent(other.replaces)}>`);
  }

  /** Packets of audio that came. */
  get audioReceived(): number {
    return this.#audio.received;
  }

  request(message: SipMessage): void {
    switch (methodOf(message)) {
      case 'ACK':
        return;
      case 'BYE':
        this.#agent.respond(message, 200);
        return this.#end(200, 'pbx', headerOf(message, 'reason'));
      case 'CANCEL':
        this.#agent.respond(message, 200);
        this.#agent.respond(this.#invite, 487, { toTag: this.#localTag });
        return this.#end(487, 'pbx', headerOf(message, 'reason'));
      case 'INVITE':
      case 'UPDATE':
        return this.#renegotiate(message);
      case 'NOTIFY':
        this.#agent.respond(message, 200);
        return this.#transferred(Number(/^SIP\/2\.0 (\d{3})/.exec(message.body)?.[1] ?? 0));
      default:
        this.#agent.respond(message, 200);
    }
  }

  repeated(message: SipMessage): void {
    this.#acknowledge(message);
  }

  /** A response to the INVITE that began the call. */
  #progress(response: SipMessage): void {
    const code = statusOf(response) ?? 0;
    this.#remoteTag = tagOf(headerOf(response, 'to')) ?? this.#remoteTag;
    if (code === 100) return;
    if (code < 200) {
      this.#note(response.start.slice('SIP/2.0 '.length));
      return this.#change(() => (this.record.ringing ??= now()));
    }
    this.#acknowledge(response);
    const challenge = headerOf(response, 'www-authenticate') ?? headerOf(response, 'proxy-authenticate');
    if ((code === 401 || code === 407) && challenge !== null && this.#sequence === 2) {
      this.#remoteTag = null;
      const extra = this.#invite.headers.filter(([name]) => !['From', 'To', 'Call-ID'].includes(name));
      const answer = this.#authorization(challenge, 'INVITE', uriOf(this.#remote));
      return this.#sendInvite('sendrecv', [...extra, answer], (next) => this.#progress(next));
    }
    if (code >= 300) return this.#end(code, this.#wasCancelled() ? 'self' : 'pbx', headerOf(response, 'reason'));
    this.#audio.sendTo(audioTarget(response.body));
    this.#change(() => (this.record.answered = now()));
  }

  #wasCancelled(): boolean {
    return this.record.notes.some(([, what]) => what === 'CANCEL');
  }

  #authorization(challenge: string, method: string, uri: string): [string, string] {
    const credentials = this.#identity.credentials ?? { username: '', password: '' };
    return [
      'Authorization',
      authorization(parseChallenge(challenge), { method, uri, ...credentials, cnonce: token() }),
    ];
  }

  /** NOTIFY about our REFER: like a desk phone, we leave when the transfer is done. */
  #transferred(code: number): void {
    if (code < 200) return;
    this.#note(`transfer: ${code}`);
    if (code < 300) this.hangup();
  }

  #renegotiate(message: SipMessage): void {
    const offer = audioTarget(message.body);
    const direction = offer?.direction === 'sendonly' ? 'recvonly' : (offer?.direction ?? 'sendrecv');
    this.#agent.respond(message, 200, offer === null ? { headers: [this.#contact()] } : this.#withAudio(direction));
    if (offer !== null) this.#audio.sendTo(offer);
  }

  async #refer(referTo: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const headers: [string, string][] = [
        ['Refer-To', referTo],
        ['Referred-By', this.#identity.from],
      ];
      this.#request('REFER', headers, (response) => {
        const code = statusOf(response) ?? 0;
        if (code >= 300) reject(new Error(`REFER was answered with ${code}`));
        else resolve();
      });
    });
  }

  #sendInvite(direction: AudioDirection, extra: [string, string][], onResponse: (response: SipMessage) => void): void {
    const { via, branch } = this.#agent.newVia();
    this.#inviteVia = via;
    const audio = this.#withAudio(direction);
    const message = this.#message('INVITE', via, [...audio.headers, ...extra], this.#sequence++, audio.body);
    this.#agent.request(message, branch, onResponse);
  }

  #request(method: string, headers: [string, string][], onResponse: (response: SipMessage) => void): void {
    const { via, branch } = this.#agent.newVia();
    this.#agent.request(
      this.#message(method, via, [this.#contact(), ...headers], this.#sequence++),
      branch,
      onResponse,
    );
  }

  /** ACK for a final response; to a success it is a new transaction at the address that the other side named. */
  #acknowledge(response: SipMessage): void {
    const code = statusOf(response) ?? 0;
    const contact = headerOf(response, 'contact');
    if (code < 300 && contact !== null) this.#target = uriOf(contact);
    const sequence = Number((headerOf(response, 'cseq') ?? '1').split(' ')[0]);
    const via = code < 300 ? this.#agent.newVia().via : (headerOf(response, 'via') ?? '');
    const message = this.#message('ACK', via, [], sequence);
    const to = headerOf(response, 'to') ?? '';
    this.#agent.send({ ...message, headers: message.headers.map(([n, v]) => (n === 'To' ? [n, to] : [n, v])) });
  }

  #message(
    method: string,
    via: string,
    headers: [string, string][],
    sequence = this.#sequence - 1,
    body = '',
  ): SipMessage {
    const remote = this.#remote.replace(/;tag=.*$/, '');
    return {
      start: `${method} ${this.#target} SIP/2.0`,
      headers: [
        ['Via', via],
        ['Max-Forwards', '70'],
        ['From', `${this.#local};tag=${this.#localTag}`],
        ['To', this.#remoteTag === null ? remote : `${remote};tag=${this.#remoteTag}`],
        ['Call-ID', this.callId],
        ['CSeq', `${sequence} ${method}`],
        ...headers,
      ],
      body,
    };
  }

  #withAudio(direction: AudioDirection): { toTag: string; headers: [string, string][]; body: string } {
    const { host } = this.#agent;
    return {
      toTag: this.#localTag,
      headers: [
        this.#contact(),
        ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY, UPDATE'],
        ['Supported', 'replaces'],
        ['Content-Type', 'application/sdp'],
      ],
      body: describeAudio({ host, port: this.#audio.port, direction, version: this.#sdpVersion++ }),
    };
  }

  #contact(): [string, string] {
    return ['Contact', `<sip:${userOf(uriOf(this.#local)) || 'lab'}@${this.#agent.host}:${this.#agent.port}>`];
  }

  #end(code: number, by: 'self' | 'pbx', reason: string | null): void {
    if (this.isEnded) return;
    this.#audio.close();
    this.#change(() => {
      const { record } = this;
      record.ended = now();
      record.final_code = code;
      record.ended_by = by;
      record.reason_header = reason;
      record.connected_s = record.answered === null ? null : record.ended - record.answered;
    });
    // requests that are still under way belong to this dialog for a while
    setTimeout(() => this.#agent.forget(this), 2000).unref();
  }

  #note(what: string): void {
    this.record.notes.push([now(), what]);
  }

  #change(apply: () => void): void {
    apply();
    for (const watcher of this.#watchers) watcher();
  }

  #until(isSo: () => boolean, what: string, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const { name } = this.#identity;
      const fail = (why: string): void =>
        finish(() => reject(new Error(`${name}, call with ${this.record.number}: ${why}`)));
      const finish = (how: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        how();
      };
      const look = (): void => {
        if (isSo()) finish(resolve);
        else if (this.isEnded) fail(`not ${what}, ended with ${this.record.final_code}`);
      };
      const timer = setTimeout(() => fail(`not ${what} within ${timeoutMs} ms`), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }
}

function hostOf(uri: string): string {
  return /^sips?:(?:[^@]*@)?([^;>]+)/.exec(uri)?.[1] ?? '';
}
