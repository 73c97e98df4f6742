import { randomUUID } from 'node:crypto';
import { badArgument, accessDenied, coreError, wrongLicense } from './errors.ts';
import { RestError } from './envelope.ts';
import { rowTest } from './filter.ts';
import { asMap, items, toInt, toText, truthy, upperKeys } from './php.ts';
import type { PhpMap } from './php.ts';
import type { OfflineEvent } from './state.ts';
import { isoAt } from './time.ts';
import type { Ctx, Methods, World } from './world.ts';

const ENTITIES = ['LEAD', 'CONTACT', 'COMPANY', 'DEAL', 'ACTIVITY'];
const CHANGES = ['ADD', 'UPDATE', 'DELETE'];
export const EVENTS = [
  'ONAPPINSTALL',
  'ONAPPUNINSTALL',
  'ONAPPUPDATE',
  'ONAPPTEST',
  'ONOFFLINEEVENT',
  'ONEXTERNALCALLSTART',
  'ONEXTERNALCALLBACKSTART',
  'ONVOXIMPLANTCALLINIT',
  'ONVOXIMPLANTCALLSTART',
  'ONVOXIMPLANTCALLEND',
  'ONTASKADD',
  'ONTASKUPDATE',
  'ONUSERADD',
  ...ENTITIES.flatMap((entity) => CHANGES.map((change) => `ONCRM${entity}${change}`)),
];

const isAdmin = ({ world, auth }: Ctx): boolean => world.state.users.get(auth.userId)?.admin === true;

function checkUrl(url: string): void {
  if (!URL.canParse(url)) throw new RestError('ERROR_WRONG_HANDLER_URL', 'Wrong handler URL');
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new RestError('ERROR_UNSUPPORTED_PROTOCOL', 'Unsupported event handler protocol');
  if (!hostname.includes('.')) throw new RestError('ERROR_WRONG_HANDLER_URL', 'Wrong handler URL');
}

function bind(ctx: Ctx): unknown {
  const { world, auth } = ctx;
  const params = upperKeys(ctx.params);
  const event = toText(params['EVENT']).toUpperCase();
  if (event === '') throw badArgument('EVENT');
  if (!EVENTS.includes(event)) throw new RestError('ERROR_EVENT_NOT_FOUND', 'Event not found');
  const offline = toText(params['EVENT_TYPE']).toLowerCase() === 'offline';
  if (offline && !isAdmin(ctx)) throw accessDenied('Access denied! Offline events are available for admins only');
  const url = offline ? '' : toText(params['HANDLER']);
  if (!offline && url === '') throw badArgument('HANDLER');
  if (!offline) checkUrl(url);
  const userId = isAdmin(ctx) ? toInt(params['AUTH_TYPE']) : auth.userId;
  const connector = toText(params['AUTH_CONNECTOR']);
  const appId = auth.appId ?? '';
  const wanted = { appId, event, url, userId, offline, connector };
  const { handlers } = world.state;
  const bound = handlers
    .all()
    .some((handler) => Object.entries(wanted).every(([key, value]) => handler[key as 'url'] === value));
  if (bound) throw coreError('Unable to set event handler: Handler already binded');
  handlers.add({ id: handlers.nextId(), ...wanted });
  return true;
}

const list = ({ world, auth }: Ctx): unknown =>
  world.state.handlers
    .all()
    .filter((handler) => handler.appId === auth.appId)
    .map(({ event, url, userId, offline, connector }) =>
      offline
        ? { event, connector_id: connector, offline: 1 }
        : { event, handler: url, auth_type: String(userId), offline: 0 },
    );

function unbind({ world, auth, params: sent }: Ctx): unknown {
  const params = upperKeys(sent);
  const event = toText(params['EVENT']).toUpperCase();
  if (event === '') throw badArgument('EVENT');
  const offline = toText(params['EVENT_TYPE']).toLowerCase() === 'offline';
  const url = toText(params['HANDLER']);
  const gone = world.state.handlers.all().filter((handler) => {
    if (handler.appId !== auth.appId || handler.event !== event || handler.offline !== offline) return false;
    return offline
      ? handler.connector === toText(params['AUTH_CONNECTOR'])
      : handler.url === url && (params['AUTH_TYPE'] === undefined || handler.userId === toInt(params['AUTH_TYPE']));
  });
  for (const { id } of gone) world.state.handlers.remove(id);
  return { count: gone.length };
}

