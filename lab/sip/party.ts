import { setTimeout as wait } from 'node:timers/promises';
import type { SipAgent } from './agent.ts';
import { type Identity, SipCall } from './call.ts';
import type { SipMessage } from './message.ts';
import type { TruthRecord } from './truth.ts';

/** What a party does with a call that comes in. */
export type Habit = (call: SipCall) => void | Promise<void>;

/** Rings until the caller gives up. */
export const letsRing: Habit = (call) => call.ring();

/** Rings, and answers after this time. */
export function answersAfter(ms: number): Habit {
  return async (call) => {
    call.ring();
    await wait(ms);
    call.answer();
  };
}

/** Rings, and refuses with this SIP code after this time; with 0 it refuses without ringing. */
export function refusesWith(code: number, ms = 0): Habit {
  return async (call) => {
    if (ms > 0) call.ring();
    await wait(ms);
    call.reject(code);
  };
}

/** Sends the caller elsewhere (302). */
export function forwardsTo(extension: string, host: string): Habit {
  return (call) => call.reject(302, [['Contact', `<sip:${extension}@${host}>`]]);
}

/** Somebody with a phone: an operator, a client, a mobile. Has a habit for incoming calls and can make calls. */
export class Party {
  readonly name: string;
  habit: Habit = letsRing;
  /** Calls that came to this party, in order. */
  readonly calls: SipCall[] = [];
  #made: SipCall[] = [];
  #agent: SipAgent;
  #identity: Identity;
  #server: string;
  #truth: TruthRecord[];
  #taken = 0;
  #waiting: (() => void)[] = [];

  constructor(agent: SipAgent, identity: Identity, server: string, truth: TruthRecord[]) {
    this.name = identity.name;
    this.#agent = agent;
    this.#identity = identity;
    this.#server = server;
    this.#truth = truth;
  }

  /** Dials a number at the PBX. `from` replaces the From header, `headers` are added. */
  async call(number: string, options: { from?: string; headers?: [string, string][] } = {}): Promise<SipCall> {
    const identity = { ...this.#identity, from: options.from ?? this.#identity.from };
    const call = await SipCall.outgoing(this.#agent, identity, `sip:${number}@${this.#server}`, options.headers);
    this.#truth.push(call.record);
    this.#made.push(call);
    return call;
  }

  /** The next incoming call that nobody has asked for yet. @throws Error after `timeoutMs` */
  async incoming(timeoutMs = 8000): Promise<SipCall> {
    const index = this.#taken++;
    const limit = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const call = this.calls[index];
      if (call !== undefined) return call;
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        limit.addEventListener('abort', () => reject(new Error(`${this.name}: no call within ${timeoutMs} ms`)));
      });
    }
  }

  /** Takes an INVITE and does what the habit says. */
  async take(invite: SipMessage): Promise<void> {
    const call = await SipCall.incoming(this.#agent, this.#identity, invite);
    this.#truth.push(call.record);
    this.calls.push(call);
    for (const resolve of this.#waiting.splice(0)) resolve();
    await this.habit(call);
  }

  /** Ends whatever calls are left, and goes back to ringing. */
  reset(): void {
    for (const call of [...this.calls, ...this.#made]) call.hangup();
    this.calls.length = 0;
    this.#made.length = 0;
    this.#taken = 0;
    this.habit = letsRing;
  }
}
