// Whether everything is there that a connection needs, asked of the portal itself.
import type { Health } from '../contract.ts';
import { recordOf, rowsOf, textOf } from './answers.ts';
import type { Context } from './context.ts';
import { isBound, type EventWay } from './event-binding.ts';
import { defaultsOf } from './order-failed.ts';
import { PortalError } from './portal.ts';
import {
  defaultUserHealth,
  error,
  mendUnmapped,
  noClicks,
  notAuthorised,
  ok,
  unmappedOperators,
  warning,
} from './status.ts';
import { syncUsers } from './sync-users.ts';
import { wantedLines } from './sync-lines.ts';

const about = { lane: 'sync' } as const;

/** Scopes, each with others that give the same; what for. */
const scopes: readonly { any: readonly string[]; for: string; needed: boolean }[] = [
  { any: ['telephony'], for: 'calls and cards', needed: true },
  { any: ['crm'], for: 'clients and leads', needed: true },
  { any: ['user_basic', 'user'], for: 'users with their mobiles', needed: true },
  { any: ['task', 'tasks'], for: 'tasks for missed calls', needed: false },
  { any: ['im'], for: 'notices', needed: false },
];

/** Never rejects: what cannot be asked is a finding too. */
export async function check(context: Context, way: EventWay): Promise<Health[]> {
  const profile = await checkProfile(context);
  // Without that nothing else can be asked. Whether there are tokens is known only now.
  if (profile.level === 'error')
    return [context.portal.status().access === 'not authorised' ? notAuthorised(context) : profile];
  const rest = await Promise.all([checkCalls(context), checkEvents(context, way), checkDefaultUser(context)]);
  return [profile, ...rest.flat(), checkOperators(context)];
}

/** What is missing is told once, and not again by what needs it. */
async function checkCalls(context: Context): Promise<Health[]> {
  const rights = await checkScopes(context);
  if (rights.some(({ level }) => level === 'error')) return rights;
  const telephony = await checkTelephony(context);
  if (telephony.level === 'error') return [...rights, telephony];
  const rest = await Promise.all([checkStatistics(context), checkLines(context)]);
  return [...rights, telephony, ...rest];
}

async function checkProfile({ portal }: Context): Promise<Health> {
  return asked('portal', async () => {
    const profile = recordOf((await portal.call('profile', {}, about)).result);
    const name = [profile['NAME'], profile['LAST_NAME']].map(textOf).filter((part) => part !== null);
    const who = `${name.join(' ')} (user ${textOf(profile['ID']) ?? '?'})`;
    if (profile['ADMIN'] === true) return ok('portal', `Connected as ${who}, administrator`);
    return warning(
      'portal',
      `Connected as ${who}, who is no administrator: rights may be missing for clients, statistics and tasks of others`,
      'Connect as an administrator of the portal, best a technical employee of your own',
    );
  });
}

async function checkScopes({ portal }: Context): Promise<Health[]> {
  return askedAll('rights', async () => {
    const { result } = await portal.call('scope', {}, about);
    const given = (Array.isArray(result) ? result : []).map(String);
    const missing = scopes.filter(({ any }) => !any.some((scope) => given.includes(scope)));
    if (missing.length === 0) return [ok('rights', given.join(', '))];
    return missing.map((scope) => {
      const message = `The right “${scope.any[0]}” is missing: ${scope.for}`;
      const mend = `Tick “${scope.any[0]}” in the application or the webhook; an application is then installed again`;
      return scope.needed ? error('rights', message, mend) : warning('rights', message, mend);
    });
  });
}

async function checkTelephony({ portal }: Context): Promise<Health> {
  return asked('telephony', async () => {
    // Of a call that does not exist the portal says that it does not, when it takes this from us at all.
    const params = { CALL_ID: 'patchcord-check', USER_ID: 1 };
    try {
      await portal.call('telephony.externalcall.finish', params, about);
    } catch (problem) {
      if (!(problem instanceof PortalError) || problem.kind !== 'domain') throw problem;
    }
    return ok('telephony', 'The portal takes calls');
  });
}

async function checkStatistics({ portal }: Context): Promise<Health> {
  return asked('statistics', async () => {
    try {
      await portal.call('voximplant.statistic.get', { FILTER: { CALL_ID: 'patchcord-check' } }, about);
    } catch (problem) {
      if (!(problem instanceof PortalError) || problem.kind !== 'scope') throw problem;
      return warning(
        'statistics',
        'The call statistics may not be read, so after a lost answer only the client’s history tells whether a call is there',
        'Give whoever connected us the right to see the statistics of calls (Telephony, Access rights)',
      );
    }
    return ok('statistics', 'The call statistics may be read');
  });
}

async function checkLines(context: Context): Promise<Health> {
  return asked('lines', async () => {
    const rows = rowsOf((await context.portal.call('telephony.externalline.get', {}, about)).result);
    const there = new Set(rows.map((row) => textOf(row['NUMBER'])));
    const missing = context.options.keepLines
      ? [...wantedLines(context).keys()].filter((number) => !there.has(number))
      : [];
    if (missing.length === 0) return ok('lines', `${there.size} lines in the portal`);
    return warning(
      'lines',
      `Not in the portal yet: ${missing.slice(0, 20).join(', ')}`,
      'They are made by themselves while Patchcord runs',
    );
  });
}

async function checkEvents(context: Context, way: EventWay): Promise<Health> {
  if (way.way === 'none') return noClicks(way);
  if (context.portal.status().access === 'webhook')
    return ok(
      'clicks',
      `With a webhook clicks come by an outgoing webhook: its address is ${way.way === 'url' ? way.url : ''}, its events OnExternalCallStart and OnExternalCallBackStart, its token belongs into eventToken`,
    );
  return asked('clicks', async () => {
    if (await isBound(context, way))
      return ok('clicks', way.way === 'url' ? `The portal tells ${way.url}` : 'The portal keeps clicks until we ask');
    return warning(
      'clicks',
      'The portal does not tell us of clicks yet',
      'It is asked to by itself while Patchcord runs',
    );
  });
}

async function checkDefaultUser(context: Context): Promise<Health> {
  return asked('default user', async () => {
    // Only while Patchcord does not run. That the users may not be read is told with the rights.
    if (context.users.size === 0) await syncUsers(context).catch(() => {});
    const [known] = defaultUserHealth(context);
    if (known !== undefined) return known;
    const defaults = defaultsOf(context);
    const user = await context.users.fallback(defaults);
    if (user === context.users.of(defaults.defaultOperator) || user === defaults.defaultUser)
      return ok('default user', `Calls of nobody go to user ${user}`);
    return warning(
      'default user',
      `Calls of nobody go to user ${user}, as whom Patchcord is connected`,
      `Set defaultOperator or defaultUser in the policy ${context.given.name}`,
    );
  });
}

function checkOperators(context: Context): Health {
  const unmapped = unmappedOperators(context);
  if (unmapped.length === 0) return ok('operators', 'Every operator with a phone is a user of the portal');
  return warning(
    'operators',
    `Operators without a user in this portal: ${unmapped.slice(0, 20).join(', ')}`,
    mendUnmapped,
  );
}

async function asked(part: string, question: () => Promise<Health>): Promise<Health> {
  const [first] = await askedAll(part, async () => [await question()]);
  return first ?? ok(part, '');
}

async function askedAll(part: string, question: () => Promise<Health[]>): Promise<Health[]> {
  try {
    return await question();
  } catch (problem) {
    const mend = problem instanceof PortalError ? problem.mend : null;
    return [error(part, problem instanceof Error ? problem.message : String(problem), mend)];
  }
}
