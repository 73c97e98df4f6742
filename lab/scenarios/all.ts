import { attendedScenarios } from './attended.ts';
import { clickScenarios } from './clicks.ts';
import { groupScenarios } from './groups.ts';
import { inboundScenarios } from './inbound.ts';
import { managerScenarios } from './manager.ts';
import { oddScenarios } from './odd.ts';
import { outboundScenarios } from './outbound.ts';
import type { Scenario } from './scenario.ts';
import { transferScenarios } from './transfers.ts';

export { freepbxScenarios } from './freepbx.ts';

/** Every scenario of the hand-written dialplan. Each works on either Asterisk and on any firm. */
export const plainScenarios: Scenario[] = [
  ...inboundScenarios,
  ...groupScenarios,
  ...outboundScenarios,
  ...clickScenarios,
  ...attendedScenarios,
  ...transferScenarios,
  ...managerScenarios,
  ...oddScenarios,
];
