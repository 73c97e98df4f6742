import { entityOf } from './crm-entities.ts';
import { TYPE_IDS } from './crm-match.ts';
import type { PhpMap } from './php.ts';
import type { Activity, EntityRef, LiveCall } from './state.ts';
import { isoAt } from './time.ts';
import type { EventCause, World } from './world.ts';

export interface FinishedCall {
  call: LiveCall;
  owner: EntityRef;
  userId: number;
  durationSeconds: number;
  code: string;
  vote: number;
}

const SUBJECTS = ['', 'Outgoing call to', 'Incoming call from', 'Redirected call from', 'Callback to', 'Info call to'];

const mark = (vote: number): string => (vote > 3 ? '2' : vote === 3 ? '3' : vote > 0 ? '1' : '0');

/** The result stream of the statistics: 1 incoming, 2 outgoing, 3 callback, 4 nothing came of it. */
const stream = (type: number, code: string): string =>
  code === '200' && type >= 1 && type <= 4 ? ['', '2', '1', '1', '3'][type]! : '4';

function callFields(world: World, finished: FinishedCall): PhpMap {
  const { call, owner, userId, durationSeconds, code, vote } = finished;
  const offset = world.settings.utcOffsetMinutes;
  const end = isoAt(call.startMs + durationSeconds * 1000, offset);
  const incoming = call.type === 2 || call.type === 3;
  const completed = call.type === 1 || call.type === 3 || call.type === 5;
  const missed = code === '304' && (call.type === 2 || call.type === 4);
  const client = call.bindings.find(({ type }) => type === 'CONTACT' || type === 'COMPANY') ?? owner;
  return {
    OWNER_ID: String(owner.id),
    OWNER_TYPE_ID: String(TYPE_IDS[owner.type]),
    TYPE_ID: '2',
    PROVIDER_ID: 'VOXIMPLANT_CALL',
    PROVIDER_TYPE_ID: 'CALL',
    DIRECTION: incoming ? '1' : '2',
    ORIGIN_ID: `VI_${call.callId}`,
    ORIGINATOR_ID: null,
    SUBJECT: `${SUBJECTS[call.type]} ${call.phone}`,
    DESCRIPTION: '',
    DESCRIPTION_TYPE: '1',
    START_TIME: isoAt(call.startMs, offset),
    END_TIME: end,
    DEADLINE: end,
    RESPONSIBLE_ID: String(userId),
    AUTHOR_ID: String(userId),
    EDITOR_ID: String(userId),
    COMPLETED: completed ? 'Y' : 'N',
    STATUS: completed ? '2' : '1',
    PRIORITY: '2',
    IS_INCOMING_CHANNEL: incoming ? 'Y' : 'N',
    RESULT_MARK: mark(vote),
    RESULT_VALUE: '0',
    RESULT_STATUS: '0',
    RESULT_STREAM: stream(call.type, code),
    SETTINGS: missed ? { MISSED_CALL: true } : [],
    STORAGE_TYPE_ID: '1',
    COMMUNICATIONS: [
      { TYPE: 'PHONE', VALUE: call.phone, ENTITY_ID: String(client.id), ENTITY_TYPE_ID: String(TYPE_IDS[client.type]) },
    ],
  };
}

/** The open planned activity from which an answered outgoing click came; it becomes this call's. */
function planned(world: World, { call, durationSeconds }: FinishedCall): Activity | undefined {
  if (call.type !== 1 || durationSeconds <= 0 || call.plannedActivity === null) return undefined;
  const found = world.state.activities.get(call.plannedActivity);
  return found?.fields['COMPLETED'] === 'N' ? found : undefined;
}

/** Makes (or attaches to) the activity of a finished call. */
export function createCallActivity(world: World, finished: FinishedCall, cause: EventCause): Activity {
  const { activities } = world.state;
  const now = isoAt(world.now(), world.settings.utcOffsetMinutes);
  const found = planned(world, finished);
  if (found) {
    const { SUBJECT, DESCRIPTION } = found.fields;
    Object.assign(found.fields, callFields(world, finished), { SUBJECT, DESCRIPTION, LAST_UPDATED: now });
    activities.changed(found);
    world.emit('ONCRMACTIVITYUPDATE', { FIELDS: { ID: String(found.id) } }, cause);
    return found;
  }
  const id = activities.nextId();
  const fields = { ID: String(id), ...callFields(world, finished), CREATED: now, LAST_UPDATED: now };
  const bindings = finished.call.bindings.filter((ref) => entityOf(world, ref));
  const activity = activities.add({ id, fields, bindings, fileIds: [] });
  world.emit('ONCRMACTIVITYADD', { FIELDS: { ID: String(id) } }, cause);
  return activity;
}
