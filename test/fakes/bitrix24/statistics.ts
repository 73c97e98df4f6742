import { accessDenied } from './errors.ts';
import { page } from './envelope.ts';
import { equalTo, rowTest, sortRows, startOf } from './filter.ts';
import { asMap, toText, upperKeys } from './php.ts';
import type { Php, PhpMap } from './php.ts';
import type { Statistic } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, World } from './world.ts';

const text = (value: string | number | null | undefined): string | null =>
  value === null || value === undefined ? null : String(value);

/** One row as the portal prints it: strings, but for RECORD_FILE_ID. */
export function statisticRow(world: World, row: Statistic): PhpMap {
  const file = row.fileId === null ? undefined : world.state.files.get(row.fileId);
  return {
    ID: String(row.id),
    PORTAL_USER_ID: String(row.userId),
    PORTAL_NUMBER: row.line,
    PHONE_NUMBER: row.phone,
    CALL_ID: row.callId,
    EXTERNAL_CALL_ID: row.externalCallId === '' ? null : row.externalCallId,
    CALL_CATEGORY: 'external',
    CALL_LOG: null,
    CALL_DURATION: String(row.durationSeconds),
    CALL_START_DATE: isoAt(row.startMs, world.settings.utcOffsetMinutes),
    CALL_RECORD_URL: file ? `${world.baseUrl()}/fake/record/${file.id}` : '',
    CALL_VOTE: String(row.vote),
    COST: row.cost.toFixed(4),
    COST_CURRENCY: row.currency,
    CALL_FAILED_CODE: row.code,
    CALL_FAILED_REASON: row.reason,
    CRM_ENTITY_TYPE: row.primary?.type ?? null,
    CRM_ENTITY_ID: text(row.primary?.id),
    CRM_ACTIVITY_ID: text(row.activityId),
    REST_APP_ID: row.appId,
    REST_APP_NAME: world.settings.apps.find(({ clientId }) => clientId === row.appId)?.name ?? null,
    TRANSCRIPT_ID: text(row.transcriptId),
    TRANSCRIPT_PENDING: 'N',
    SESSION_ID: null,
    REDIAL_ATTEMPT: null,
    COMMENT: null,
    RECORD_DURATION: null,
    RECORD_FILE_ID: row.fileId,
    CALL_TYPE: String(row.type),
  };
}

const EXTRA = ['HAS_RECORD', 'CRM_BINDINGS.ENTITY_TYPE', 'CRM_BINDINGS.ENTITY_ID'];

const withExtras = (row: Statistic, printed: PhpMap): PhpMap => ({
  ...printed,
  HAS_RECORD: row.fileId === null ? 'N' : 'Y',
  'CRM_BINDINGS.ENTITY_TYPE': row.bindings.map(({ type }) => type),
  'CRM_BINDINGS.ENTITY_ID': row.bindings.map(({ id }) => String(id)),
});

function candidates(world: World, filter: Php | undefined): Statistic[] {
  const { statistics } = world.state;
  const callId = equalTo(filter, 'CALL_ID');
  if (callId !== undefined) return statistics.where('callId', callId);
  const external = equalTo(filter, 'EXTERNAL_CALL_ID');
  return external === undefined ? statistics.all() : statistics.where('externalCallId', external);
}

/** `voximplant.statistic.get`: unknown filter fields are dropped, rights narrow silently. */
export function getStatistics({ world, auth, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  const asking = world.state.users.get(auth.userId);
  if (!asking || asking.statisticRights === 'none') throw accessDenied();
  const filter = upperKeys(asMap(params['FILTER']));
  const sample = Object.keys(statisticRow(world, EMPTY));
  const test = rowTest(
    filter,
    (field) => sample.includes(field) || EXTRA.includes(field),
    world.settings.utcOffsetMinutes,
  );
  const rows = candidates(world, filter)
    .filter((row) => asking.statisticRights === 'all' || row.userId === asking.id)
    .map((row) => ({ row, printed: statisticRow(world, row) }))
    .filter(({ row, printed }) => test(withExtras(row, printed)))
    .map(({ printed }) => printed);
  const sort = toText(params['SORT']).toUpperCase() || 'ID';
  const order = toText(params['ORDER']) || 'ASC';
  return page(
    sortRows(rows, { [sort]: order }, (row, field) => row[field]),
    startOf(params),
  );
}

const EMPTY: Statistic = {
  id: 0,
  callId: '',
  externalCallId: '',
  userId: 0,
  phone: '',
  line: '',
  type: 0,
  durationSeconds: 0,
  startMs: 0,
  finishedMs: 0,
  code: '',
  reason: '',
  vote: 0,
  cost: 0,
  currency: '',
  appId: null,
  activityId: null,
  primary: null,
  created: [],
  bindings: [],
  fileId: null,
  transcriptId: null,
  registeredUserId: 0,
};
