// Every scenario of the plain dialplan, judged in the portal that Patchcord tells of it.
import { plainScenarios } from '../../lab/scenarios/all.ts';
import { describePortalScenarios } from './support/portal-suite.ts';

describePortalScenarios(22, 'plain', plainScenarios);
