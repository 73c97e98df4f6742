import { expect, it } from 'vitest';
import { errorOf, type Access } from './errors.ts';
import { fakePortal, opened } from './testing/open-portal.ts';

const told = (code: string, status: number | null = 400) => ({ code, description: 'why', status });

it.each<[string, string, Access, string]>([
  ['INVALID_CREDENTIALS', 'profile', 'webhook', 'the setting webhook'],
  ['insufficient_scope', 'telephony.externalcall.register', 'webhook', 'Tick the right “telephony” (for telephony.'],
  [
    'insufficient_scope',
    'tasks.task.add',
    'application',
    'Tick the right “task” (for tasks.task.add) in the local application',
  ],
  ['insufficient_scope', 'user.get', 'webhook', '“user_basic”'],
  ['insufficient_scope', 'some.thing', 'webhook', 'the right that some.thing needs'],
  ['WRONG_AUTH_TYPE', 'event.bind', 'webhook', 'use a local application (clientId, clientSecret)'],
  ['ERROR_METHOD_NOT_FOUND', 'telephony.externalcall.register', 'webhook', 'telephony module'],
  ['ERROR_METHOD_NOT_FOUND', 'timeman.status', 'webhook', 'the module'],
  ['ACCESS_DENIED', 'voximplant.statistic.get', 'application', 'right to do voximplant.statistic.get'],
  ['WRONG_LICENSE', 'event.offline.get', 'application', 'plan does not include event.offline.get'],
  ['PAYMENT_REQUIRED', 'profile', 'application', 'plan'],
  ['invalid_client', 'oauth/token', 'application', 'clientId and clientSecret'],
  ['authorization_error', 'profile', 'webhook', 'owner of the webhook'],
  ['authorization_error', 'profile', 'application', 'as another one'],
  ['INVALID_REQUEST', 'profile', 'webhook', 'https://'],
  ['CONNECTION_ERROR', 'profile', 'application', 'incoming webhook'],
  ['OVERLOAD_LIMIT', 'profile', 'webhook', 'support of Bitrix24'],
  ['APPLICATION_NOT_FOUND', 'profile', 'application', 'clientId'],
])('%s of %s (%s) says what to do: %s', (code, method, access, mend) => {
  expect(errorOf(told(code), method, access).mend).toContain(mend);
});

it('goes by the code, whatever the status', () => {
  for (const status of [200, 401, 403, null])
    expect(errorOf(told('insufficient_scope', status), 'x', 'webhook').kind).toBe('scope');
  expect(errorOf(told('constructor'), 'x', 'webhook').kind).toBe('domain');
});

it('keeps the text plain and short', () => {
  const description = `<b>No</b><br>${'x'.repeat(2_000)}`;
  const error = errorOf({ code: '', description, status: 400 }, 'x', 'webhook');
  expect(error.description).toMatch(/^No x/);
  expect(error.description).toHaveLength(500);
  expect(errorOf({ code: '', description: '', status: 400 }, 'x', 'webhook').message).toBe('The portal gave no reason');
});

it('tells a wrong webhook, a missing scope and a method for applications apart, from a portal', async () => {
  const fake = await fakePortal({
    webhooks: [{ userId: 1, secret: 'fakewebhooksecret1', scopes: ['crm'] }],
    webhookTelephonyAllowed: false,
  });
  const wrong = opened({ webhook: fake.webhookUrl().replace('secret1', 'secret2') });
  await expect(wrong.portal.call('profile')).rejects.toMatchObject({ kind: 'auth', code: 'INVALID_CREDENTIALS' });
  const { portal } = opened({ webhook: fake.webhookUrl() });
  const [scope, type, alone] = await Promise.allSettled([
    portal.call('user.get'),
    portal.call('event.bind', { event: 'ONAPPTEST', handler: 'https://a.example' }),
    portal.call('crm.lead.add', { fields: { TITLE: 'L' } }),
  ]);
  expect(scope).toMatchObject({ reason: { kind: 'scope', code: 'insufficient_scope' } });
  expect(type).toMatchObject({ reason: { kind: 'scope', code: 'WRONG_AUTH_TYPE' } });
  expect(alone.status).toBe('fulfilled');
});
