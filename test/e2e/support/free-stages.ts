import type { Stage } from '../../../lab/lab.ts';

/** Firms whose phones nobody plays with at the moment. */
export class FreeStages {
  readonly #free: Stage[] = [];
  readonly #waiting: ((stage: Stage) => void)[] = [];

  async take(): Promise<Stage> {
    return this.#free.shift() ?? new Promise((resolve) => this.#waiting.push(resolve));
  }

  giveBack(stage: Stage): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(stage);
    else next(stage);
  }
}
