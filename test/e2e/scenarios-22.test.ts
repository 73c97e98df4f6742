// Every scenario of the plain dialplan on the newest long-term Asterisk, judged at the API.
import { plainScenarios } from '../../lab/scenarios/all.ts';
import { describeScenarios } from './support/scenario-suite.ts';

describeScenarios(22, 'plain', plainScenarios);
