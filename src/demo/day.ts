// The day of the company: calls come, some clients call twice at once, and it never ends unless a number of calls is given.
import { Core } from './core/core.ts';
import { makeCompany, smallCompany } from './company.ts';
import { Play, type Scene } from './play.ts';
import { Random } from './random.ts';
import type { Identity } from './core/channel.ts';
import { World, type Step } from './world.ts';
import { sceneKinds, type SceneKind } from './scenes/all.ts';

export interface DayOptions {
  readonly seed: number;
  /** Unix ms at which it begins. */
  readonly startMs: number;
  /** How many people the company has; 16 unless given. */
  readonly staff?: number;
  /** The day is over after so many calls (and those of the opening); endless unless given. */
  readonly calls?: number;
  /** The time between the beginnings of two calls, ms: any from the first to the second. Without it, a pace and an opening for a person who watches. */
  readonly gapMs?: readonly [number, number];
  /** Whether events carry their own time, as with `timestampevents=yes`; they do unless told otherwise. */
  readonly stamped?: boolean;
  /** Only these kinds of calls, by name; all unless given. */
  readonly kinds?: readonly string[];
}

/** So that a person who watches sees life. */
/** How often a client calls two numbers at once. */
const twiceAtOnce = 0.03;
const watchedGapMs: readonly [number, number] = [8000, 15_000];

/** A company whose calls will come: `step` it, or take it as the iterable `demoDay`. */
export function makeWorld(options: DayOptions): World {
  const random = new Random(options.seed);
  const company = makeCompany(random, options.staff ?? smallCompany, options.startMs);
  const world = new World(new Core(company, random, options.startMs, options.stamped ?? true));
  const kinds = options.kinds ? sceneKinds.filter((kind) => options.kinds?.includes(kind.name)) : sceneKinds;
  if (!options.gapMs && !options.kinds) world.schedule(opening(world));
  world.schedule(callsCome(world, kinds, options.gapMs ?? watchedGapMs, options.calls ?? Infinity));
  return world;
}

/** The steps of a day, as fast as they are asked for. */
export function* demoDay(options: DayOptions): Generator<Step, void, void> {
  const world = makeWorld(options);
  for (let step = world.step(); step; step = world.step())
    if (step.events.length > 0 || step.truths.length > 0) yield step;
}

/** What somebody who has just looked sees at once: a company at work. */
const openingKinds = ['in-answered', 'queue-answered', 'out-answered', 'transfer-attended'];

function* opening(world: World): Scene {
  for (const name of openingKinds) {
    yield 1500;
    startSome(
      world,
      sceneKinds.filter((kind) => kind.name === name),
    );
  }
}

function* callsCome(world: World, kinds: readonly SceneKind[], gapMs: readonly [number, number], calls: number): Scene {
  const { random } = world.core;
  yield Math.min(8000, gapMs[0]);
  const direct = kinds.filter((kind) => kind.name === 'in-answered');
  for (let left = calls; left > 0; left--) {
    if (left > 1 && random.chance(twiceAtOnce)) {
      const caller = random.pick(world.core.company.clients);
      if (startSome(world, direct, caller)) left--;
      yield 3000;
      if (!startSome(world, direct, caller)) startSome(world, kinds);
    } else startSome(world, kinds);
    yield random.int(gapMs[0], gapMs[1]);
  }
}

/** A call of some kind for which there are people. @returns false when there are none for any of the kinds. */
function startSome(world: World, kinds: readonly SceneKind[], caller: Identity | null = null): boolean {
  const { random, company } = world.core;
  const free = world.freeStaff();
  const possible = [...kinds];
  while (possible.length > 0) {
    const kind = random.weighted(possible);
    const cast = kind.cast(company, free, random);
    if (cast) {
      const play = new Play(world.core, kind.name, cast, caller);
      world.start(play, kind.scene(play));
      return true;
    }
    possible.splice(possible.indexOf(kind), 1);
  }
  return false;
}
