// That the portal tells us of clicks: by calling us, or by keeping them until we ask.
import { rowsOf } from './answers.ts';
import type { Context } from './context.ts';
import { PortalError, type Params } from './portal.ts';

export const clickEvents = ['ONEXTERNALCALLSTART', 'ONEXTERNALCALLBACKSTART'] as const;

export type EventWay =
  | { way: 'url'; url: string }
  | { way: 'poll' }
  /** `why`: a sentence for the status, with what to do about it; null when the administrator wants none. */
  | { way: 'none'; why: { message: string; mend: string } | null };

/** How clicks reach this connection. With a webhook nothing can be bound: the portal's administrator enters the address by hand. */
export function eventWay({ options, given, portal }: Pick<Context, 'options' | 'given' | 'portal'>): EventWay {
  const url = given.publicUrl === null ? null : `${given.publicUrl}/crm/${given.name}/event`;
  const isWebhook = portal.status().access === 'webhook';
  if (options.events === 'none') return { way: 'none', why: null };
  if (options.events !== 'poll' && url !== null) return { way: 'url', url };
  if (isWebhook) {
    const message = 'With a webhook clicks come only to publicUrl, which is not set';
    return {
      way: 'none',
      why: { message, mend: `Set publicUrl, or use a local application. ${unwanted(given.name)}` },
    };
  }
  if (options.events !== 'url') return { way: 'poll' };
  const message = 'publicUrl is not set, so the portal cannot tell us of clicks';
  const mend = `Set publicUrl, or set events of the connection ${given.name} in crm to poll. ${unwanted(given.name)}`;
  return { way: 'none', why: { message, mend } };
}

const unwanted = (connection: string): string =>
  `If no clicks are wanted, set events of the connection ${connection} in crm to none`;

/** Whether the portal has the binding; with a webhook we cannot know. */
export async function isBound({ portal }: Context, way: EventWay): Promise<boolean> {
  const rows = rowsOf((await portal.call('event.get', {}, { lane: 'sync' })).result);
  return clickEvents.every((event) => rows.some((row) => row['event'] === event && isOurs(row, way)));
}

function isOurs(row: Record<string, unknown>, way: EventWay): boolean {
  const isOffline = Number(row['offline']) === 1;
  return way.way === 'url' ? !isOffline && row['handler'] === way.url : way.way === 'poll' && isOffline;
}

/**
 * Binds what is not bound. An update of the application drops its bindings, so this is done again and again.
 * @throws PortalError
 */
export async function bindEvents(context: Context, way: EventWay): Promise<void> {
  if (way.way === 'none' || (await isBound(context, way))) return;
  const how: Params = way.way === 'url' ? { handler: way.url } : { event_type: 'offline' };
  for (const event of clickEvents) {
    try {
      await context.portal.call('event.bind', { event, ...how }, { lane: 'sync' });
    } catch (error) {
      if (!(error instanceof PortalError)) throw error;
      if (error.code === 'ERROR_WRONG_HANDLER_URL')
        throw new PortalError('domain', error.code, 'The portal does not take publicUrl as an address of ours', {
          mend: 'Set publicUrl to an address that the portal reaches, with a name or a number with dots, or set events to poll',
          cause: error,
        });
      if (!/already bind/i.test(error.description)) throw error;
    }
  }
}
