import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { header } from './ami.ts';
import { company } from './company.ts';
import { openLab } from './lab.ts';
import { type AsteriskVersion, isInstalled, unavailableFile } from './places.ts';
import { plainScenarios } from './scenarios/all.ts';

const reason = existsSync(unavailableFile) ? readFileSync(unavailableFile, 'utf8').trim() : 'run `node lab/install.ts`';

test.for<AsteriskVersion>([22, 16])(
  'Asterisk %i takes a call to a registered phone, and starts again after a sudden death',
  { timeout: 60_000 },
  async (version, { skip }) => {
    skip(!isInstalled(version), reason);
    const lab = await openLab({ version, companies: [company(0)] });
    try {
      const [stage] = lab.stages;
      await plainScenarios.find(({ name }) => name === 'in_answered')?.play(stage!);
      await stage?.quiet();
      const talked = stage?.truth.map(({ ua, final_code, connected_s }) => [
        ua,
        final_code,
        Math.round(connected_s ?? 0),
      ]);
      expect(talked).toEqual([
        ['trunk', 200, 2],
        ['101', 200, 2],
      ]);
      expect(readFileSync(lab.asterisk.celFile, 'utf8')).toMatch(/^"CHAN_START",.*"LINKEDID_END"/s);
      await lab.asterisk.kill9();
      await lab.asterisk.start();
      const tap = await lab.asterisk.tap();
      const calls = header(await tap.send({ Action: 'CoreStatus' }), 'CoreCurrentCalls');
      expect(calls).toBe('0');
      tap.close();
    } finally {
      await lab.close();
    }
  },
);

test('every scenario has a name of its own', () => {
  const names = plainScenarios.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
