// Every scenario of the dialplan that behaves as FreePBX's, which records each call, judged in the portal that Patchcord tells of it.
import { freepbxScenarios } from '../../lab/scenarios/all.ts';
import { describePortalScenarios } from './support/portal-suite.ts';

describePortalScenarios(16, 'freepbx', freepbxScenarios);
