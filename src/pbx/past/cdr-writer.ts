// What CDR rows mean for the calls that are stored: the owner of a forwarded mobile, or a coarse call where there is none at all.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Call } from '../../calls/call.ts';
import type { Fact } from '../../calls/facts.ts';
import type { TrackerOptions } from '../../calls/tracker.ts';
import type { Store } from '../../store/store.ts';
import { callFromCdr, factsOf, isFromCdr } from './cdr-calls.ts';
import type { CdrGroup } from './cdr-groups.ts';
import { withOwners } from './cdr-owner.ts';

const batchGroups = 250;

export interface CdrCounts {
  new: number;
  completed: number;
  unchanged: number;
}

export interface CdrRules {
  tracking: TrackerOptions;
  /** Whether a short number is a person's extension. */
  isExtension: (number: string) => boolean;
  /** Calls are made of CDR rows: there is nothing better to make them of. */
  makesCalls: boolean;
  /** Unix ms; a call that ended before is not made. */
  beginAtMs: number;
}

/** What one group leads to. */
export type CdrOutcome =
  | { verdict: 'new' | 'completed'; call: Call; facts: Fact[] }
  | { verdict: 'unchanged' }
  /** Its call is not over, or not stored yet. */
  | { verdict: 'waiting' };

/** Pure. @param stored calls that cover the group's linkedid */
function settleCdr(group: CdrGroup, stored: readonly Call[], rules: CdrRules): CdrOutcome {
  if (stored.some(({ endedAt }) => endedAt === null)) return { verdict: 'waiting' };
  const [only] = stored;
  if (only === undefined || (stored.length === 1 && isFromCdr(only))) return fromCdr(group, only, rules);
  for (const call of stored) {
    const better = withOwners(call, group.entries, rules.isExtension);
    if (!better) continue;
    return {
      verdict: 'completed',
      call: better,
      facts: [{ type: 'call.changed', callId: call.id, atMs: group.lastAtMs }],
    };
  }
  return { verdict: 'unchanged' };
}

function fromCdr(group: CdrGroup, before: Call | undefined, rules: CdrRules): CdrOutcome {
  if (!rules.makesCalls) return { verdict: before ? 'unchanged' : 'waiting' };
  const made = callFromCdr(rules.tracking, group.entries);
  if (!made || (!before && group.lastAtMs < rules.beginAtMs)) return { verdict: 'unchanged' };
  const call = withOwners(made, group.entries, rules.isExtension) ?? made;
  if (!before) return { verdict: 'new', call, facts: factsOf(call) };
  // Fewer rows than it was made of are no news.
  if (isDeepStrictEqual(before, call) || call.legs.length < before.legs.length) return { verdict: 'unchanged' };
  const told = factsOf(call).filter(
    ({ type, leg }) =>
      (leg !== undefined && leg >= before.legs.length) || (type === 'call.answered' && !before.answered),
  );
  return {
    verdict: 'completed',
    call,
    facts: [...told, { type: 'call.changed', callId: call.id, atMs: group.lastAtMs }],
  };
}

/**
 * Settles groups against the store, in transactions of their own.
 * @returns groups that have to wait
 * @throws StoreError
 */
export async function writeCdrGroups(
  groups: readonly CdrGroup[],
  store: Store,
  rules: CdrRules,
  counts: CdrCounts,
  isDry: boolean,
): Promise<CdrGroup[]> {
  const { pbx } = rules.tracking;
  const waiting: CdrGroup[] = [];
  for (let from = 0; from < groups.length; from += batchGroups) {
    const some = groups.slice(from, from + batchGroups);
    const found = await store.callsByLinkedIds(
      pbx,
      some.map(({ linkedId }) => linkedId),
    );
    const outcomes = some.map((group) =>
      settleCdr(
        group,
        found.filter(({ linkedIds }) => linkedIds.includes(group.linkedId)),
        rules,
      ),
    );
    const calls = new Map<string, Call>();
    const facts: Fact[] = [];
    for (const [index, outcome] of outcomes.entries()) {
      const group = some[index];
      if (outcome.verdict === 'waiting') {
        if (group) waiting.push(group);
        continue;
      }
      counts[outcome.verdict] += 1;
      if (outcome.verdict === 'unchanged') continue;
      calls.set(outcome.call.id, outcome.call);
      facts.push(...outcome.facts);
    }
    if (calls.size === 0 || isDry) continue;
    const stored = [...calls.values()].map((call) => ({ call, state: null }));
    await store.record({ pbx, batchId: randomUUID(), calls: stored, merged: [], facts });
  }
  return waiting;
}
