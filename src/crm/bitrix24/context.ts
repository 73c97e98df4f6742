// What every part of the adapter works with.
import type { Work } from '../../outbox/worker.ts';
import type { Call } from '../../calls/call.ts';
import type { Decision } from '../../rules/decision.ts';
import type { Opening } from '../contract.ts';
import type { CallOptions } from './call-options.ts';
import type { Memory } from './call-state.ts';
import type { CrmMode } from './crm-mode.ts';
import type { Counts } from './counts.ts';
import type { About, Lane, Portal } from './portal.ts';
import type { Users } from './users.ts';
import { words, type Words } from './words.ts';

export type Given = Omit<Opening<CallOptions>, 'settings'>;

export interface Context {
  readonly given: Given;
  readonly options: CallOptions;
  readonly portal: Portal;
  readonly users: Users;
  readonly counts: Counts;
  readonly crmMode: CrmMode;
  readonly words: Words;
}

/** One delivery about one call. */
export interface Job {
  readonly work: Work;
  readonly call: Call;
  readonly decision: Decision;
  readonly memory: Memory;
  /** For requests that do the work. */
  readonly about: About;
}

export function contextOf(
  given: Given,
  options: CallOptions,
  parts: Pick<Context, 'portal' | 'users' | 'counts' | 'crmMode'>,
): Context {
  return { given, options, words: words[options.language], ...parts };
}

/** A call that ended longer ago than this is backlog. */
const FRESH_MS = 60_000;

/** Who goes first when the portal has more to do than it takes. */
export function laneOf(work: Work, nowMs: number): Lane {
  if (work.delivery.live) return 'live';
  if (work.delivery.kind === 'record') return 'backlog';
  return nowMs - work.delivery.createdAtMs < FRESH_MS ? 'usual' : 'backlog';
}
