import { TYPE_IDS } from './crm-match.ts';
import { domainError, page } from './envelope.ts';
import { equalTo, rowTest, sortRows, startOf } from './filter.ts';
import { asMap, isMap, items, lowerKeys, toInt, toText, upperKeys } from './php.ts';
import type { Php, PhpMap } from './php.ts';
import type { Activity, EntityType } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, Methods, World } from './world.ts';

const CRM = ['crm'];

const typeOf = (typeId: number): EntityType | undefined =>
  (Object.keys(TYPE_IDS) as EntityType[]).find((type) => TYPE_IDS[type] === typeId);

/** The row as `get` and, when selected, `list` show it. */
export function activityRow(world: World, activity: Activity): PhpMap {
  const files = activity.fileIds.map((id) => ({ id, url: `${world.baseUrl()}/fake/record/${id}` }));
  return { ...activity.fields, ...(files.length > 0 && { FILES: files }) };
}

function named(ctx: Ctx): Activity {
  const activity = ctx.world.state.activities.get(toInt(lowerKeys(ctx.params)['id']));
  if (!activity) throw domainError('Activity is not found.');
  return activity;
}

function boundTo(wanted: Php | undefined): (activity: Activity) => boolean {
  const pairs = items(wanted)
    .map((pair) => upperKeys(asMap(pair)))
    .map((pair) => ({ type: typeOf(toInt(pair['OWNER_TYPE_ID'])), id: toInt(pair['OWNER_ID']) }));
  return (activity) =>
    pairs.length === 0 ||
    pairs.some((pair) => activity.bindings.some(({ type, id }) => type === pair.type && id === pair.id));
}

function list({ world, params: sent }: Ctx): unknown {
  const params = lowerKeys(sent);
  const filter = upperKeys(asMap(params['filter']));
  const origin = equalTo(filter, 'ORIGIN_ID');
  const rows = origin === undefined ? world.state.activities.all() : world.state.activities.where('origin', origin);
  const known = (field: string): boolean => field !== 'BINDINGS' && (rows[0] ? field in rows[0].fields : true);
  const test = rowTest(filter, known, world.settings.utcOffsetMinutes);
  const bound = boundTo(filter['BINDINGS']);
  const found = rows.filter((activity) => bound(activity) && test(activity.fields));
  const order = upperKeys(asMap(params['order']));
  const sorted = sortRows(
    found,
    Object.keys(order).length > 0 ? order : { ID: 'ASC' },
    (row, field) => row.fields[field],
  );
  const select = items(params['select']).map((field) => toText(field).toUpperCase());
  const asked = (field: string): boolean =>
    select.includes(field) ||
    field === 'ID' ||
    ((select.length === 0 || select.includes('*')) && field !== 'COMMUNICATIONS' && field !== 'FILES');
  return page(sorted, startOf(params), (some) =>
    some.map((row) => Object.fromEntries(Object.entries(activityRow(world, row)).filter(([field]) => asked(field)))),
  );
}

const cause = ({ auth }: Ctx): { userId: number; byApp: string | null } => ({ userId: auth.userId, byApp: auth.appId });

function update(ctx: Ctx): unknown {
  const { world } = ctx;
  const activity = named(ctx);
  const fields = asMap(lowerKeys(ctx.params)['fields']);
  for (const [field, value] of Object.entries(fields)) {
    if (field === 'ID' || field === 'COMMUNICATIONS') continue;
    activity.fields[field] = isMap(value) || Array.isArray(value) ? value : toText(value);
  }
  if (fields['START_TIME'] !== undefined) activity.fields['DEADLINE'] = toText(fields['START_TIME']);
  if (fields['COMPLETED'] !== undefined) activity.fields['STATUS'] = fields['COMPLETED'] === 'Y' ? '2' : '1';
  activity.fields['LAST_UPDATED'] = isoAt(world.now(), world.settings.utcOffsetMinutes);
  world.state.activities.changed(activity);
  world.emit('ONCRMACTIVITYUPDATE', { FIELDS: { ID: String(activity.id) } }, cause(ctx));
  return true;
}

/** A planned activity by hand or by the fallback of a portal without telephony. */
function add(ctx: Ctx): unknown {
  const { world } = ctx;
  const fields = asMap(lowerKeys(ctx.params)['fields']);
  const type = typeOf(toInt(fields['OWNER_TYPE_ID']));
  if (!type) throw domainError('The field OWNER_TYPE_ID is required.');
  if (items(fields['COMMUNICATIONS']).length !== 1) throw domainError('The field COMMUNICATIONS is required.');
  const { activities } = world.state;
  const id = activities.nextId();
  const row: PhpMap = { COMPLETED: 'N', ORIGIN_ID: '', SETTINGS: [], ...fields, ID: String(id) };
  for (const [field, value] of Object.entries(row))
    if (typeof value !== 'object' || value === null) row[field] = toText(value);
  activities.add({ id, fields: row, bindings: [{ type, id: toInt(fields['OWNER_ID']) }], fileIds: [] });
  world.emit('ONCRMACTIVITYADD', { FIELDS: { ID: String(id) } }, cause(ctx));
  return id;
}

function remove(ctx: Ctx): unknown {
  const { id } = named(ctx);
  ctx.world.state.activities.remove(id);
  ctx.world.emit('ONCRMACTIVITYDELETE', { FIELDS: { ID: String(id) } }, cause(ctx));
  return true;
}

function changeBinding(ctx: Ctx, change: (activity: Activity, type: EntityType, id: number) => void): unknown {
  const params = lowerKeys(ctx.params);
  const activity = ctx.world.state.activities.get(toInt(params['activityid']));
  const type = typeOf(toInt(params['entitytypeid']));
  if (!activity || !type) throw domainError('Activity is not found.');
  change(activity, type, toInt(params['entityid']));
  return true;
}

export const activityMethods: Methods = {
  'crm.activity.add': { scopes: CRM, run: add },
  'crm.activity.get': { scopes: CRM, run: (ctx) => activityRow(ctx.world, named(ctx)) },
  'crm.activity.list': { scopes: CRM, run: list },
  'crm.activity.update': { scopes: CRM, run: update },
  'crm.activity.delete': { scopes: CRM, run: remove },
  'crm.activity.binding.add': {
    scopes: CRM,
    run: (ctx) => changeBinding(ctx, (activity, type, id) => activity.bindings.push({ type, id })),
  },
  'crm.activity.binding.delete': {
    scopes: CRM,
    run: (ctx) =>
      changeBinding(ctx, (activity, type, id) => {
        activity.bindings = activity.bindings.filter((ref) => ref.type !== type || ref.id !== id);
      }),
  },
};
