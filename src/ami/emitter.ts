type Listener<T> = (value: T) => unknown;

/**
 * Listeners by event name. A listener that throws, or whose promise is rejected, harms neither the other listeners nor
 * whoever emits: it is handed to `onFailure`.
 */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, readonly Listener<never>[]>();
  readonly #onFailure: (event: keyof Events, cause: unknown) => void;

  constructor(onFailure: (event: keyof Events, cause: unknown) => void) {
    this.#onFailure = onFailure;
  }

  /** Returns the function that takes the listener away again. */
  on<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): () => void {
    // Lists are replaced, never changed: one that is being gone through stays as it was.
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), listener]);
    return () => this.off(event, listener);
  }

  once<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): () => void {
    const stop = this.on(event, (value) => {
      stop();
      return listener(value);
    });
    return stop;
  }

  off<Name extends keyof Events>(event: Name, listener: Listener<Events[Name]>): void {
    const list = this.#listeners.get(event) ?? [];
    const at = list.indexOf(listener);
    if (at >= 0) this.#listeners.set(event, list.toSpliced(at, 1));
  }

  /** Calls the listeners in the order in which they came; false when there was none. */
  emit<Name extends keyof Events>(event: Name, value: Events[Name]): boolean {
    const list = this.#listeners.get(event) as readonly Listener<Events[Name]>[] | undefined;
    if (list === undefined || list.length === 0) return false;
    for (const listener of list) {
      try {
        const result = listener(value);
        if (result instanceof Promise) result.catch((cause: unknown) => this.#onFailure(event, cause));
      } catch (cause) {
        this.#onFailure(event, cause);
      }
    }
    return true;
  }
}
