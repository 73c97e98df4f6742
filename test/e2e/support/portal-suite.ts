import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dialplan } from '../../../lab/config/server.ts';
import type { AsteriskVersion } from '../../../lab/places.ts';
import type { Scenario } from '../../../lab/scenarios/scenario.ts';
import { FreeStages } from './free-stages.ts';
import { playIntoPortal } from './portal-judge.ts';
import { openPortalOffice, type PortalOffice } from './portal-office.ts';
import { describeWithAsterisk } from './scenario-suite.ts';

/** Plays every scenario on a real Asterisk with a Patchcord that tells an imitated portal: one test for each, several at once. */
export function describePortalScenarios(version: AsteriskVersion, dialplan: Dialplan, scenarios: Scenario[]): void {
  describeWithAsterisk(`into Bitrix24, ${dialplan} dialplan`, version, () => {
    const stages = new FreeStages();
    let office: PortalOffice;
    beforeAll(async () => {
      office = await openPortalOffice({ version, dialplan });
      for (const stage of office.lab.stages) stages.giveBack(stage);
    });
    afterAll(() => office?.close());

    it.concurrent.each(scenarios)('$name', async (scenario) => {
      const stage = await stages.take();
      try {
        expect(await playIntoPortal(scenario, stage, office)).toEqual([]);
      } finally {
        stages.giveBack(stage);
      }
    });
  });
}
