// A portal client against the fake portal, or against any server of a test.
import { onTestFinished } from 'vitest';
import { startFakePortal, type FakePortal, type PortalOptions } from '../../../../test/fakes/bitrix24/portal.ts';
import type { LoggedRequest } from '../../request-log.ts';
import type { SecretStore } from '../../secrets.ts';
import { silent, testHttp } from '../../testing/network.ts';
import { openPortal, type PortalOpening } from '../portal-open.ts';
import type { Portal } from '../portal.ts';

/** Secrets that outlive a portal, but not the test. */
export function memorySecrets(): SecretStore & { stored: Map<string, string> } {
  const stored = new Map<string, string>();
  return {
    stored,
    get: (name) => Promise.resolve(stored.get(name) ?? null),
    put: (name, value) => {
      stored.set(name, value);
      return Promise.resolve();
    },
    remove: (name) => {
      stored.delete(name);
      return Promise.resolve();
    },
  };
}

export interface Opened {
  portal: Portal;
  logged: LoggedRequest[];
}

/** Opens a portal with these settings; it may ask the servers that they name, and these. */
export function opened(
  settings: Partial<PortalOpening['settings']>,
  given: Partial<PortalOpening> & { allowed?: readonly string[] } = {},
): Opened {
  const { allowed = [], ...rest } = given;
  const named = [settings.webhook, settings.portal, settings.authServer].filter((url) => url !== undefined);
  const { http, logged } = testHttp([...named, ...allowed]);
  const portal = openPortal({
    settings: { requestsPerSec: 2, ...settings },
    http,
    secrets: memorySecrets(),
    logger: silent,
    now: Date.now,
    ...rest,
  });
  onTestFinished(() => portal.close());
  return { portal, logged };
}

/** A fake portal for the time of one test. */
export async function fakePortal(options: PortalOptions = {}): Promise<FakePortal> {
  const fake = await startFakePortal(options);
  onTestFinished(() => fake.close());
  return fake;
}

/** The settings of an application of this fake portal, which is its own authorisation server. */
export function applicationOf(fake: FakePortal) {
  const { clientId, clientSecret } = fake.app();
  return { portal: fake.baseUrl(), clientId, clientSecret, authServer: fake.baseUrl() };
}

/** Secrets with tokens of this portal, as an installation leaves them. */
export function authorised(fake: FakePortal, userId = 1): ReturnType<typeof memorySecrets> {
  const secrets = memorySecrets();
  const tokens = {
    ...fake.grant(userId),
    expiresAtMs: Date.now() + fake.settings.accessTokenSeconds * 1_000,
    memberId: fake.settings.memberId,
    userId: String(userId),
    serverEndpoint: `${fake.baseUrl()}/rest/`,
    applicationToken: fake.app().applicationToken,
  };
  secrets.stored.set('tokens', JSON.stringify(tokens));
  return secrets;
}
