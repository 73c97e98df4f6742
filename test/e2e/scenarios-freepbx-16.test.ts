// What people do on an Asterisk 16 whose dialplan behaves as FreePBX's (Macro, Local channels everywhere), judged at the API.
import { freepbxScenarios } from '../../lab/scenarios/all.ts';
import { describeScenarios } from './support/scenario-suite.ts';

describeScenarios(16, 'freepbx', freepbxScenarios);
