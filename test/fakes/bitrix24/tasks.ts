import { coreError, missingParameter } from './errors.ts';
import { page } from './envelope.ts';
import { equalTo, rowTest, sortRows, startOf } from './filter.ts';
import { asMap, items, lowerKeys, toInt, toText, upperKeys } from './php.ts';
import type { PhpMap } from './php.ts';
import type { Task } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, Methods, World } from './world.ts';

const TASK = ['task', 'tasks'];
const LISTS = ['UF_CRM_TASK', 'AUDITORS', 'ACCOMPLICES', 'TAGS'];
const DONE = '5';
const SUPERVISED = '4';

const camel = (field: string): string =>
  field.toLowerCase().replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

/** A task as the API prints it: camelCase and strings; the CRM links only when they were selected. */
export function taskRow(task: Task, select: string[]): PhpMap {
  const shown = Object.entries(task.fields).filter(([field]) => field !== 'UF_CRM_TASK' || select.includes(field));
  return Object.fromEntries(shown.map(([field, value]) => [camel(field), value]));
}

const id = (params: PhpMap): number => toInt(params['taskid'] ?? params['id']);

function named({ world, params: sent }: Ctx): Task {
  const params = lowerKeys(sent);
  if (params['taskid'] === undefined && params['id'] === undefined) throw missingParameter('taskId');
  const task = world.state.tasks.get(id(params));
  if (!task) throw coreError('Task is not found or not accessible');
  return task;
}

function write(world: World, task: Task, sent: PhpMap): void {
  for (const [field, value] of Object.entries(upperKeys(sent)))
    if (field !== 'ID') task.fields[field] = LISTS.includes(field) ? items(value).map(toText) : toText(value);
  if (sent['STATUS'] !== undefined) task.fields['REAL_STATUS'] = task.fields['STATUS'] ?? '2';
  task.fields['CHANGED_DATE'] = isoAt(world.now(), world.settings.utcOffsetMinutes);
  world.state.tasks.changed(task);
}

function checkResponsible(world: World, fields: PhpMap): void {
  const responsible = fields['RESPONSIBLE_ID'];
  if (responsible !== undefined && !world.state.users.get(toInt(responsible))?.active)
    throw coreError('The user specified in the "Responsible person" field was not found.<br>');
}

function add({ world, auth, params: sent }: Ctx): unknown {
  const fields = upperKeys(asMap(lowerKeys(sent)['fields']));
  if (toText(fields['TITLE']) === '') throw coreError('Task name is not specified.<br>');
  if (toInt(fields['RESPONSIBLE_ID']) === 0) throw coreError('The responsible person is not specified.<br>');
  checkResponsible(world, fields);
  const taskId = world.state.tasks.nextId();
  const now = isoAt(world.now(), world.settings.utcOffsetMinutes);
  const task: Task = {
    id: taskId,
    fields: {
      ID: String(taskId),
      DESCRIPTION: '',
      CREATED_BY: String(auth.userId),
      CREATED_DATE: now,
      STATUS: '2',
      REAL_STATUS: '2',
      PRIORITY: '1',
      DEADLINE: null,
      CLOSED_DATE: null,
      XML_ID: null,
      TASK_CONTROL: 'N',
      UF_CRM_TASK: [],
    },
  };
  write(world, task, fields);
  world.state.tasks.add(task);
  world.emit('ONTASKADD', { FIELDS_AFTER: { ID: String(taskId) } }, { userId: auth.userId, byApp: auth.appId });
  return { task: taskRow(task, []) };
}

function change(ctx: Ctx, fields: PhpMap): unknown {
  const { world, auth } = ctx;
  const task = named(ctx);
  checkResponsible(world, fields);
  write(world, task, fields);
  world.emit(
    'ONTASKUPDATE',
    { FIELDS_BEFORE: { ID: String(task.id) }, FIELDS_AFTER: { ID: String(task.id) } },
    { userId: auth.userId, byApp: auth.appId },
  );
  return { task: taskRow(task, []) };
}

function complete(ctx: Ctx): unknown {
  const supervised = named(ctx).fields['TASK_CONTROL'] === 'Y';
  const now = isoAt(ctx.world.now(), ctx.world.settings.utcOffsetMinutes);
  return change(ctx, { STATUS: supervised ? SUPERVISED : DONE, CLOSED_DATE: now });
}

function list({ world, params: sent }: Ctx): unknown {
  const params = lowerKeys(sent);
  const filter = upperKeys(asMap(params['filter']));
  const xmlId = equalTo(filter, 'XML_ID');
  const { tasks } = world.state;
  const rows = xmlId === undefined ? tasks.all() : tasks.where('xmlId', xmlId);
  const known = (field: string): boolean => rows.length === 0 || field in (rows[0]?.fields ?? {});
  const test = rowTest(filter, known, world.settings.utcOffsetMinutes);
  const found = rows.filter((task) => test(task.fields));
  const sorted = sortRows(found, upperKeys(asMap(params['order'])), (task, field) => task.fields[field]);
  const select = items(params['select']).map((field) => toText(field).toUpperCase());
  return page(sorted, startOf(params), (some) => ({ tasks: some.map((task) => taskRow(task, select)) }));
}

function get(ctx: Ctx): unknown {
  const select = items(lowerKeys(ctx.params)['select']).map((field) => toText(field).toUpperCase());
  return { task: taskRow(named(ctx), select) };
}

export const taskMethods: Methods = {
  'tasks.task.add': { scopes: TASK, run: add },
  'tasks.task.update': { scopes: TASK, run: (ctx) => change(ctx, upperKeys(asMap(lowerKeys(ctx.params)['fields']))) },
  'tasks.task.delegate': {
    scopes: TASK,
    run: (ctx) => change(ctx, { RESPONSIBLE_ID: toText(lowerKeys(ctx.params)['userid']) }),
  },
  'tasks.task.complete': { scopes: TASK, run: complete },
  'tasks.task.get': { scopes: TASK, run: get },
  'tasks.task.list': { scopes: TASK, run: list },
};
