// The settings of a connection to a Bitrix24 portal.
import { z } from 'zod';
import { marked, notBoth, text } from '../../settings/marks.ts';
import { networkSettings } from '../network-settings.ts';

const webUrl = text(500).refine(isWebUrl, 'must be an address such as https://company.bitrix24.ru');

/** How the portal is reached, and as whom. */
export const portalSettings = {
  portal: marked(
    webUrl.optional(),
    'Address of the portal. Needed with an application; a webhook has it in its own address',
    { sample: 'https://company.bitrix24.ru' },
  ),
  clientId: marked(text(100).optional(), 'Application ID (client_id) of the local application', {
    sample: 'local.0123456789abcd.01234567',
  }),
  clientSecret: marked(text(200).optional(), 'Application key (client_secret) of the local application', {
    secret: true,
    sample: '${PATCHCORD_BITRIX24_SECRET}',
  }),
  clientSecretFile: marked(text(1000).optional(), 'Instead of clientSecret: a file whose first line is the key', {
    insteadOf: 'clientSecret',
    file: true,
    sample: '/run/secrets/patchcord-bitrix24',
  }),
  webhook: marked(
    text(500)
      .refine(isWebhook, 'must be the address of an incoming webhook, https://company.bitrix24.ru/rest/1/secret/')
      .optional(),
    'Instead of an application: address of an incoming webhook, as the portal shows it. Calls and cards work with it; clicks on numbers need an outgoing webhook besides (eventToken)',
    { secret: 'path', insteadOf: 'clientId', sample: '${PATCHCORD_BITRIX24_WEBHOOK}' },
  ),
  eventToken: marked(
    text(200).optional(),
    'Token of an outgoing webhook, by which its events are known to be genuine. An application needs none',
    { secret: true, sample: '${PATCHCORD_BITRIX24_EVENT_TOKEN}' },
  ),
  requestsPerSec: marked(
    z.number().min(0.1).max(100).default(2),
    'Requests a second that the portal takes: 2, with the Enterprise plan 5. One on a server of your own takes what the server can',
  ),
  authServer: marked(
    webUrl.optional(),
    'Server that renews the application’s tokens. Without it, the one that the portal names, or https://oauth.bitrix.info',
    { sample: 'https://oauth.bitrix.info' },
  ),
};

const access = {
  check: (given: unknown) => {
    const has = (key: string) => typeof given !== 'object' || given === null || Reflect.get(given, key) !== undefined;
    return has('webhook') || (has('clientId') && has('portal') && (has('clientSecret') || has('clientSecretFile')));
  },
  told: {
    message: 'needs either webhook, or portal, clientId and clientSecret',
    params: {
      mend: 'Make a local application in the portal (Developer resources, Other, Local application), or an incoming webhook',
    },
    when: () => true,
  },
};

const oneAccess = notBoth('webhook', 'clientId');
const oneSecret = notBoth('clientSecret', 'clientSecretFile');

export const bitrix24Settings = z
  .strictObject({ ...portalSettings, ...networkSettings })
  .refine(access.check, access.told)
  .refine(oneAccess.check, oneAccess.told)
  .refine(oneSecret.check, oneSecret.told);

export type Bitrix24Settings = z.output<typeof bitrix24Settings>;

function isWebUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const url = new URL(value);
  return /^https?:$/.test(url.protocol) && url.username === '' && url.search === '' && url.hash === '';
}

function isWebhook(value: string): boolean {
  return isWebUrl(value) && /\/rest\/\d+\/[^/]+\/?$/.test(new URL(value).pathname);
}
