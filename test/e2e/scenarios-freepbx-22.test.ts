// What people do on an Asterisk 22 whose dialplan behaves as FreePBX's (Gosub, Local channels everywhere), judged at the API.
import { freepbxScenarios } from '../../lab/scenarios/all.ts';
import { describeScenarios } from './support/scenario-suite.ts';

describeScenarios(22, 'freepbx', freepbxScenarios);
