import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { applicationOf, authorised, fakePortal, opened } from './testing/open-portal.ts';

it('tells no secret, whatever goes wrong', async () => {
  const fake = await fakePortal();
  const secrets = authorised(fake);
  const tokens = JSON.parse(secrets.stored.get('tokens') ?? '') as { accessToken: string; refreshToken: string };
  const planted = [
    fake.app().clientSecret,
    fake.settings.webhooks[0]?.secret ?? '',
    tokens.accessToken,
    tokens.refreshToken,
  ];
  expect(planted.filter((secret) => secret.length > 10)).toHaveLength(4);
  const told: unknown[] = [];
  for (const settings of [{ webhook: fake.webhookUrl() }, applicationOf(fake)]) {
    for (const kind of ['cut-before', 'cut-after', 'html', 'redirect', 'truncate', 'revoke'] as const) {
      // A portal of its own each time: after two failures one is left alone for a moment.
      const { portal } = opened(settings, { secrets });
      fake.unkind.clear();
      fake.unkind.add({ kind, ...(kind === 'redirect' ? { location: 'https://elsewhere.example' } : {}) });
      told.push(await portal.call('profile').catch((error: unknown) => error), portal.status(), portal.url());
      await portal.close();
    }
  }
  fake.unkind.clear();
  const wrong = opened({ ...applicationOf(fake), clientSecret: 'planted-wrong-secret' }, { secrets });
  fake.unkind.skewMs = 2 * 3_600_000;
  told.push(await wrong.portal.call('profile').catch((error: unknown) => error), wrong.portal.status());
  const text = inspect(told, { depth: 20, maxStringLength: null, showHidden: true });
  expect(text).toContain('elsewhere.example');
  for (const secret of [...planted, 'planted-wrong-secret']) expect(text).not.toContain(secret);
});
