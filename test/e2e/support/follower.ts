import type { Company } from '../../../lab/company.ts';
import type { Call } from '../../../src/calls/call.ts';
import type { ApiEvent, Patchcord } from './patchcord.ts';

/** Hears the events of one firm from a cursor on, as a CRM would. */
export class Follower {
  readonly events: ApiEvent[] = [];
  readonly #patchcord: Patchcord;
  readonly #company: Company;
  readonly #ids = new Set<string>();
  #cursor: number;

  constructor(patchcord: Patchcord, company: Company, cursor: number) {
    this.#patchcord = patchcord;
    this.#company = company;
    this.#cursor = cursor;
  }

  /** Calls of the firm that began, with those that were joined to others. */
  get ids(): string[] {
    return [...this.#ids];
  }

  /** Calls that were joined to others, and to which. */
  get merged(): Map<string, string> {
    const events = this.#ofFirm().filter(({ type }) => type === 'call.merged');
    return new Map(events.map(({ callId, into }) => [callId, into ?? '']));
  }

  /** Calls that ended as themselves. */
  get ended(): string[] {
    return this.#ofFirm()
      .filter(({ type }) => type === 'call.ended')
      .map(({ callId }) => callId);
  }

  /** Asks on until what is awaited is so, or until `timeoutMs`. */
  async until(isSo: (follower: Follower) => boolean, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    while (!isSo(this)) {
      if (Date.now() > deadline) return false;
      const { events, next } = await this.#patchcord.events(this.#cursor, 1);
      this.#cursor = next;
      for (const event of events) {
        this.events.push(event);
        if (event.call !== null && belongsTo(event.call, this.#company)) this.#ids.add(event.callId);
      }
    }
    return true;
  }

  #ofFirm(): ApiEvent[] {
    return this.events.filter(({ callId }) => this.#ids.has(callId));
  }
}

/** Whether somebody of the firm, one of its clients or its lines is in the call. */
export function belongsTo(call: Call, firm: Company): boolean {
  const people = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const whole = people.flatMap((n) => [firm.extension(n), firm.client(n), firm.mobile(n)]);
  const text = JSON.stringify({ client: call.client, line: call.line, responsible: call.responsible, legs: call.legs });
  return [...whole.map((number) => `"${number}"`), `"7495100${firm.index}`].some((word) => text.includes(word));
}
