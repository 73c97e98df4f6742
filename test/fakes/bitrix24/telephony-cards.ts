import { byPhone } from './crm-match.ts';
import { entityName } from './crm-entities.ts';
import { domainError } from './envelope.ts';
import { items, toInt, toText } from './php.ts';
import { showCard } from './telephony-register.ts';
import type { Ctx } from './world.ts';

/** Shows the card to USER_ID, one or many, or to the registered user. False when there is no live call. */
export function show({ world, params }: Ctx): unknown {
  const call = world.state.live.where('callId', toText(params['CALL_ID']))[0];
  if (!call) return false;
  const users = items(params['USER_ID']).map(toInt);
  for (const userId of users.length > 0 ? users : [call.userId]) showCard(world, call.callId, userId, 'show');
  return true;
}

export function hide({ world, params }: Ctx): unknown {
  const call = world.state.live.where('callId', toText(params['CALL_ID']))[0];
  if (!call) return false;
  const users = items(params['USER_ID']).map(toInt);
  for (const userId of users.length > 0 ? users : [call.userId])
    world.state.pushes.push({ atMs: world.now(), kind: 'hide', callId: call.callId, userId, cause: 'hide' });
  return true;
}

/** At most one entity per type, the lowest id; leads of any stage; whatever the asking user may see. */
export function searchCrmEntities({ world, params }: Ctx): unknown {
  const phone = toText(params['PHONE_NUMBER']);
  if (phone === '') throw domainError('PHONE_NUMBER is empty');
  return (['CONTACT', 'LEAD', 'COMPANY'] as const).flatMap((type) => {
    const entity = byPhone(world, type, phone)[0];
    if (!entity) return [];
    const assigned = toInt(entity.fields['ASSIGNED_BY_ID']);
    const user = world.state.users.get(assigned);
    return [
      {
        CRM_ENTITY_TYPE: type,
        CRM_ENTITY_ID: entity.id,
        ASSIGNED_BY_ID: assigned,
        NAME: entityName(entity),
        ASSIGNED_BY: user
          ? {
              ID: String(user.id),
              TIMEMAN_STATUS: user.timeman,
              USER_PHONE_INNER: user.inner,
              WORK_PHONE: user.workPhone,
              PERSONAL_PHONE: user.personalPhone,
              PERSONAL_MOBILE: user.personalMobile,
            }
          : [],
      },
    ];
  });
}

/** Stores an AI-like transcript under a finished call. */
export function attachTranscription({ world, params }: Ctx): unknown {
  const callId = toText(params['CALL_ID']);
  const row = world.state.statistics.where('callId', callId)[0];
  if (!row) throw domainError(`Call ${callId} is not found. Is it finished?`);
  if (items(params['MESSAGES']).length === 0) throw domainError('MESSAGES should not be empty');
  row.transcriptId = row.id;
  return { TRANSCRIPT_ID: row.id };
}
