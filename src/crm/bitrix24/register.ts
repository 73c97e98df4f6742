// Telling the portal that there is a call.
import { entityTypes, type EntityRef } from './call-state.ts';
import { idOf, recordOf, textOf } from './answers.ts';
import type { Context, Job } from './context.ts';
import { externalId, phoneOf, startDate, typeOf } from './numbers.ts';
import { PortalError, type About } from './portal.ts';
import { everyone } from './who.ts';

/**
 * Registers the call unless it is; what the portal answers is noted. The same call registered twice within half an hour is one for the
 * portal, because user, number, line and external id are the same: an answer that was lost is asked for again.
 *
 * @param showTo users to whom the card is shown at once when the call is registered for one of them
 * @returns whether it was registered now: then the portal has just looked the number up
 * @throws PortalError
 */
export async function ensureRegistered(
  context: Context,
  job: Job,
  about: About,
  showTo: readonly string[] = [],
): Promise<boolean> {
  const { memory } = job;
  if (memory.state.callId !== null) return false;
  const { shown: before } = memory.state;
  const first = memory.state.registeredFor ?? (await registeredFor(context, job));
  const result = await context.users.inNameOf(first, job.decision, async (userId) => {
    const show = showTo.includes(userId);
    memory.note({ registeredFor: userId });
    // Remembered first: a card that may have been shown has to be hidden, also when the answer never comes.
    if (show) await memory.keep({ shown: [...new Set([...before, userId])] });
    return register(context, job, about, userId, show).catch((error: unknown) => {
      if (!(error instanceof PortalError && error.kind === 'uncertain')) memory.note({ shown: before });
      throw error;
    });
  });
  const callId = textOf(result['CALL_ID']);
  if (callId === null) throw new PortalError('uncertain', 'NO_CALL_ID', 'The portal registered a call without an id');
  memory.note({
    callId,
    registeredAtMs: context.given.now(),
    client: entityOf(result['CRM_ENTITY_TYPE'], result['CRM_ENTITY_ID']) ?? memory.state.client,
  });
  return true;
}

async function register(context: Context, job: Job, about: About, userId: string, show: boolean) {
  const { call, decision, memory } = job;
  const params = {
    USER_ID: userId,
    PHONE_NUMBER: phoneOf(decision) ?? context.options.withheldNumber,
    TYPE: typeOf(call),
    CALL_START_DATE: startDate(call),
    LINE_NUMBER: decision.lineNumber,
    EXTERNAL_CALL_ID: externalId(call.id, memory.state.again),
    // Never by the portal: it makes repeat leads of known clients.
    CRM_CREATE: 0,
    SHOW: show ? 1 : 0,
  };
  return recordOf((await context.portal.call('telephony.externalcall.register', params, about)).result);
}

/** The first of those who were called, or who called, that is a user. */
async function registeredFor({ users, given }: Context, { call, decision }: Job): Promise<string> {
  const first = users.among(everyone(call, given)).map(({ userId }) => userId);
  return users.firstOf(first, decision);
}

export function entityOf(type: unknown, id: unknown): EntityRef | null {
  const known = entityTypes.find((name) => name === type);
  const number = idOf(id);
  return known !== undefined && number !== null ? { type: known, id: number } : null;
}
