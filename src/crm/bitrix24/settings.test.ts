import { expect, it } from 'vitest';
import { bitrix24Settings } from './settings.ts';

const application = { portal: 'https://company.bitrix24.ru', clientId: 'local.1', clientSecret: 's' };
const webhook = { webhook: 'https://company.bitrix24.ru/rest/1/secret/' };

it.each([
  ['an application', application],
  ['an application with its key in a file', { ...application, clientSecret: undefined, clientSecretFile: '/run/key' }],
  ['a webhook', webhook],
  ['a webhook without a slash at its end', { webhook: 'https://b24.company.example/b24/rest/1/secret' }],
])('takes %s', (_, settings) => {
  expect(bitrix24Settings.safeParse(settings).error?.issues).toBeUndefined();
});

it.each<[string, object, RegExp]>([
  ['nothing', {}, /needs either webhook, or portal, clientId and clientSecret/],
  ['an application without its key', { ...application, clientSecret: undefined }, /needs either webhook/],
  ['an application without a portal', { ...application, portal: undefined }, /needs either webhook/],
  ['both ways in', { ...application, ...webhook }, /has both webhook and clientId/],
  ['two keys', { ...application, clientSecretFile: '/run/key' }, /has both clientSecret and clientSecretFile/],
  ['a webhook that names a method', { webhook: `${webhook.webhook}profile.json` }, /address of an incoming webhook/],
  ['a portal that is none', { ...application, portal: 'company.bitrix24.ru' }, /must be an address/],
  ['a portal with a password', { ...application, portal: 'https://a:b@company.bitrix24.ru' }, /must be an address/],
])('refuses %s', (_, settings, why) => {
  const messages = bitrix24Settings.safeParse(settings).error?.issues.map(({ message }) => message) ?? [];
  expect(messages.join('; ')).toMatch(why);
});
