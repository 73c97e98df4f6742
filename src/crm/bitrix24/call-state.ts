// What is remembered of one call, so that a repeat goes on where the last attempt stopped.
import { z } from 'zod';
import type { Work } from '../../outbox/worker.ts';

export const entityTypes = ['LEAD', 'CONTACT', 'COMPANY', 'DEAL'] as const;
export type EntityType = (typeof entityTypes)[number];

const entityRef = z.object({ type: z.enum(entityTypes), id: z.int().positive() });
export type EntityRef = z.infer<typeof entityRef>;

/** Requests that would double something when they were repeated without looking. */
export const onceSteps = ['lead', 'contact', 'deal', 'finish', 'task', 'record'] as const;
export type OnceStep = (typeof onceSteps)[number];

const callState = z.object({
  /** The portal's id of the call. */
  callId: z.string().nullable().default(null),
  /** For which user it is registered, or may be: the portal takes a repeat for the same call only when it is for the same. */
  registeredFor: z.string().nullable().default(null),
  /** When (unix ms): the portal looked the number up then. */
  registeredAtMs: z.number().nullable().default(null),
  /** How often it was registered anew because the portal had forgotten it. */
  again: z.int().default(0),
  /** Whom the portal knows under the number, or what we made for it. */
  client: entityRef.nullable().default(null),
  /** Made by us for this call, and whose it is. */
  created: z.array(z.object({ entity: entityRef, userId: z.string() })).default([]),
  /** Users who see the card, or may see it. */
  shown: z.array(z.string()).default([]),
  /** How often it stayed uncertain whether the card was taken away. */
  hidesFailed: z.int().default(0),
  /** Was begun at least once, and may have had its effect. */
  asked: z.array(z.enum(onceSteps)).default([]),
  finished: z.object({ activityId: z.int().nullable(), userId: z.string() }).nullable().default(null),
  /** The client's mark that the portal was told of, or may have been. */
  mark: z.int().nullable().default(null),
  /** All that follows the end was done. */
  settled: z.boolean().default(false),
  taskId: z.string().nullable().default(null),
  /** Names under which the record was sent. */
  recordNames: z.array(z.string()).default([]),
});
export type CallState = z.infer<typeof callState>;

export class Memory {
  #state: CallState;
  #dirty = false;
  readonly #save: Work['save'];

  constructor(work: Pick<Work, 'state' | 'save'>) {
    this.#state = callState.parse(work.state ?? {});
    this.#save = work.save;
  }

  get state(): Readonly<CallState> {
    return this.#state;
  }

  /** Remembers with the next `keep` or `flush`: for what may be lost, because asking again gives the same. */
  note(changes: Partial<CallState>): void {
    this.#state = { ...this.#state, ...changes };
    this.#dirty = true;
  }

  /** Durable when it resolves. */
  async keep(changes: Partial<CallState>): Promise<void> {
    this.note(changes);
    await this.flush();
  }

  async flush(): Promise<void> {
    if (!this.#dirty) return;
    this.#dirty = false;
    await this.#save(this.#state);
  }

  /**
   * Does what must not be done twice. That it is begun is durable before it is; when it was begun earlier without an answer, `look` asks the
   * portal what became of that.
   */
  async once<T>(step: OnceStep, look: () => Promise<T | null>, act: () => Promise<T>): Promise<T> {
    if (this.#state.asked.includes(step)) {
      const found = await look();
      if (found !== null) return found;
    } else {
      await this.keep({ asked: [...this.#state.asked, step] });
    }
    return act();
  }
}
