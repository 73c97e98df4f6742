// Brings the virtual clock to the real one: 1:1, faster, or as fast as the readers read.
import type { Step, World } from './world.ts';

/** How many steps are made before others in this process get their turn. */
const stepsAtOnce = 200;

export interface Readers {
  /** @returns a promise when somebody is behind. */
  send(step: Step): Promise<void> | null;
}

export class Pump {
  private readonly world: World;
  private readonly readers: Readers;
  private readonly speed: number;
  private startedAtMs = 0;
  private virtualStartMs = 0;
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private started = false;
  private readonly ended = Promise.withResolvers<void>();

  /** @param speed virtual time per real time; Infinity for as fast as the readers read. */
  constructor(world: World, readers: Readers, speed: number) {
    this.world = world;
    this.readers = readers;
    this.speed = speed;
  }

  /** Resolves when nothing is left to happen, or on stop. */
  get finished(): Promise<void> {
    return this.ended.promise;
  }

  /** The clock starts; once. */
  start(): void {
    if (this.started || this.stopped) return;
    this.started = true;
    this.startedAtMs = performance.now();
    this.virtualStartMs = this.world.core.nowMs;
    if (this.speed === Infinity) void this.race();
    else this.arm();
  }

  /** To be called before something outside of the agenda happens: it happens now. */
  catchUp(): void {
    if (!this.started || this.speed === Infinity) return;
    this.runUntil(this.virtualNowMs());
    this.world.core.nowMs = Math.max(this.world.core.nowMs, this.virtualNowMs());
  }

  /** To be called after it. */
  flush(): void {
    const step = this.world.taken();
    if (step.events.length > 0) void this.readers.send(step);
    if (this.started && this.speed !== Infinity) this.arm();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    this.ended.resolve();
  }

  private virtualNowMs(): number {
    return this.virtualStartMs + Math.floor((performance.now() - this.startedAtMs) * this.speed);
  }

  private runUntil(untilMs: number): void {
    for (let next = this.world.nextAtMs(); next !== null && next <= untilMs; next = this.world.nextAtMs()) {
      const step = this.world.step();
      if (step) void this.readers.send(step);
    }
  }

  private arm(): void {
    if (this.stopped) return;
    if (this.timer) clearTimeout(this.timer);
    const next = this.world.nextAtMs();
    if (next === null) {
      this.ended.resolve();
      return;
    }
    const delayMs = Math.max(0, (next - this.virtualNowMs()) / this.speed);
    this.timer = setTimeout(() => {
      this.runUntil(this.virtualNowMs());
      this.arm();
    }, Math.ceil(delayMs));
  }

  private async race(): Promise<void> {
    for (let steps = 1; !this.stopped; steps++) {
      const step = this.world.step();
      if (!step) break;
      await this.readers.send(step);
      if (steps % stepsAtOnce === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    this.ended.resolve();
  }
}
