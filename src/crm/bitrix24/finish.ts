// The end of a call in the portal: once, because `finish` makes the activity and forgets the live call.
import { idOf, recordOf, rowsOf, textOf } from './answers.ts';
import type { Context, Job } from './context.ts';
import { externalId } from './numbers.ts';
import { PortalError } from './portal.ts';
import type { Ending } from './status-code.ts';

export interface Finished {
  /** Null: nobody is known under the number, so the call is in the portal's statistics alone. */
  activityId: number | null;
  userId: string;
}

/** The portal knows nothing of the call: neither a live one nor a finished one. */
export class ForgottenCall extends Error {
  constructor() {
    super('The portal knows nothing of the call');
    this.name = 'ForgottenCall';
  }
}

/** A call in the portal's statistics, as far as it is needed. */
export interface StatisticRow {
  callId: string;
  activityId: number | null;
  userId: string;
  hasRecord: boolean;
}

type Needed = Pick<Job, 'memory' | 'about'> & { decision: Pick<Job['decision'], 'defaultOperator' | 'defaultUser'> };

/**
 * Finishes the call unless it is; afterwards it is remembered as finished. When the user may not work there any more, somebody else gets the
 * call.
 * @throws PortalError; ForgottenCall
 */
export async function finishOnce(context: Context, job: Needed, userId: string, ending: Ending): Promise<Finished> {
  const { memory } = job;
  if (memory.state.finished !== null) return memory.state.finished;
  const callId = memory.state.callId ?? '';
  const wasAsked = memory.state.asked.includes('finish');
  const finished = await memory.once(
    'finish',
    () => findFinished(context, job, callId),
    async () => {
      try {
        return await finish(context, job, callId, userId, ending);
      } catch (error) {
        // It was there, and finish alone takes a call away: where we may not see the statistics and nobody is known under the number,
        // nothing else tells.
        if (!wasAsked || !(error instanceof ForgottenCall)) throw error;
        return { activityId: null, userId };
      }
    },
  );
  await memory.keep({ finished, shown: [] });
  return finished;
}

async function finish(
  context: Context,
  job: Needed,
  callId: string,
  userId: string,
  ending: Ending,
): Promise<Finished> {
  try {
    return await context.users.inNameOf(userId, job.decision, (user) => send(context, job, callId, user, ending));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const found = await findFinished(context, job, callId);
    if (found === null) throw new ForgottenCall();
    return found;
  }
}

async function send(
  { portal, options }: Context,
  { about, memory }: Needed,
  callId: string,
  userId: string,
  ending: Ending,
): Promise<Finished> {
  const params = {
    CALL_ID: callId,
    USER_ID: userId,
    DURATION: ending.durationSec,
    STATUS_CODE: ending.status,
    FAILED_REASON: ending.reason,
    // Always said: the documents and the server do not agree on what it is without.
    ADD_TO_CHAT: options.chat ? 1 : 0,
    // Only here does a mark come into the statistics.
    ...(memory.state.mark !== null && { VOTE: memory.state.mark }),
  };
  const row = recordOf((await portal.call('telephony.externalcall.finish', params, about)).result);
  return { activityId: idOf(row['CRM_ACTIVITY_ID']), userId };
}

/** Looks in the statistics, and for those who may not read them among the activities. */
async function findFinished(context: Context, job: Needed, callId: string): Promise<Finished | null> {
  const row = await findStatistic(context, job, { CALL_ID: callId });
  if (row !== null) return row;
  const filter = { ORIGIN_ID: `VI_${callId}` };
  const params = { filter, select: ['ID', 'ORIGIN_ID', 'RESPONSIBLE_ID'], start: -1 };
  const rows = rowsOf((await context.portal.call('crm.activity.list', params, job.about)).result);
  const activity = rows.find((one) => one['ORIGIN_ID'] === filter.ORIGIN_ID);
  if (activity === undefined) return null;
  return { activityId: idOf(activity['ID']), userId: textOf(activity['RESPONSIBLE_ID']) ?? '' };
}

/**
 * A finished call, by one of its ids. The row is checked, because a filter that the portal does not know lets everything through.
 * @throws PortalError
 */
export async function findStatistic(
  { portal }: Context,
  { about }: Pick<Job, 'about'>,
  by: { CALL_ID: string } | { EXTERNAL_CALL_ID: string },
): Promise<StatisticRow | null> {
  let rows: Record<string, unknown>[];
  try {
    rows = rowsOf((await portal.call('voximplant.statistic.get', { FILTER: by }, about)).result);
  } catch (error) {
    // Without the right to read them the activities have to do.
    if (error instanceof PortalError && error.kind === 'scope') return null;
    throw error;
  }
  const row = rows.find((one) => Object.entries(by).every(([field, value]) => one[field] === value));
  const callId = textOf(row?.['CALL_ID']);
  if (row === undefined || callId === null) return null;
  return {
    callId,
    activityId: idOf(row['CRM_ACTIVITY_ID']),
    userId: textOf(row['PORTAL_USER_ID']) ?? '',
    hasRecord: idOf(row['RECORD_FILE_ID']) !== null,
  };
}

/** The call may have been finished by an attempt whose memory was lost (a database brought back from a copy). */
export async function recallFinished(context: Context, job: Job): Promise<void> {
  const { memory, call } = job;
  const by = { EXTERNAL_CALL_ID: externalId(call.id, memory.state.again) };
  const row = await findStatistic(context, job, by);
  if (row === null) return;
  const { callId, activityId, userId } = row;
  await memory.keep({ callId, finished: { activityId, userId }, shown: [] });
}

function isNotFound(error: unknown): boolean {
  return error instanceof PortalError && error.kind === 'domain' && /^Call is not found/i.test(error.description);
}
