import { randomBytes } from 'node:crypto';
import { phoneCode, strippedPhone } from './phone.ts';
import type { EntityRef } from './state.ts';
import { bindCall, createInCrm, findDuplicate, insertLive } from './telephony-register.ts';
import type { EventCause, World } from './world.ts';

export interface Click {
  userId: number;
  phone: string;
  entity?: EntityRef;
  /** A line of an application; otherwise the user's own choice, then the portal's default. */
  line?: string;
  extension?: string;
  mobile?: boolean;
  /** The planned call activity whose button was clicked. */
  activityId?: number;
}

export interface CallbackForm {
  phone: string;
  text?: string;
  voice?: string;
  line?: string;
  entity?: EntityRef;
}

const APP_LINE = 'REST_APP:';

/** The application that a line belongs to: its own number, `REST_APP:<id>`, or the first one installed. */
function appOfLine(world: World, line: string): string | null {
  if (line.startsWith(APP_LINE)) return line.slice(APP_LINE.length);
  const found = world.state.lines.all().find((known) => known.number === line && known.appId !== null);
  return found?.appId ?? world.settings.apps[0]?.clientId ?? null;
}

/**
 * What happens when an employee clicks a number: the portal registers an outgoing call without an external id and
 * tells the application. A second click within thirty minutes gets the same call again.
 */
export function clickToCall(world: World, click: Click): string {
  const line = click.line ?? (world.state.users.get(click.userId)?.outgoingLine || world.settings.defaultLine);
  const appId = appOfLine(world, line);
  const phone = strippedPhone(click.phone);
  const number = line.startsWith(APP_LINE) ? '' : line;
  const wanted = { appId, userId: click.userId, phone, type: 1, line: number, externalCallId: '' };
  let call = findDuplicate(world, wanted);
  if (!call) {
    const callId = `externalCall.${randomBytes(16).toString('hex')}.${Math.floor(world.now() / 1000)}`;
    call = insertLive(world, wanted, world.now(), callId);
    const { entity } = click;
    bindCall(world, call, entity ? { CRM_ENTITY_TYPE: entity.type, CRM_ENTITY_ID: entity.id } : {});
    call.plannedActivity = click.activityId ?? null;
    // The one place where a line's own switch decides: an unknown number clicked on it becomes a lead.
    const auto = world.state.lines.all().some((known) => known.number === number && known.crmAutoCreate);
    if (auto) createInCrm(world, { call, source: 'CALL', byApp: null });
  }
  world.emit(
    'ONEXTERNALCALLSTART',
    {
      PHONE_NUMBER: click.phone,
      PHONE_NUMBER_INTERNATIONAL: phone.startsWith('+') ? phone : `+${phoneCode(phone)}`,
      EXTENSION: click.extension ?? '',
      USER_ID: String(click.userId),
      CALL_LIST_ID: '0',
      LINE_NUMBER: number,
      IS_MOBILE: click.mobile === true ? '1' : '0',
      CALL_ID: call.callId,
      CRM_ENTITY_TYPE: click.entity?.type ?? '',
      CRM_ENTITY_ID: click.entity ? String(click.entity.id) : '0',
      CRM_CREATED_LEAD: call.createdLead,
    },
    { userId: click.userId, onlyApp: appId },
  );
  return call.callId;
}

/** Emits the request to call back; nothing is registered and there is no CALL_ID. */
export function emitCallback(world: World, form: CallbackForm & { cause: EventCause }): void {
  const line = form.line ?? world.settings.defaultLine;
  world.emit(
    'ONEXTERNALCALLBACKSTART',
    {
      PHONE_NUMBER: form.phone,
      TEXT: form.text ?? '',
      VOICE: form.voice ?? '',
      CRM_ENTITY_TYPE: form.entity?.type ?? '',
      CRM_ENTITY_ID: form.entity ? String(form.entity.id) : '',
      LINE_NUMBER: line.startsWith(APP_LINE) ? '' : line,
    },
    { ...form.cause, onlyApp: appOfLine(world, line) },
  );
}
