// A notice to an employee, in the portal's own bell.
import type { About, Portal } from './portal.ts';

/**
 * One with the same tag takes the place of an earlier one, so that a repeat shows once; a webhook has to say besides whose tag it is.
 * @throws PortalError
 */
export async function notify(
  portal: Portal,
  about: About,
  notice: { userId: string; text: string; tag: string },
): Promise<void> {
  const params = {
    USER_ID: notice.userId,
    MESSAGE: notice.text,
    TAG: `PATCHCORD|${notice.tag}`,
    ...(portal.status().access === 'webhook' && { CLIENT_ID: 'patchcord' }),
  };
  await portal.call('im.notify', params, about);
}
