import type { Call } from '../../../src/calls/call.ts';
import type { ApiEvent } from './patchcord.ts';

/** What is wrong with the order of one call's events; empty when they tell its life once and whole. */
export function orderFaults(id: string, events: ApiEvent[], call: Call): string[] {
  const own = events.filter(({ callId }) => callId === id);
  const count = (type: ApiEvent['type'], leg?: number): number =>
    own.filter((event) => event.type === type && (leg === undefined || event.leg === leg)).length;
  const faults: string[] = [];
  const want = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) faults.push(`events of ${id}: ${got} times ${what} instead of ${wanted}`);
  };
  const merged = count('call.merged') > 0;
  want('call.started', count('call.started'), 1);
  want('call.ended or call.merged', count('call.ended') + count('call.merged'), 1);
  if (own[0]?.type !== 'call.started') faults.push(`the first event of ${id} is ${own[0]?.type}`);
  const end = merged ? 'call.merged' : 'call.ended';
  if (own.at(-1)?.type !== end) faults.push(`the last event of ${id} is ${own.at(-1)?.type}`);
  if (own.some(({ seq }, at) => at > 0 && seq <= (own[at - 1]?.seq ?? 0))) faults.push(`seq does not rise in ${id}`);
  if (merged) return faults;
  want('call.answered', count('call.answered'), call.answered ? 1 : 0);
  want('call.transferred', count('call.transferred') > 0 ? 1 : 0, call.transfers.length > 0 ? 1 : 0);
  for (const leg of call.legs.keys()) {
    want(`leg.ended of leg ${leg}`, count('leg.ended', leg), 1);
    want(`leg.started of leg ${leg}`, count('leg.started', leg), 1);
  }
  if (JSON.stringify(own.at(-1)?.call) !== JSON.stringify(call))
    faults.push(`${id}: the last event shows another call than the history`);
  return faults;
}
