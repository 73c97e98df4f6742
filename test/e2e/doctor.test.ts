// What the doctor says of real Asterisks, with users that have all rights, the rights we ask for, too few, or a wrong secret.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Asterisk, startAsterisk } from '../../lab/asterisk.ts';
import { type AsteriskVersion, isInstalled } from '../../lab/places.ts';
import { checkAmi } from '../../src/cli/checks/ami.ts';
import type { Finding } from '../../src/cli/checks/finding.ts';

const versions: AsteriskVersion[] = [22, 16];

describe.each(versions)('the doctor at a real Asterisk %i', (version) => {
  const missing = isInstalled(version) ? null : `Asterisk ${version} is not installed: node lab/install.ts`;
  let asterisk: Asterisk | undefined;

  beforeAll(async () => {
    if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);
    if (missing !== null) console.warn(`skipped: ${missing}`);
    else {
      const deaf = { username: 'deaf', secret: 'deaf-secret', read: 'agent', write: 'all' };
      asterisk = await startAsterisk({ version, users: [deaf] });
    }
  });
  afterAll(() => asterisk?.stop());

  async function findings(username: string, secret: string): Promise<Record<string, Finding['level']>> {
    const host = asterisk?.amiHost ?? '';
    const pbx = { name: 'lab', host, port: 5038, username, secret, tls: false, trunks: [], extensions: [] };
    const found = await checkAmi(pbx);
    return Object.fromEntries(found.map(({ name, level }) => [name.replace('pbx lab: ', ''), level]));
  }

  const well = { login: 'ok', version: 'ok', driver: 'ok', clock: 'ok', events: 'ok' } as const;

  it.skipIf(missing)('finds all well for a user with all rights and for one with those we ask for', async () => {
    const { full, least } = asterisk!.users;
    const fine = { ...well, 'rights to act': 'ok', 'rights to hear': 'ok' };
    expect(await findings(full.username, full.secret)).toEqual(fine);
    expect(await findings(least.username, least.secret)).toEqual(fine);
  });

  it.skipIf(missing)('finds the rights that are missing', async () => {
    const { none } = asterisk!.users;
    expect(await findings(none.username, none.secret)).toMatchObject({
      login: 'ok',
      'rights to act': 'error',
      events: 'error',
    });
    expect(await findings('deaf', 'deaf-secret')).toMatchObject({ 'rights to act': 'ok', 'rights to hear': 'error' });
  });

  it.skipIf(missing)('finds a wrong secret', async () => {
    expect(await findings(asterisk!.users.full.username, 'wrong')).toEqual({ login: 'error' });
  });

  it.skipIf(missing)('leaves no channel and no call behind', async () => {
    const tap = await asterisk!.tap();
    const { full } = asterisk!.users;
    // Each connection hears of it in its own time.
    const heard = tap.event((block) => block.includes('Event: OriginateResponse'), 10_000);
    await findings(full.username, full.secret);
    await heard;
    const events = tap.blocks.map(({ raw }) => /^Event: (\w+)/.exec(raw)?.[1]);
    tap.close();
    expect(events.filter((name) => ['Newchannel', 'Cdr', 'CEL', 'Hangup'].includes(name ?? ''))).toEqual([]);
  });
});
