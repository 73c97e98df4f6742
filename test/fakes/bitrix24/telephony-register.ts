import { randomBytes } from 'node:crypto';
import {
  bindingsOf,
  isEmployeePhone,
  isExcluded,
  matchPhone,
  openDeals,
  openRepeatLeads,
  sortBindings,
} from './crm-match.ts';
import { createEntity, entityOf, isEntityType } from './crm-entities.ts';
import { domainError } from './envelope.ts';
import { lineFor } from './telephony-lines.ts';
import { strippedPhone } from './phone.ts';
import { toInt, toText, truthy } from './php.ts';
import type { PhpMap } from './php.ts';
import type { EntityRef, LiveCall } from './state.ts';
import { parseDate } from './time.ts';
import type { Ctx, World } from './world.ts';
import { activeUser, namedUserId } from './users.ts';

const MEMORY_MS = 30 * 60_000;
export const INCOMING = [2, 3];
/** Incoming, redirected and callback: the types for which a known client may get a repeat lead. */
const REPEATING = [2, 3, 4];
const DIRECTIONS = ['', 'Outgoing call', 'Incoming call', 'Redirected call', 'Callback', 'Information call'];

const nowId = (world: World): string =>
  `externalCall.${randomBytes(16).toString('hex')}.${Math.floor(world.now() / 1000)}`;

/** What a duplicate search looks for. An absent line or external id is not compared. */
export interface Wanted {
  appId: string | null;
  userId: number;
  phone: string;
  type: number;
  line: string;
  externalCallId: string;
}

/** The unfinished call that the portal takes for the same one: thirty minutes by its start, equal text of the number. */
export function findDuplicate(world: World, wanted: Wanted): LiveCall | undefined {
  const key = `${wanted.appId}|${wanted.userId}|${wanted.phone}|${wanted.type}`;
  const since = world.now() - MEMORY_MS;
  return world.state.live
    .where('same', key)
    .find(
      (call) =>
        call.startMs > since &&
        (wanted.line === '' || call.line === wanted.line) &&
        (wanted.externalCallId === '' || call.externalCallId === wanted.externalCallId),
    );
}

/** Puts a call on record as under way, without binding or creating anything. */
export function insertLive(world: World, wanted: Wanted, startMs: number, callId: string): LiveCall {
  return world.state.live.add({
    ...wanted,
    id: world.state.live.nextId(),
    callId,
    startMs,
    registeredMs: world.now(),
    line: wanted.line || `REST_APP:${wanted.appId ?? ''}`,
    primary: null,
    bindings: [],
    created: [],
    createdLead: null,
    leadError: undefined,
    excluded: isExcluded(world, wanted.phone),
    plannedActivity: null,
  });
}

/** Binds a call to the named entity, or to whom the number belongs. Naming both keys, even empty, stops the search. */
export function bindCall(world: World, call: LiveCall, params: PhpMap): void {
  if (call.excluded) return;
  if (params['CRM_ENTITY_TYPE'] !== undefined && params['CRM_ENTITY_ID'] !== undefined) {
    const type = toText(params['CRM_ENTITY_TYPE']).toUpperCase();
    const primary = isEntityType(type) ? { type, id: toInt(params['CRM_ENTITY_ID']) } : null;
    if (primary && entityOf(world, primary)) {
      call.primary = primary;
      call.bindings = bindingsOf(world, primary);
    }
    return;
  }
  const { primary, bindings } = matchPhone(world, call.phone);
  call.primary = primary;
  call.bindings = bindings;
}

export interface Creation {
  call: LiveCall;
  source: string;
  byApp: string | null;
}

function make(
  world: World,
  { call, source, byApp }: Creation,
  type: 'LEAD' | 'DEAL' | 'CONTACT',
  extra: PhpMap,
): EntityRef {
  const sources = world.settings.sources;
  const SOURCE_ID = [source, 'CALL', 'OTHER'].find((id) => sources.includes(id)) ?? '';
  const fields: PhpMap = {
    ASSIGNED_BY_ID: String(call.userId),
    SOURCE_ID,
    SOURCE_DESCRIPTION: `Call through ${call.line}`,
    ...(type === 'CONTACT' ? { NAME: call.phone } : { TITLE: `${call.phone} - ${DIRECTIONS[call.type]}` }),
    ...(type !== 'DEAL' && { PHONE: [{ VALUE: call.phone, VALUE_TYPE: 'WORK' }] }),
    ...extra,
  };
  const { id } = createEntity(world, type, fields, { userId: call.userId, byApp });
  const made = { type, id };
  call.created.push(made);
  return made;
}

