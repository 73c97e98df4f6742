// The virtual clock: scenes go on when their time has come, and each step's events come out together.
import { Heap } from './heap.ts';
import type { Play, Scene } from './play.ts';
import type { CallTruth } from './truth.ts';
import type { Core } from './core/core.ts';
import type { DemoEvent } from './core/event.ts';

export interface Step {
  readonly atMs: number;
  readonly events: readonly DemoEvent[];
  /** The calls that ended in this step. */
  readonly truths: readonly CallTruth[];
}

interface Running {
  play: Play | null;
  scene: Scene;
  atMs: number;
  /** Order among those of one moment. */
  order: number;
  stopped: boolean;
}

export class World {
  readonly core: Core;
  private readonly agenda = new Heap<Running>((a, b) => a.atMs - b.atMs || a.order - b.order);
  private readonly playing = new Map<Play, Running>();
  private readonly busy = new Set<string>();
  private ended: CallTruth[] = [];
  private order = 0;

  constructor(core: Core) {
    this.core = core;
  }

  /** Extensions that are in no call and can be called. */
  freeStaff(): string[] {
    const { staff, unregistered } = this.core.company;
    return staff
      .map((one) => one.extension)
      .filter((extension) => !this.busy.has(extension) && !unregistered.has(extension));
  }

  /** How many calls are going on. */
  get calls(): number {
    return this.playing.size;
  }

  /** Something that is not a call happens, such as the coming of calls. */
  schedule(scene: Scene): void {
    this.put({ play: null, scene, atMs: this.core.nowMs, order: 0, stopped: false });
  }

  /** A call begins now. */
  start(play: Play, scene: Scene): void {
    for (const extension of play.staff) this.busy.add(extension);
    this.run(play, scene);
  }

  /** Somebody interferes: the rest of the call is played by another scene. */
  replace(play: Play, scene: Scene): void {
    const running = this.playing.get(play);
    if (!running) return;
    running.stopped = true;
    play.truth.disturbed = true;
    this.run(play, scene);
  }

  private run(play: Play, scene: Scene): void {
    const running = { play, scene, atMs: this.core.nowMs, order: 0, stopped: false };
    this.playing.set(play, running);
    this.put(running);
  }

  /** The call with this Linkedid, or with this person in it. */
  playOf(linkedid: string, extension: string): Play | null {
    for (const play of this.playing.keys())
      if (play.truth.linkedId === linkedid || play.staff.includes(extension)) return play;
    return null;
  }

  private put(running: Running): void {
    running.order = this.order++;
    this.agenda.push(running);
  }

  /** When the next thing happens; null when nothing will. */
  nextAtMs(): number | null {
    return this.agenda.peek()?.atMs ?? null;
  }

  /** Lets the next moment happen. @returns null when nothing is left. */
  step(): Step | null {
    const atMs = this.nextAtMs();
    if (atMs === null) return null;
    this.core.nowMs = Math.max(this.core.nowMs, atMs);
    while (this.nextAtMs() === atMs) this.advance(this.agenda.pop() as Running);
    return this.taken();
  }

  /** What has happened since the last step outside of the agenda. */
  taken(): Step {
    const truths = this.ended;
    this.ended = [];
    return { atMs: this.core.nowMs, events: this.core.take(), truths };
  }

  private advance(running: Running): void {
    if (running.stopped) return;
    const next = running.scene.next();
    if (next.done === true) {
      if (running.play) this.end(running.play);
      return;
    }
    running.atMs = this.core.nowMs + Math.round(next.value);
    this.put(running);
  }

  private end(play: Play): void {
    this.playing.delete(play);
    for (const extension of play.staff) this.busy.delete(extension);
    play.truth.endedAtMs = this.core.nowMs;
    this.ended.push(play.truth);
  }
}
