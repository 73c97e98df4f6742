// Who is told of the client's mark of a call.
import type { Call } from '../calls/call.ts';
import type { Directory } from '../people/directory.ts';
import type { NewDelivery } from '../store/delivery.ts';
import { decide } from './decide.ts';
import type { PlannedFor } from './plan.ts';

/** Pure. The mark itself is read when it is told, so that of two the later one is. */
export function planMark(
  call: Call,
  directory: Directory,
  connections: readonly PlannedFor[],
  { region }: { region: string },
): NewDelivery[] {
  return connections.flatMap(({ name, takes, pbxs }) => {
    if (!takes.includes('mark')) return [];
    const decision = decide(call, directory, { crm: name, region, pbxs: pbxs ?? null });
    if (!decision.registered) return [];
    const { clientNumber: number } = decision;
    return [{ crm: name, kind: 'mark', callId: call.id, number, live: false, payload: {}, staleAtMs: null } as const];
  });
}
