import { activityMethods } from './crm-activities.ts';
import { crmMethods } from './crm-methods.ts';
import { eventMethods } from './event-methods.ts';
import { toText, upperKeys } from './php.ts';
import { taskMethods } from './tasks.ts';
import { lineMethods } from './telephony-lines.ts';
import { telephonyMethods } from './telephony.ts';
import { isoAt } from './time.ts';
import { userMethods } from './users.ts';
import type { Auth, Ctx, Method, Methods } from './world.ts';

const GLOBAL = { scopes: [] };

function profile({ world, auth }: Ctx): unknown {
  const user = world.state.users.get(auth.userId);
  return {
    ID: String(auth.userId),
    ADMIN: user?.admin ?? false,
    NAME: user?.name ?? '',
    LAST_NAME: user?.lastName ?? '',
    PERSONAL_GENDER: '',
    TIME_ZONE: '',
  };
}

function appInfo({ world, auth }: Ctx): unknown {
  const app = world.settings.apps.find(({ clientId }) => clientId === auth.appId);
  return {
    ID: 1,
    CODE: auth.appId,
    VERSION: 1,
    STATUS: 'L',
    INSTALLED: app?.installed ?? false,
    PAYMENT_EXPIRED: 'N',
    DAYS: null,
    LANGUAGE_ID: 'en',
    LICENSE: 'en_project',
  };
}

function methodGet({ auth, params }: Ctx): unknown {
  const method = findMethod(toText(upperKeys(params)['NAME']).toLowerCase());
  return { isExisting: method !== undefined, isAvailable: method !== undefined && granted(method, auth) };
}

const feature = ({ world, params }: Ctx): unknown => {
  const code = toText(upperKeys(params)['CODE']);
  const on = code !== 'rest_offline_extended' || world.settings.edition === 'box' || world.settings.offlineExtended;
  return { value: on ? 'Y' : 'N' };
};

const globalMethods: Methods = {
  profile: { ...GLOBAL, run: profile },
  scope: { ...GLOBAL, run: ({ auth }) => auth.scopes },
  'app.info': { ...GLOBAL, appOnly: true, run: appInfo },
  'server.time': { ...GLOBAL, run: ({ world }) => isoAt(world.now(), world.settings.utcOffsetMinutes) },
  methods: { ...GLOBAL, run: ({ auth }) => Object.keys(ALL).filter((name) => granted(ALL[name]!, auth)) },
  'method.get': { ...GLOBAL, run: methodGet },
  'feature.get': { ...GLOBAL, run: feature },
};

const ALL: Methods = {
  ...globalMethods,
  ...eventMethods,
  ...telephonyMethods,
  ...lineMethods,
  ...crmMethods,
  ...activityMethods,
  ...taskMethods,
  ...userMethods,
};

/** A method by its lower-case name; batch is none of them. */
export const findMethod = (name: string): Method | undefined => (Object.hasOwn(ALL, name) ? ALL[name] : undefined);

/** Whether the granted scopes admit a method. */
export const granted = (method: Method, auth: Auth): boolean =>
  method.scopes.length === 0 || method.scopes.some((scope) => auth.scopes.includes(scope));
