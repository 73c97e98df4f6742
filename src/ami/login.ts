import { createHash } from 'node:crypto';
import { AmiError } from './errors.ts';
import { encodeAction } from './fields.ts';
import type { AmiFields } from './fields.ts';
import type { AmiMessage } from './message.ts';
import type { AmiSettings } from './options.ts';

type Ask = (name: string, fields: AmiFields) => Promise<AmiMessage>;

/** What the login hands over when it is done. */
export interface LoggedIn {
  /** Filters that Asterisk did not accept. The connection is good all the same, only louder. */
  filterErrors: AmiError[];
}

/**
 * Logs in, sets the event filters, then opens the event stream: nothing that a filter keeps out is ever sent.
 * Until then only the `system` class flows, because Asterisk tells FullyBooted at login to those who want that class.
 *
 * @throws AmiError `login-refused`, or what `ask` rejects with
 */
export async function logIn(ask: Ask, settings: AmiSettings): Promise<LoggedIn> {
  await asLogin(authenticate(ask, settings));
  const filterErrors: AmiError[] = [];
  for (const filter of settings.filters) {
    try {
      await ask('Filter', { Operation: 'Add', Filter: filter });
    } catch (error) {
      if (!(error instanceof AmiError) || error.code !== 'refused') throw error;
      const text = `event filter "${filter}" was refused (it needs the "system" write right): ${error.message}`;
      filterErrors.push(new AmiError('filter-refused', text, withResponse(error)));
    }
  }
  await ask('Events', { EventMask: settings.events });
  return { filterErrors };
}

/**
 * Refuses at once what could never be sent, before any connection is made.
 *
 * @throws AmiError `unsafe-field`
 */
export function checkLoginFields(settings: AmiSettings): void {
  encodeAction('Login', '', { Username: settings.username, Secret: settings.secret });
  encodeAction('Events', '', { EventMask: settings.events });
  for (const filter of settings.filters) encodeAction('Filter', '', { Filter: filter });
}

async function authenticate(ask: Ask, settings: AmiSettings): Promise<void> {
  const user = { Username: settings.username, Events: 'system' };
  if (settings.auth === 'plain') {
    await ask('Login', { ...user, Secret: settings.secret });
    return;
  }
  const challenge = (await ask('Challenge', { AuthType: 'MD5' })).get('Challenge');
  const key = createHash('md5').update(challenge).update(settings.secret).digest('hex');
  await ask('Login', { ...user, AuthType: 'MD5', Key: key });
}

async function asLogin(login: Promise<void>): Promise<void> {
  try {
    await login;
  } catch (error) {
    if (!(error instanceof AmiError) || error.code !== 'refused') throw error;
    const said = error.response?.get('Message') || 'no reason given';
    const text = `Asterisk refused the login: ${said}. Check the user, its secret and its permit lines in manager.conf`;
    throw new AmiError('login-refused', text, withResponse(error));
  }
}

function withResponse(error: AmiError): { response?: AmiMessage } {
  return error.response === undefined ? {} : { response: error.response };
}