function own(world: World, appId: string | null, params: PhpMap): OfflineEvent[] {
  const connector = toText(params['AUTH_CONNECTOR']);
  return world.state.offline.all().filter((row) => row.appId === appId && row.connector === connector);
}

const printed = (world: World, row: OfflineEvent): PhpMap => ({
  ID: String(row.id),
  TIMESTAMP_X: isoAt(row.atMs, world.settings.utcOffsetMinutes),
  EVENT_NAME: row.event,
  EVENT_DATA: row.data,
  EVENT_ADDITIONAL: { user_id: row.userId },
  MESSAGE_ID: row.key,
});

const OFFLINE_LIMIT = 50;

/** With clear=1 the returned rows are gone; with clear=0 they are marked and wait for `event.offline.clear`. */
function offlineGet(ctx: Ctx): unknown {
  const { world, auth } = ctx;
  const params = upperKeys(ctx.params);
  const clear = params['CLEAR'] === undefined || truthy(params['CLEAR']);
  if (!clear && world.settings.edition === 'cloud' && !world.settings.offlineExtended) throw wrongLicense();
  const processId = toText(params['PROCESS_ID']);
  const test = rowTest(
    upperKeys(asMap(params['FILTER'])),
    (field) => ['ID', 'EVENT_NAME', 'MESSAGE_ID'].includes(field),
    0,
  );
  const limit = toInt(params['LIMIT']) || OFFLINE_LIMIT;
  const rows = own(world, auth.appId, params)
    .filter((row) => row.processId === processId && row.error === truthy(params['ERROR']))
    .filter((row) => test(printed(world, row)))
    .slice(0, limit);
  const events = rows.map((row) => printed(world, row));
  if (clear) {
    for (const { id } of rows) world.state.offline.remove(id);
    return { process_id: null, events };
  }
  const marked = processId || randomUUID().replaceAll('-', '');
  for (const row of rows) row.processId = marked;
  return { process_id: marked, events };
}

/** The rows of a process, all or by their message ids. */
function marked({ world, auth, params: sent }: Ctx): OfflineEvent[] {
  const params = upperKeys(sent);
  const processId = toText(params['PROCESS_ID']);
  if (processId === '') throw badArgument('PROCESS_ID');
  const messages = items(params['MESSAGE_ID']).map(toText);
  const ids = items(params['ID']).map(toInt);
  return world.state.offline
    .all()
    .filter((row) => row.appId === auth.appId && row.processId === processId)
    .filter((row) => (messages.length === 0 && ids.length === 0) || messages.includes(row.key) || ids.includes(row.id));
}

function offlineClear(ctx: Ctx): unknown {
  for (const { id } of marked(ctx)) ctx.world.state.offline.remove(id);
  return true;
}

function offlineError(ctx: Ctx): unknown {
  for (const row of marked(ctx)) {
    row.processId = '';
    row.error = true;
  }
  return true;
}

const offlineList = ({ world, auth, params }: Ctx): unknown =>
  own(world, auth.appId, upperKeys(params)).map((row) => printed(world, row));

function test({ world, auth }: Ctx): unknown {
  world.emit('ONAPPTEST', { QUERY: {} }, { userId: auth.userId, onlyApp: auth.appId });
  return true;
}

const GLOBAL_APP = { scopes: [], appOnly: true };

export const eventMethods: Methods = {
  events: { ...GLOBAL_APP, run: () => EVENTS },
  'event.bind': { ...GLOBAL_APP, run: bind },
  'event.get': { ...GLOBAL_APP, run: list },
  'event.unbind': { ...GLOBAL_APP, run: unbind },
  'event.test': { ...GLOBAL_APP, run: test },
  'event.offline.get': { ...GLOBAL_APP, run: offlineGet },
  'event.offline.clear': { ...GLOBAL_APP, run: offlineClear },
  'event.offline.error': { ...GLOBAL_APP, run: offlineError },
  'event.offline.list': { ...GLOBAL_APP, run: offlineList },
};
