import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainScenarios } from '../../lab/scenarios/all.ts';
import { FreeStages } from './support/free-stages.ts';
import { playIntoPortal } from './support/portal-judge.ts';
import { openPortalOffice, type PortalOffice } from './support/portal-office.ts';
import { describeWithAsterisk } from './support/scenario-suite.ts';

describeWithAsterisk('into Bitrix24, plain dialplan', 22, () => {
  const stages = new FreeStages();
  let office: PortalOffice;
  beforeAll(async () => {
    office = await openPortalOffice({ version: 22 });
    for (const stage of office.lab.stages) stages.giveBack(stage);
  });
  afterAll(() => office?.close());

  it.concurrent.each(plainScenarios)('$name', async (scenario) => {
    const stage = await stages.take();
    try {
      expect(await playIntoPortal(scenario, stage, office)).toEqual([]);
    } finally {
      stages.giveBack(stage);
    }
  });
});
