// What is known of a connection without asking the portal.
import type { Health } from '../contract.ts';
import type { Context } from './context.ts';
import type { EventWay } from './event-binding.ts';
import { defaultsOf } from './order-failed.ts';
import type { Rounds } from './rounds.ts';

/** Names of what a connection does by itself. */
export const roundNames = { users: 'users', lines: 'lines', events: 'clicks', poll: 'asking for clicks' } as const;

const shownMax = 20;

export function statusOf(context: Context, rounds: Rounds, way: EventWay): Health[] {
  const portal = portalHealth(context);
  // Nothing else can be well then, and what is the matter with it is the same.
  if (portal.level === 'error') return [portal, ...countsHealth(context)];
  return [
    portal,
    usersHealth(context, rounds),
    ...defaultUserHealth(context),
    ...linesHealth(rounds),
    clicksHealth(rounds, way),
    ...countsHealth(context),
  ];
}

function portalHealth({ portal, given }: Context): Health {
  const { access, lastError, pausedUntilMs, requests, commands, limited } = portal.status();
  if (access === 'not authorised') return notAuthorised({ portal, given });
  if (lastError !== null) return error('portal', lastError.description, lastError.mend);
  const paused = pausedUntilMs !== null && pausedUntilMs > given.now();
  if (paused) return warning('portal', 'The portal takes nothing just now', null);
  return ok('portal', `${requests} requests with ${commands} commands; limited ${limited} times`);
}

export function notAuthorised({ portal, given }: Pick<Context, 'portal' | 'given'>): Health {
  const { lastError } = portal.status();
  const what = 'The application is not authorised in the portal';
  // It was once, and the portal says why it is not any more.
  if (lastError?.kind === 'auth' && lastError.code !== 'NOT_AUTHORISED')
    return error('portal', `${what} any more: ${lastError.description}`, lastError.mend);
  return error('portal', what, `Install it in the portal, or do what “patchcord crm authorize ${given.name}” says`);
}

function usersHealth(context: Context, rounds: Rounds): Health {
  const trouble = rounds.trouble(roundNames.users);
  if (trouble !== null) return warning('users', `Not brought up to date: ${trouble.message}`, trouble.mend);
  const unmapped = unmappedOperators(context);
  if (unmapped.length === 0) return ok('users', `${context.users.size} users`);
  return warning('users', `Operators without a user in this portal: ${listed(unmapped)}`, mendUnmapped);
}

export const mendUnmapped =
  'Give the user of the portal the operator’s extension as inner number (or set the operator’s crmUsers)';

/** Active operators who have a phone, and whom the portal does not know. */
export function unmappedOperators({ given, users }: Context): string[] {
  return given
    .directory()
    .operators.filter((one) => one.active && one.extensions.length > 0 && users.of(one) === null)
    .map((one) => `${one.name} (${one.extensions.join(', ')})`);
}

/** Empty when there is nothing to say. */
export function defaultUserHealth(context: Context): Health[] {
  const { users, given } = context;
  const { defaultUser } = defaultsOf(context);
  if (defaultUser === null || (users.isKnown(defaultUser) && users.mayWork(defaultUser))) return [];
  const why = users.isKnown(defaultUser) ? 'has left it' : 'is none of its employees';
  return [
    warning(
      'default user',
      `Calls of nobody are to go to user ${defaultUser} of the portal, who ${why}`,
      `Set defaultUser in the policy ${given.name} or * to a user of the portal (the number in the address of the profile)`,
    ),
  ];
}

function linesHealth(rounds: Rounds): Health[] {
  const trouble = rounds.trouble(roundNames.lines);
  return trouble === null ? [] : [warning('lines', `Not brought up to date: ${trouble.message}`, trouble.mend)];
}

function clicksHealth(rounds: Rounds, way: EventWay): Health {
  const trouble = rounds.trouble(roundNames.events) ?? rounds.trouble(roundNames.poll);
  if (way.way === 'none') return noClicks(way);
  if (trouble !== null) return warning('clicks', `Clicks on numbers do not reach us: ${trouble.message}`, trouble.mend);
  return ok(
    'clicks',
    way.way === 'url' ? `Clicks on numbers come to ${way.url}` : 'The portal is asked for clicks on numbers',
  );
}

export function noClicks({ why }: Extract<EventWay, { way: 'none' }>): Health {
  if (why === null) return ok('clicks', 'Clicks on numbers are not wanted (events)');
  return warning('clicks', why.message, why.mend);
}

function countsHealth({ counts }: Context): Health[] {
  const { unmapped, unknownResults, leadless, dismissed, forgotten } = counts;
  const found: Health[] = [];
  if (unmapped.size > 0)
    found.push(
      warning('unmapped extensions', `Calls with extensions that have no user: ${counted(unmapped)}`, mendUnmapped),
    );
  if (unknownResults.size > 0)
    found.push(
      ok('results', `Told as answered or missed only, because the result is not known: ${counted(unknownResults)}`),
    );
  if (leadless.size > 0)
    found.push(
      warning(
        'leads',
        `Calls were registered without the lead that they should have made: ${counted(leadless)}`,
        'Make fields that the portal asks for optional there: the client’s next call makes the lead then; or set lead to never in the policy',
      ),
    );
  if (dismissed > 0)
    found.push(
      warning(
        'dismissed users',
        `${dismissed} times the default user got a call of somebody who has left`,
        'Take those who left out of lines and policies',
      ),
    );
  if (forgotten > 0)
    found.push(
      warning(
        'forgotten calls',
        `${forgotten} calls were registered anew, because the portal had forgotten them`,
        null,
      ),
    );
  return found;
}

function counted(counts: ReadonlyMap<string, number>): string {
  const most = [...counts].toSorted(([, a], [, b]) => b - a).map(([what, times]) => `${what} (${times})`);
  return listed(most);
}

function listed(all: readonly string[]): string {
  const more = all.length - shownMax;
  return all.slice(0, shownMax).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function ok(part: string, message: string): Health {
  return { part, level: 'ok', message, mend: null };
}

export function warning(part: string, message: string, mend: string | null): Health {
  return { part, level: 'warning', message, mend };
}

export function error(part: string, message: string, mend: string | null): Health {
  return { part, level: 'error', message, mend };
}
