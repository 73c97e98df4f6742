import type { Direction, LostStage } from '../calls/call.ts';
import type { CallFilter } from '../store/store.ts';
import { periodOf } from './period.ts';

// Said here again, and compared by a test, so that the help needs no schema library.
export const directionChoices = ['inbound', 'outbound', 'internal'] as const satisfies readonly Direction[];
export const lostStageChoices = [
  'greeting',
  'ivr',
  'queue',
  'ringing',
  'voicemail',
  'rejected',
] as const satisfies readonly LostStage[];

/** The filter options that `calls` and `export` share, as commander gives them. */
export interface FilterOptions {
  pbx?: string;
  direction?: Direction;
  answered?: true;
  missed?: true;
  open?: true;
  lostStage?: LostStage;
  line?: string;
  trunk?: string;
  extension?: string;
  responsible?: string;
  number?: string;
  from?: string;
  to?: string;
  result?: number;
  queue?: string;
  minTalk?: number;
  transferred?: true;
  recorded?: true;
}

/**
 * The filter that the options mean. `--min-talk` is in seconds.
 * @throws CommandFailure (2) for a time that is none
 */
export function filterOf(options: FilterOptions, nowMs: number): CallFilter {
  const { pbx, direction, answered, missed, open, lostStage, line, trunk, extension, responsible, number, queue } =
    options;
  const { transferred, recorded, result: resultCode, minTalk } = options;
  const minTalkMs = minTalk === undefined ? undefined : minTalk * 1000;
  const who = { pbx, direction, line, trunk, extension, responsible, number, queue };
  const how = { answered, missed, open, lostStage, resultCode, minTalkMs, transferred, recorded };
  const filter = { ...who, ...how, ...periodOf(options, nowMs) };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
