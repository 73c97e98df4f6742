import { createCallActivity } from './call-activity.ts';
import { entityOf, updateEntity } from './crm-entities.ts';
import { matchPhone, ownerOf } from './crm-match.ts';
import { domainError, RestError } from './envelope.ts';
import { toInt, toText, truthy } from './php.ts';
import type { PhpMap } from './php.ts';
import type { LiveCall, Statistic } from './state.ts';
import { fetchRecordLater } from './telephony-record.ts';
import { INCOMING } from './telephony-register.ts';
import { isoAt } from './time.ts';
import { activeUser, namedUserId } from './users.ts';
import type { Ctx, World } from './world.ts';

const PHONE_LENGTH = 20;
const EXTERNAL_ID_LENGTH = 64;
const REASON_LENGTH = 255;

/** The live call that CALL_ID names; an array, as an unresolved batch reference gives, is a bad argument. */
function liveCall(world: World, params: PhpMap): LiveCall {
  const sent = params['CALL_ID'];
  if (typeof sent === 'object' && sent !== null) throw new RestError('INVALID_ARGUMENT', 'CALL_ID must be a string');
  const call = world.state.live.where('callId', toText(sent))[0];
  if (!call) throw domainError('Call is not found (call should be registered prior to finishing');
  return call;
}

/** The statistic table's own limits; they strike after the activity is there and leave the live call as it was. */
function checkLengths(call: LiveCall, reason: string): void {
  const tooLong =
    call.phone.length > PHONE_LENGTH
      ? 'PHONE_NUMBER'
      : call.externalCallId.length > EXTERNAL_ID_LENGTH
        ? 'EXTERNAL_CALL_ID'
        : reason.length > REASON_LENGTH
          ? 'CALL_FAILED_REASON'
          : '';
  if (tooLong !== '') throw domainError(`Unexpected database error; Data too long for column '${tooLong}'`);
}

function keepMissed(world: World, row: Statistic): void {
  const { missed } = world.state;
  if (row.code === '304' && INCOMING.includes(row.type))
    missed.add({ id: missed.nextId(), callId: row.callId, phone: row.phone, open: true });
  if (row.type !== 1 || row.code !== '200') return;
  for (const open of missed.where('phone', row.phone)) {
    open.open = false;
    missed.changed(open);
  }
}

const answer = (world: World, row: Statistic): Record<string, unknown> => ({
  ID: row.id,
  CALL_ID: row.callId,
  EXTERNAL_CALL_ID: row.externalCallId,
  PORTAL_USER_ID: row.userId,
  PHONE_NUMBER: row.phone,
  PORTAL_NUMBER: row.line,
  INCOMING: String(row.type),
  CALL_DURATION: row.durationSeconds,
  CALL_START_DATE: {},
  CALL_STATUS: row.durationSeconds > 0 ? 1 : 0,
  CALL_VOTE: row.vote,
  COST: row.cost,
  COST_CURRENCY: row.currency,
  CALL_FAILED_CODE: row.code,
  CALL_FAILED_REASON: row.reason,
  REST_APP_ID: row.appId,
  REST_APP_NAME: world.settings.apps.find(({ clientId }) => clientId === row.appId)?.name ?? false,
  CRM_ACTIVITY_ID: row.activityId ?? false,
  COMMENT: null,
  ...(row.primary && { CRM_ENTITY_TYPE: row.primary.type, CRM_ENTITY_ID: row.primary.id }),
  ...(row.activityId === null && {
    ERRORS: { ACTIVITY_CREATION: 'Could not find associated crm entity for the current call' },
  }),
});

/** What the finish is told, with the portal's defaults. */
function told(params: PhpMap): Pick<Statistic, 'durationSeconds' | 'code' | 'reason' | 'vote' | 'cost' | 'currency'> {
  const durationSeconds = toInt(params['DURATION']);
  return {
    durationSeconds,
    code: toText(params['STATUS_CODE']) || (durationSeconds > 0 ? '200' : '304'),
    reason: toText(params['FAILED_REASON']),
    vote: toInt(params['VOTE']),
    cost: Number(toText(params['COST'])) || 0,
    currency: toText(params['COST_CURRENCY']),
  };
}

/** Entities that this call's register created go to the user who finished it; others keep their owner. */
function reassignCreated(world: World, call: LiveCall, userId: number, byApp: string | null): void {
  for (const ref of call.created) {
    const entity = entityOf(world, ref);
    if (entity && entity.fields['ASSIGNED_BY_ID'] !== String(userId))
      updateEntity(world, entity, { ASSIGNED_BY_ID: String(userId) }, { userId, byApp });
  }
}

function bindAtLast(world: World, call: LiveCall): void {
  if (call.bindings.length > 0 || call.excluded) return;
  const { primary, bindings } = matchPhone(world, call.phone);
  call.primary = primary;
  call.bindings = bindings;
}

/** `telephony.externalCall.finish`: once per call, in the order of the source. */
export function finish({ world, auth, params }: Ctx): unknown {
  const call = liveCall(world, params);
  const userId = namedUserId(world, params);
  activeUser(world, userId);
  const cause = { userId, byApp: auth.appId };
  world.state.pushes.push({ atMs: world.now(), kind: 'hide', callId: call.callId, userId, cause: 'finish' });
  reassignCreated(world, call, userId, auth.appId);
  bindAtLast(world, call);
  const values = told(params);
  const owner = ownerOf(call.bindings);
  const activity = owner && createCallActivity(world, { call, owner, userId, ...values }, cause);
  checkLengths(call, values.reason);
  const { statistics } = world.state;
  const row = statistics.add({
    ...values,
    id: statistics.nextId(),
    callId: call.callId,
    externalCallId: call.externalCallId,
    userId,
    phone: call.phone,
    line: call.line,
    type: call.type,
    startMs: call.startMs,
    finishedMs: world.now(),
    appId: call.appId,
    activityId: activity?.id ?? null,
    primary: call.primary,
    created: call.created,
    bindings: call.bindings,
    fileId: null,
    transcriptId: null,
    registeredUserId: call.userId,
  });
  keepMissed(world, row);
  const recordUrl = toText(params['RECORD_URL']);
  if (recordUrl !== '') void fetchRecordLater(world, row, recordUrl);
  if (truthy(params['ADD_TO_CHAT'])) {
    const message = `${row.phone}: ${row.code}`;
    world.state.notes.add({ id: world.state.notes.nextId(), atMs: world.now(), userId, message, tag: 'CALL' });
  }
  world.state.live.remove(call.id);
  world.emit('ONVOXIMPLANTCALLEND', endEvent(world, row), cause);
  return { ...answer(world, row), ...(recordUrl !== '' && { CALL_RECORD_URL: recordUrl }) };
}

const endEvent = (world: World, row: Statistic): PhpMap => ({
  CALL_ID: row.callId,
  CALL_TYPE: String(row.type),
  PHONE_NUMBER: row.phone,
  PORTAL_NUMBER: row.line,
  PORTAL_USER_ID: String(row.userId),
  CALL_DURATION: String(row.durationSeconds),
  CALL_START_DATE: isoAt(row.startMs, world.settings.utcOffsetMinutes),
  COST: String(row.cost),
  COST_CURRENCY: row.currency,
  CALL_FAILED_CODE: row.code,
  CALL_FAILED_REASON: row.reason,
  CRM_ACTIVITY_ID: row.activityId,
});
