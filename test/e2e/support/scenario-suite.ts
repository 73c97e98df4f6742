import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Dialplan } from '../../../lab/config/server.ts';
import { type Lab, openLab } from '../../../lab/lab.ts';
import { type AsteriskVersion, isInstalled, unavailableFile } from '../../../lab/places.ts';
import type { Scenario } from '../../../lab/scenarios/scenario.ts';
import { FreeStages } from './free-stages.ts';
import { advisedUser, dataFolder, labSettings, Patchcord } from './patchcord.ts';
import { playAndJudge } from './play.ts';

/**
 * Describes tests that need a real Asterisk. Where it is not installed they are skipped and the reason is printed.
 * @throws Error in CI, where it must be installed: the whole file fails
 */
export function describeWithAsterisk(title: string, version: AsteriskVersion, tests: () => void): void {
  const missing = whyMissing(version);
  if (missing !== null) console.warn(`skipped: ${title}: ${missing}`);
  if (missing !== null && process.env['CI'] === 'true') throw new Error(missing);
  describe.skipIf(missing !== null)(`${title} on Asterisk ${version}`, () => {
    tests();
  });
}

function whyMissing(version: AsteriskVersion): string | null {
  if (isInstalled(version)) return null;
  const reason = existsSync(unavailableFile) ? readFileSync(unavailableFile, 'utf8').trim() : 'run node lab/install.ts';
  return `Asterisk ${version} is not installed: ${reason}`;
}

/** Waits until Patchcord says that all its parts are well: it is connected and has the list of devices. */
export async function allWell(patchcord: Patchcord): Promise<void> {
  await vi.waitFor(async () => expect(await patchcord.status()).toMatchObject({ level: 'ok' }), 20_000);
}

/** Plays every scenario on a real Asterisk with a real Patchcord beside it: one test for each, several at once. */
export function describeScenarios(version: AsteriskVersion, dialplan: Dialplan, scenarios: Scenario[]): void {
  describeWithAsterisk(`${dialplan} dialplan`, version, () => {
    const place = dataFolder();
    const stages = new FreeStages();
    let lab: Lab;
    let patchcord: Patchcord;
    let callsExpected = 0;
    /** Plays that Asterisk spoilt: now and then it takes back its own recall after a failed blonde transfer (487 at the phone). */
    const spoilt: string[] = [];

    beforeAll(async () => {
      lab = await openLab({ version, dialplan, users: [advisedUser] });
      for (const stage of lab.stages) stages.giveBack(stage);
      patchcord = await Patchcord.start(labSettings(lab.asterisk, place.folder));
      await allWell(patchcord);
    });
    afterAll(async () => {
      await patchcord?.stop();
      await lab?.close();
      place.remove();
    });

    it.concurrent.each(scenarios)('$name', async (scenario) => {
      let stage = await stages.take();
      // Asterisk may go on for a while with what it does at a firm where it took a call back.
      const taken = [stage];
      try {
        callsExpected += scenario.expect(stage.company).length;
        let differences: string[];
        try {
          differences = await playAndJudge(scenario, stage, patchcord);
        } catch (error) {
          const why = error instanceof Error ? error.message : '';
          if (!why.endsWith('ended with 487')) throw error;
          spoilt.push(scenario.name);
          console.warn(`${scenario.name}: played once more, because Asterisk took a call back: ${why}`);
          stage = await stages.take();
          taken.push(stage);
          differences = await playAndJudge(scenario, stage, patchcord);
        }
        expect(differences).toEqual([]);
      } finally {
        for (const one of taken) stages.giveBack(one);
      }
    });

    it('no call is left open, and none is there that nobody made', async () => {
      expect((await patchcord.live()).calls).toEqual([]);
      expect(await patchcord.calls({ open: 'true' })).toEqual([]);
      // A spoilt play has made calls too, nobody knows how many.
      const calls = (await patchcord.calls()).length;
      expect(spoilt.length > 0 ? Math.min(calls, callsExpected) : calls).toBe(callsExpected);
    });
  });
}
