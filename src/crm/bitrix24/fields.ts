// What a call writes into fields of the portal that the administrator chose.
import type { Context, Job } from './context.ts';
import type { Params } from './portal.ts';
import { endingOf } from './status-code.ts';

/** The chosen fields with their values; empty when none was chosen, and while the call is open: nothing is final then. */
export function fieldValues({ options, words }: Context, { call, decision }: Pick<Job, 'call' | 'decision'>): Params {
  if (call.endedAt === null) return {};
  const { waiting, line, result } = options.fields;
  const { status } = endingOf(call, decision);
  const text = decision.missed ? words.missedTask : (words.results[status] ?? status);
  return {
    ...(waiting !== undefined && { [waiting]: decision.waitSec }),
    ...(line !== undefined && { [line]: decision.line?.name ?? decision.lineNumber }),
    ...(result !== undefined && { [result]: text }),
  };
}
