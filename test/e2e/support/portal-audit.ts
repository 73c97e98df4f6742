// After a day of faults: what the portal holds against what the phones saw, call by call.
import type { FakePortal } from '../../fakes/bitrix24/portal.ts';
import type { CallView } from '../../fakes/bitrix24/view.ts';
import type { PlayedCall } from './busy-day.ts';
import { wrongIn } from './portal-judge.ts';

export interface Audit {
  /** Clients whose call is not in the portal. */
  lost: string[];
  /** Clients whose one call is there more than once. */
  doubled: string[];
  /** What else is wrong, by call. */
  wrong: string[];
  /** Calls that were registered and never finished; the portal makes nothing of them. */
  leftLive: string[];
  records: number;
  tasks: number;
  leads: number;
}

export function auditPortal(portal: FakePortal, played: readonly PlayedCall[]): Audit {
  const all = portal.calls();
  const finished = Map.groupBy(
    all.filter(({ live }) => !live),
    ({ phone }) => digits(phone),
  );
  const audit: Audit = {
    lost: [],
    doubled: [],
    wrong: [],
    leftLive: all.filter(({ live }) => live).map(({ phone, externalCallId }) => `${phone} ${externalCallId}`),
    records: all.reduce((sum, { records }) => sum + records.length, 0),
    tasks: portal.tasks().length,
    leads: portal.state.entities.LEAD.size,
  };
  for (const call of played) {
    const own = finished.get(call.client) ?? [];
    finished.delete(call.client);
    const [first] = own;
    if (first === undefined) audit.lost.push(call.client);
    else if (own.length > 1) audit.doubled.push(call.client);
    else audit.wrong.push(...wrongWith(first, call, portal).map((fault) => `${call.kind} ${call.client}: ${fault}`));
  }
  for (const [phone, calls] of finished) audit.wrong.push(`${calls.length} calls with ${phone}, whom nobody talked to`);
  const bare = all.filter(({ live, activities }) => live && activities.length > 0);
  audit.wrong.push(...bare.map(({ phone }) => `an activity of a call with ${phone} that was not finished`));
  return audit;
}

function wrongWith(call: CallView, played: PlayedCall, portal: FakePortal): string[] {
  const faults = wrongIn(call, { ...played, lead: true }, [String(call.userId)], { portal });
  const tasks = played.missed ? 1 : 0;
  if (call.tasks.length !== tasks) faults.push(`${call.tasks.length} tasks instead of ${tasks}`);
  return faults;
}

const digits = (phone: string): string => phone.replaceAll(/\D/g, '');
