// Many calls at once on all firms of the lab, by a seed; what the phones saw of each is kept, and Patchcord has no part in that.
import type { Lab } from '../../../lab/lab.ts';
import { Random } from '../../../src/demo/random.ts';
import { Board, type Happened, kinds, type Kind } from './busy-calls.ts';

export interface PlayedCall extends Happened {
  client: string;
  kind: Kind;
  /** Unix ms. */
  beganAtMs: number;
  endedAtMs: number;
}

export interface Day {
  readonly played: PlayedCall[];
  /** Calls that did not go as they should have: then the day says nothing. */
  readonly spoilt: string[];
  readonly inProgress: number;
  /** The most that were in progress at once. */
  readonly most: number;
  readonly over: Promise<void>;
}

/** Transfers of one firm are told apart by who transfers: one at a time. */
const transfers = new Set<Kind>(['attended', 'blind', 'refer']);

/**
 * Begins to play; `over` resolves when the last call has ended.
 * @param given.atOnce how many calls are in progress
 * @param given.firstClient number of the first client; each following one has the next
 */
export function playDay(given: { lab: Lab; calls: number; atOnce: number; seed: number; firstClient: number }): Day {
  const { lab, calls, atOnce, firstClient } = given;
  const random = new Random(given.seed);
  const board = new Board();
  for (const stage of lab.stages) board.attend(stage);
  const turn = new Map(lab.stages.map((stage) => [stage, Promise.resolve()]));
  const choices = Object.entries(kinds).map(([kind, { weight }]) => ({ kind: kind as Kind, weight }));
  const played: PlayedCall[] = [];
  const spoilt: string[] = [];
  let [begun, inProgress, most] = [0, 0, 0];

  const one = async (n: number): Promise<void> => {
    const { kind } = random.weighted(choices);
    const stage = lab.stages[n % lab.stages.length]!;
    const client = String(firstClient + n);
    const times = { ringMs: random.int(300, 1200), talkMs: random.int(800, 2600) };
    const about = { lab, stage, client, board, ...times, random: new Random(random.int(0, 2 ** 30)) };
    const play = async (): Promise<void> => {
      const beganAtMs = Date.now();
      inProgress += 1;
      most = Math.max(most, inProgress);
      try {
        played.push({ client, kind, beganAtMs, ...(await kinds[kind].play(about)), endedAtMs: Date.now() });
      } catch (error) {
        spoilt.push(`${kind} ${client}: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        inProgress -= 1;
      }
    };
    if (!transfers.has(kind)) return play();
    const mine = (turn.get(stage) ?? Promise.resolve()).then(play);
    turn.set(stage, mine);
    return mine;
  };
  const worker = async (): Promise<void> => {
    while (begun < calls) await one(begun++);
  };
  const over = Promise.all(Array.from({ length: atOnce }, worker)).then(() => undefined);
  return {
    played,
    spoilt,
    get inProgress() {
      return inProgress;
    },
    get most() {
      return most;
    },
    over,
  };
}
