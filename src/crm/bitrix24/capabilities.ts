import type { Capabilities } from '../contract.ts';

/** What a Bitrix24 portal takes. */
export const capabilities: Capabilities = {
  takes: ['card', 'answered', 'merged', 'ended', 'missed', 'reached', 'record', 'mark', 'order-failed'],
  clickToCall: true,
  users: true,
  lines: true,
};
