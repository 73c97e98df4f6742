// What the portal holds against Patchcord's history, call by call.
import type { Call } from '../../src/calls/call.ts';
import type { PatchcordProcess } from '../bitrix24/patchcord-process.ts';
import type { PortalProcess } from '../bitrix24/portal-process.ts';

export interface Verdict {
  /** Calls in the history with somebody outside, which have ended. */
  calls: number;
  /** Of them, in the portal exactly once, finished. */
  once: number;
  doubled: number;
  lost: number;
  /** Calls in the portal that the history does not have. */
  strange: number;
  /** Registered and never finished. */
  leftLive: number;
  rejected: number;
}

export async function judge(patchcord: PatchcordProcess, portal: PortalProcess): Promise<Verdict> {
  const ids = new Set<string>();
  // Whoever talked when the live PBX was stopped is still talking.
  const open = new Set<string>();
  for (let before: string | null = ''; before !== null;) {
    const cursor: string = before === '' ? '' : `&before=${encodeURIComponent(before)}`;
    const page: { calls: Call[]; next: string | null } = await patchcord.get(`/calls?limit=200${cursor}`);
    for (const { id, direction, endedAt } of page.calls) {
      if (endedAt === null) open.add(id);
      else if (direction !== 'internal') ids.add(id);
    }
    before = page.next;
  }
  const all = await portal.calls();
  const finished = Map.groupBy(
    all.filter(([, live]) => !live),
    // one that the portal had forgotten is registered under its id with a number
    ([externalId]) => externalId.replace(/#\d+$/, ''),
  );
  const times = [...ids].map((id) => finished.get(id)?.length ?? 0);
  return {
    calls: ids.size,
    once: times.filter((count) => count === 1).length,
    doubled: times.filter((count) => count > 1).length,
    lost: times.filter((count) => count === 0).length,
    strange: [...finished.keys()].filter((id) => !ids.has(id)).length,
    leftLive: all.filter(([externalId, live]) => live && !open.has(externalId)).length,
    rejected: await patchcord.metric('patchcord_deliveries{crm="portal",state="rejected"}'),
  };
}
