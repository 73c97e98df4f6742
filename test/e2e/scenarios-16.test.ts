// Every scenario of the plain dialplan on the oldest Asterisk that customers still run, judged at the API.
import { plainScenarios } from '../../lab/scenarios/all.ts';
import { describeScenarios } from './support/scenario-suite.ts';

describeScenarios(16, 'plain', plainScenarios);