function createForUnknown(world: World, creation: Creation): void {
  const { call } = creation;
  if (world.settings.crmMode === 'classic') {
    const lead = make(world, creation, 'LEAD', {});
    call.createdLead = lead.id;
    call.primary = lead;
    call.bindings = [lead];
    return;
  }
  const contact = make(world, creation, 'CONTACT', {});
  const deal = make(world, creation, 'DEAL', { CONTACT_ID: String(contact.id) });
  call.created.reverse();
  call.primary = contact;
  call.bindings = [deal, contact];
}

/** What CRM_CREATE makes of a call whose client is known; an existing deal, lead or repeat lead is enough. */
function createForKnown(world: World, creation: Creation, client: EntityRef): void {
  const { call } = creation;
  if (client.type !== 'CONTACT' && client.type !== 'COMPANY') return;
  if (!REPEATING.includes(call.type)) return;
  if (openDeals(world, client).length > 0 || openRepeatLeads(world, client).length > 0) return;
  const link = { [`${client.type}_ID`]: String(client.id) };
  if (world.settings.crmMode === 'simple') call.bindings.push(make(world, creation, 'DEAL', link));
  else if (world.settings.autoRepeatLead) {
    const lead = make(world, creation, 'LEAD', { ...link, PHONE: [] });
    call.createdLead = lead.id;
    call.bindings.push(lead);
  }
  call.bindings = sortBindings(call.bindings);
}

/** What CRM_CREATE asks for, as far as the client is not known already. */
export function createInCrm(world: World, creation: Creation): void {
  const { call } = creation;
  const before = call.created.length;
  if (call.excluded) call.leadError = '';
  else if (call.primary) createForKnown(world, creation, call.primary);
  else if (isEmployeePhone(world, call.phone)) {
    call.leadError = 'Lead creation is disabled for local users';
    return;
  } else createForUnknown(world, creation);
  // Nothing made although asked for, because the client is known: the original says so with an empty error.
  if (call.created.length === before) call.leadError = '';
}

const answer = (call: LiveCall): Record<string, unknown> => ({
  CALL_ID: call.callId,
  CRM_CREATED_LEAD: call.createdLead,
  CRM_CREATED_ENTITIES: call.created.map(({ type, id }) => ({ ENTITY_TYPE: type, ENTITY_ID: id })),
  CRM_ENTITY_TYPE: call.primary?.type ?? '',
  CRM_ENTITY_ID: call.primary?.id ?? null,
  ...(call.leadError !== undefined && { LEAD_CREATION_ERROR: call.leadError }),
});

export const showCard = (world: World, callId: string, userId: number, cause: 'register' | 'show'): void => {
  world.state.pushes.push({ atMs: world.now(), kind: 'show', callId, userId, cause });
};

/** `telephony.externalCall.register`, in the order of the source. */
export function register({ world, auth, params }: Ctx): unknown {
  const userId = namedUserId(world, params);
  const type = toInt(params['TYPE']);
  if (type < 1 || type > 5) throw domainError('Unknown TYPE');
  const sentDate = toText(params['CALL_START_DATE']);
  const startMs = sentDate === '' ? world.now() : parseDate(sentDate, world.settings.utcOffsetMinutes);
  if (startMs === null) throw domainError('CALL_START_DATE should be in the ISO-8601 format');
  const phone = strippedPhone(toText(params['PHONE_NUMBER']));
  if (phone === '') throw domainError('Unsupported phone number format');
  activeUser(world, userId);
  const line = lineFor(world, auth.appId, toText(params['LINE_NUMBER']));
  const callId = nowId(world);
  const cause = { userId, byApp: auth.appId };
  world.emit(
    'ONVOXIMPLANTCALLINIT',
    { CALL_ID: callId, CALL_TYPE: String(type), CALLER_ID: phone, REST_APP_ID: auth.appId },
    cause,
  );
  const internal = [...world.state.users.values()].some((user) => user.inner !== '' && user.inner === phone);
  const externalCallId = toText(params['EXTERNAL_CALL_ID']);
  const wanted = { appId: auth.appId, userId, phone, type, line, externalCallId };
  const show = params['SHOW'] === undefined || truthy(params['SHOW']);
  const same = findDuplicate(world, wanted);
  if (same) {
    if (show) showCard(world, same.callId, userId, 'register');
    return answer(same);
  }
  const call = insertLive(world, wanted, startMs, callId);
  bindCall(world, call, params);
  const create = truthy(params['CRM_CREATE']) || truthy(params['CRM']);
  if (create && !internal)
    createInCrm(world, { call, source: toText(params['CRM_SOURCE']) || 'CALL', byApp: auth.appId });
  world.emit('ONVOXIMPLANTCALLSTART', { CALL_ID: callId, USER_ID: String(userId) }, cause);
  if (show) showCard(world, callId, userId, 'register');
  return answer(call);
}
