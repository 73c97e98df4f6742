// Commands that wait for a request to travel in, by lane.
import { batchMax } from './batch.ts';
import type { Weights } from './portal-weights.ts';
import type { Spoken } from './portal-wire.ts';
import { lanes, type Answered, type Lane, type PortalError } from './portal.ts';

export interface Command {
  /** Lower case. */
  readonly method: string;
  /** Its parameters, written as PHP reads them. */
  readonly query: string;
  readonly lane: Lane;
  readonly isHeavy: boolean;
  /** It must not travel in a batch. */
  isAlone: boolean;
  /** How it is sent, when that is not by its name and parameters: a file. */
  readonly post?: () => Promise<Spoken>;
  readonly deliveryId: number | null;
  resolve(answered: Answered): void;
  reject(error: PortalError): void;
  /** How often the portal did not take it for too many requests. */
  limited: number;
  /** It has been sent again with a new token. */
  isRenewed: boolean;
}

/** How many are looked at to fill one batch. */
const lookMax = 500;

export class Queue {
  /** Per lane: those that are sent again, and those that came new; each in the order of coming. */
  readonly #again = byLane();
  readonly #fresh = byLane();
  readonly #weights: Weights;
  /** Had to be passed over because it must go alone; goes next. */
  #owed: Command | null = null;

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  add(command: Command): void {
    this.#fresh[command.lane].add(command);
  }

  /** Puts back what the portal did not do, before everything else of its lane. */
  putBack(commands: readonly Command[]): void {
    for (const command of commands) this.#again[command.lane].add(command);
  }

  /** Whether it still waited. */
  remove(command: Command): boolean {
    return this.#again[command.lane].delete(command) || this.#fresh[command.lane].delete(command);
  }

  size(lane: Lane): number {
    return this.#again[lane].size + this.#fresh[lane].size;
  }

  get isEmpty(): boolean {
    return lanes.every((lane) => this.size(lane) === 0);
  }

  /** All that wait, out of the queue. */
  clear(): Command[] {
    const all = lanes.flatMap((lane) => [...this.#again[lane], ...this.#fresh[lane]]);
    for (const command of all) this.remove(command);
    return all;
  }

  /**
   * The next request's commands: those of the lanes named, the first lane first, but one of each, so that no lane waits for ever.
   * @param then filled up with commands of these lanes, as long as all together is expected to take less than `fillMs`
   */
  take(from: readonly Lane[], then: readonly Lane[] = [], fillMs = 0): Command[] {
    const owed = this.#owed;
    if (owed && from.includes(owed.lane)) {
      this.#owed = null;
      if (this.remove(owed)) return [owed];
    }
    const chosen = new Set<Command>();
    const load = { expectedMs: 0, unknownHeavy: 0 };
    // Says whether to go on.
    const choose = (command: Command, limitMs?: number): boolean => {
      if (command.isAlone) {
        if (chosen.size === 0) chosen.add(command);
        else if (!chosen.has(command)) this.#owed ??= command;
        return chosen.size > 1 || !chosen.has(command);
      }
      if (!chosen.has(command) && this.#weights.fits(load, command.method, command.isHeavy, limitMs))
        chosen.add(command);
      return chosen.size < batchMax;
    };
    const firsts = from.flatMap((lane) => [...this.#some(lane, 1)]);
    const isOpen =
      firsts.every((command) => choose(command)) &&
      from.every((lane) => this.#some(lane, lookMax).every((command) => choose(command)));
    if (isOpen) then.every((lane) => this.#some(lane, lookMax).every((command) => choose(command, fillMs)));
    for (const command of chosen) this.remove(command);
    // In the order of the lanes: the portal works through them one after the other.
    return [...chosen].sort((a, b) => lanes.indexOf(a.lane) - lanes.indexOf(b.lane));
  }

  /** The first ones of a lane. */
  #some(lane: Lane, count: number): Command[] {
    const some: Command[] = [];
    for (const commands of [this.#again[lane], this.#fresh[lane]]) {
      for (const command of commands) {
        if (some.length >= count) return some;
        some.push(command);
      }
    }
    return some;
  }
}

function byLane(): Record<Lane, Set<Command>> {
  return { live: new Set(), usual: new Set(), backlog: new Set(), sync: new Set() };
}
