import { AmiError } from './errors.ts';
import type { AmiMessage } from './message.ts';

interface Waiting {
  readonly name: string;
  readonly timer: NodeJS.Timeout;
  /** Undefined when the answer is one response, else the items so far. */
  readonly items: AmiMessage[] | undefined;
  readonly resolve: (answer: AmiMessage[]) => void;
  readonly reject: (error: AmiError) => void;
}

/** Actions that wait for their answer, by ActionID. Each is settled exactly once: answered, timed out or dropped. */
export class Pending {
  readonly #waiting = new Map<string, Waiting>();
  readonly #maxItems: number;
  #lists = 0;

  /** @param maxItems a list answer with more items is an error */
  constructor(maxItems: number) {
    this.#maxItems = maxItems;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for the answer to an action.
   *
   * @param action.list true when events follow the response, up to `EventList: Complete`
   * @returns the items of a list, or the one response
   */
  add(action: { id: string; name: string; timeoutMs: number; list: boolean }): Promise<AmiMessage[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const text = `no answer to ${action.name} within ${action.timeoutMs} ms`;
        this.#take(action.id)?.reject(new AmiError('timeout', text));
      }, action.timeoutMs);
      const items = action.list ? [] : undefined;
      if (action.list) this.#lists += 1;
      this.#waiting.set(action.id, { name: action.name, timer, items, resolve, reject });
    });
  }

  /** Takes what belongs to a waiting action; false for all that does not, which is then an event like any other. */
  accept(message: AmiMessage): boolean {
    if (message.name === 'Response') {
      this.#respond(message);
      return true;
    }
    return this.#lists > 0 && this.#collect(message);
  }

  /** Settles everything that waits: the connection has ended. */
  drop(reason: AmiError): void {
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(reason);
  }

  #respond(response: AmiMessage): void {
    const id = response.get('ActionID');
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (response.get('Response') === 'Error') {
      const said = response.get('Message') || 'no reason given';
      this.#take(id)?.reject(new AmiError('refused', `Asterisk refused ${waiting.name}: ${said}`, { response }));
    } else if (waiting.items === undefined) {
      this.#take(id)?.resolve([response]);
    }
  }

  #collect(message: AmiMessage): boolean {
    const id = message.get('ActionID');
    const waiting = id === '' ? undefined : this.#waiting.get(id);
    if (waiting?.items === undefined) return false;
    // Asterisk before 16 has lists that end without the EventList header.
    if (message.get('EventList').toLowerCase() === 'complete' || message.name.endsWith('Complete')) {
      this.#take(id)?.resolve(waiting.items);
    } else if (waiting.items.length < this.#maxItems) {
      waiting.items.push(message);
    } else {
      const text = `the answer to ${waiting.name} has over ${this.#maxItems} items`;
      this.#take(id)?.reject(new AmiError('too-many-items', text));
    }
    return true;
  }

  #take(id: string): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    if (waiting.items !== undefined) this.#lists -= 1;
    return waiting;
  }
}
